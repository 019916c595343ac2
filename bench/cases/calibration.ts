/**
 * What structured lasso takes from a network before it cuts: the products of the channels' kernels over 256 samples of the size of CIFAR-10,
 * for every layer. Prints {"seconds": [...], "peakRss": bytes}; there is no warm-up, as a run calibrates once.
 *
 * node calibration.js densenet-40|resnet-164|vgg-16|preresnet-20 logit|label|feature|output|same-class|evaluate THREADS REPEATS [SAMPLES]
 */
import { Model } from '../../src/config/schema';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { architecture } from '../../src/engine/nn/architectures';
import { channelSites } from '../../src/engine/nn/graph';
import { stream } from '../../src/engine/random';
import { calibrate, calibrationRows, type LassoResponse } from '../../src/engine/train/calibration';
import { evaluate } from '../../src/engine/train/evaluate';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';
import { toSamples } from '../../src/engine/train/samples';

const CLASSES = 10;

async function main(): Promise<void> {
  const [name = 'vgg-16', mode = 'logit', threads = '2', repeats = '1', samplesWanted = '256'] = process.argv.slice(2);
  loadRuntime(Number(threads));
  const depth = /^preresnet-(\d+)$/.exec(name);
  const model = Model.parse(depth ? { name: 'preresnet', depth: Number(depth[1]) } : { name });
  const graph = architecture(model, [32, 32, 3], CLASSES);
  const network = new Network(graph, initialValues(graph, 0));
  const [input] = graph.nodes;
  if (input?.op !== 'input') throw new Error('a graph begins with its input');
  const rng = stream(0, 'bench');
  const count = Number(samplesWanted);
  const split = {
    count,
    pixels: Uint8Array.from({ length: count * 3072 }, () => rng.next() >>> 24),
    labels: Uint8Array.from({ length: count }, () => rng.int(CLASSES)),
  };
  const samples = toSamples(split, { image: [32, 32, 3], normalise: { mean: 0.5, std: 0.3 }, augment: 'none' }, input);
  const rows = calibrationRows(samples.labels, CLASSES, count, 0);
  const sites = channelSites(graph);
  const seconds: number[] = [];
  for (let i = 0; i < Number(repeats); i++) {
    const start = performance.now();
    if (mode === 'evaluate') evaluate(network, samples);
    else await calibrate(network, samples, { sites, classes: CLASSES, response: mode as LassoResponse, rows });
    seconds.push((performance.now() - start) / 1000);
  }
  console.log(JSON.stringify({ seconds, peakRss: process.resourceUsage().maxRSS * 1024 }));
}

void main();
