/** An experiment cut down until it takes seconds: to see that data, network, cuts and report work. Its numbers mean nothing. */
import { Experiment } from '../config/schema';

const MOST = { epochs: 2, samples: 2000, repeats: 3 };
const atMost = (most: number, value: number) => Math.min(most, value);

export function dryRunOf(experiment: Experiment): Experiment {
  const { data, train, prune, fineTune, measure } = experiment;
  return Experiment.parse({
    ...experiment,
    data: fewSamples(data),
    train: { ...train, epochs: atMost(MOST.epochs, train.epochs) },
    prune: prune.method === 'han' ? { ...prune, rounds: 1, retrain: { ...prune.retrain, epochs: 1 } } : prune,
    ...(fineTune && { fineTune: { ...fineTune, epochs: 1 } }),
    measure: { ...measure, latency: { ...measure.latency, repeats: MOST.repeats } },
  });
}

/** Of a set whose split the experiment counts; class folders and .npy files are taken whole. */
function fewSamples(data: Experiment['data']): Experiment['data'] {
  if (!('train' in data)) return data;
  const [train, validation, test] = [data.train, data.validation, data.test].map((n) => atMost(MOST.samples, n)) as [
    number,
    number,
    number,
  ];
  return { ...data, train, validation, test };
}

/** Marks the run in every list. */
export const dryLabel = (label: string) => `${label} (dry run)`;
