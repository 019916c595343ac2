/**
 * One epoch of LeNet-300-100 on 50,000 samples at batch 128 by the engine's own training loop.
 *
 * node lenet-epoch.js dense|masked|input|online|gated THREADS     (the last three gather screening statistics; asked for work "without", not)
 */
import { DEFAULT_EVERY } from '../../src/config/schema';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { stream } from '../../src/engine/random';
import { pixelStatistics } from '../../src/engine/screening/pixels';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';
import { makeGatherer } from '../../src/engine/train/statistics';
import { oneEpoch } from '../shared/epoch';
import { CLASSES, graphOf, randomBytes, samplesOf } from '../shared/samples';
import { serve } from '../shared/serve';

async function main(): Promise<void> {
  const [mode = 'dense', threads = '1'] = process.argv.slice(2);
  loadRuntime(Number(threads));
  const split = randomBytes(50_000, 784);
  const graph = graphOf('lenet-300-100');
  const samples = samplesOf(split, [28, 28, 1], graph);
  const network = new Network(graph, initialValues(graph, 0));
  if (mode === 'masked') {
    const rng = stream(0, 'mask');
    network.prune(new Map([...network.values()].map(([name, { mask }]) => [name, mask.map(() => (rng.uniform() < 0.05 ? 1 : 0))])));
  }
  const gatherer =
    mode === 'input' || mode === 'online' || mode === 'gated'
      ? makeGatherer(mode, network, CLASSES, DEFAULT_EVERY[mode], () => pixelStatistics(split, CLASSES))
      : null;
  let epoch = 0;
  await serve(
    (work) => oneEpoch(network, samples, { epoch: epoch++, learningRate: 0.01, gatherer: work === 'without' ? null : gatherer }),
    { warmUps: 1, atLeast: 2 },
  );
}

void main();
