/**
 * Training steps, inference and channel scoring by the engine's own network.
 *
 * step: one on a batch, compiled (the mean loss is read). Of LeNet-300-100 rows are drawn from 50,000 samples; the other networks' batch is ready.
 * infer: logits of a batch, in the form in which the engine measures a trained network, batch norms folded, compiled.
 * score, evaluate: channel statistics of 1,024 samples, and their errors.
 *
 * With KEEP, of a network from which all but this fraction of each layer's channels have been cut at random, narrowed. Then with "macs",
 * its multiply-accumulates against the whole network's.
 *
 * node network.js NAME step|infer|score|evaluate THREADS BATCH [KEEP]     (what it is asked for by name goes before)
 */
import * as tf from '@tensorflow/tfjs';
import { ChannelScreening } from '../../src/config/schema';
import { inferenceForm } from '../../src/engine/compact/inference';
import { narrow } from '../../src/engine/compact/narrow';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { countGraph } from '../../src/engine/nn/count';
import { channelSites, type Graph } from '../../src/engine/nn/graph';
import type { NetworkValues } from '../../src/engine/nn/values';
import { stream } from '../../src/engine/random';
import { gatherChannelStatistics } from '../../src/engine/train/channelStatistics';
import { evaluate } from '../../src/engine/train/evaluate';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';
import { cutAtRandom } from '../shared/cut';
import { CLASSES, graphOf, samplesFor } from '../shared/samples';
import { serve } from '../shared/serve';

async function main(): Promise<void> {
  const [name = 'densenet-40', mode = 'step', threads = '1', batchSize = '64', keep] = process.argv.slice(2);
  loadRuntime(Number(threads));
  const batch = Number(batchSize);
  const { graph, values, macs } = form(name, mode, keep === undefined ? null : Number(keep));
  const network = new Network(graph, values);
  // As in training, and as latency is measured.
  network.compile({ frozen: mode === 'infer' });
  const samples = samplesFor(name, graph, mode === 'step' && name === 'lenet-300-100' ? 50_000 : Math.max(1024, batch));
  const x = samples.range(0, batch);
  const first = samples.labelsOf(Int32Array.from({ length: batch }, (_, i) => i));
  const order = stream(0, 'order').permutation(samples.count);
  const sgd = { rate: tf.scalar(0.01), momentum: tf.scalar(0.9), decay: tf.scalar(1e-4), nesterov: true, gammaPenalty: 0 };
  let at = 0;
  const step = () => {
    if (name !== 'lenet-300-100') return network.step(x, first, sgd);
    if (at + batch > order.length) at = 0;
    const rows = order.subarray(at, (at += batch));
    return network.step(samples.batch(rows), samples.labelsOf(rows), sgd);
  };
  const work: Record<string, () => unknown> = {
    step: () => tf.tidy(() => void step().loss.dataSync()),
    infer: () => tf.tidy(() => void network.logits(x).dataSync()),
    evaluate: () => evaluate(network, samples),
    score: () =>
      gatherChannelStatistics(network, samples, {
        criterion: ChannelScreening.parse({}),
        classes: CLASSES,
        batch,
        sites: channelSites(graph),
      }),
  };
  await serve((asked) => work[asked || mode]!(), { more: () => ({ macs }) });
}

function form(name: string, mode: string, keep: number | null): { graph: Graph; values: NetworkValues; macs: number } {
  const whole = graphOf(name);
  let { graph, values } = { graph: whole, values: initialValues(whole, 0) };
  if (keep !== null) ({ graph, values } = narrow(whole, cutAtRandom(whole, keep), { keepAlive: mode === 'step' }));
  const macs = countGraph(graph).macs / countGraph(whole).macs;
  return { ...(mode === 'infer' ? inferenceForm(graph, values) : { graph, values }), macs };
}

void main();
