/**
 * What structured lasso takes from a network before it cuts: the products of the channels' kernels over 256 samples of the size of CIFAR-10,
 * for every layer. There is no warm-up, as a run calibrates once.
 *
 * node calibration.js densenet-40|resnet-164|vgg-16|preresnet-20 logit|label|feature|output|same-class|evaluate THREADS [SAMPLES]
 */
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { channelSites } from '../../src/engine/nn/graph';
import { calibrate, calibrationRows, type LassoResponse } from '../../src/engine/train/calibration';
import { evaluate } from '../../src/engine/train/evaluate';
import { initialValues } from '../../src/engine/train/initial';
import { Network } from '../../src/engine/train/network';
import { CLASSES, graphOf, samplesFor } from '../shared/samples';
import { serve } from '../shared/serve';

async function main(): Promise<void> {
  const [name = 'vgg-16', mode = 'logit', threads = '2', samplesWanted = '256'] = process.argv.slice(2);
  loadRuntime(Number(threads));
  const graph = graphOf(name);
  const network = new Network(graph, initialValues(graph, 0));
  const count = Number(samplesWanted);
  const samples = samplesFor(name, graph, count);
  const rows = calibrationRows(samples.labels, CLASSES, count, 0);
  const sites = channelSites(graph);
  const once = () =>
    mode === 'evaluate'
      ? evaluate(network, samples)
      : calibrate(network, samples, { sites, classes: CLASSES, response: mode as LassoResponse, rows });
  await serve(once, { warmUps: 0, times: 1 });
}

void main();
