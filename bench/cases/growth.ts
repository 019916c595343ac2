/**
 * Work whose cost has to grow in proportion.
 *
 * samples: an epoch of LeNet-300-100 with screening statistics gathered, over SCALE times 2,048 samples
 * weights: such an epoch over 2,048 samples, of a network with SCALE times the weights: each layer √SCALE times as wide, inputs included
 * select:  the masks of the best 5% of SCALE million scores in one layer
 *
 * Each round tells the size: samples, weights, scores.
 *
 * node growth.js samples|weights|select SCALE THREADS
 */
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { prunableLayers, weightCount } from '../../src/engine/nn/graph';
import { mlp } from '../../src/engine/nn/mlp';
import { selectWeights } from '../../src/engine/prune/select';
import { pixelStatistics } from '../../src/engine/screening/pixels';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';
import { makeGatherer } from '../../src/engine/train/statistics';
import { oneEpoch } from '../shared/epoch';
import { spread } from '../shared/numbers';
import { CLASSES, randomBytes, samplesOf } from '../shared/samples';
import { serve, type Serving } from '../shared/serve';

const SAMPLES = 2048;

function epoch(samplesWanted: number, wide: number): [() => Promise<void>, number] {
  const features = 784 * wide;
  const split = randomBytes(samplesWanted, features);
  const graph = mlp('wide', features, null, [300 * wide, 100 * wide], CLASSES);
  const samples = samplesOf(split, [28, 28 * wide, 1], graph);
  const network = new Network(graph, initialValues(graph, 0));
  const gatherer = makeGatherer('input', network, CLASSES, 1, () => pixelStatistics(split, CLASSES));
  const once = () => oneEpoch(network, samples, { epoch: 1, learningRate: 0.001, gatherer });
  return [once, prunableLayers(graph).reduce((sum, node) => sum + weightCount(node), 0)];
}

function selection(count: number): () => void {
  const weights = Float32Array.from({ length: count }, (_, i) => spread(i));
  const layer = { name: 'fc1', inputs: 1000, outputs: count / 1000, weights, mask: new Uint8Array(count).fill(1) };
  const scores = [Float64Array.from(weights, Math.abs)];
  return () => {
    selectWeights({
      layers: [layer],
      scores,
      target: { over: 'network', keep: count / 20 },
      scope: 'global',
      floors: { layer: 1, output: 1 },
    });
  };
}

async function main(): Promise<void> {
  const [mode = 'samples', scaleWanted = '1', threads = '1'] = process.argv.slice(2);
  const scale = Number(scaleWanted);
  loadRuntime(Number(threads));
  const serving = (size: number): Serving => ({ more: () => ({ size }) });
  if (mode === 'select') return serve(selection(scale * 1e6), serving(scale * 1e6));
  if (mode === 'samples') return serve(epoch(SAMPLES * scale, 1)[0], serving(SAMPLES * scale));
  const [once, weights] = epoch(SAMPLES, Math.sqrt(scale));
  return serve(once, serving(weights));
}

void main();
