/** Published numbers, to set beside a run's own: of LeNet-300-100 on MNIST by layer, of networks on CIFAR-10 that lost channels. */
import type { LayerRow, Report } from '../shared/report';

export interface Published {
  name: string;
  /** Fraction of each layer's weights that stay, by layer name. */
  layers: Readonly<Record<string, number>>;
  total: number;
}

/**
 * "Exploring Neural Network Pruning with Screening Methods", table of LeNet-300-100's layers: Han et al. 2015, DSC (Guo et al. 2021,
 * its column "Barbu") and weight-level screening (its column "Ours").
 */
export const PUBLISHED: readonly Published[] = [
  { name: 'Han', layers: { fc1: 0.08, fc2: 0.09, fc3: 0.26 }, total: 0.082 },
  { name: 'DSC', layers: { fc1: 0.046, fc2: 0.201, fc3: 0.685 }, total: 0.065 },
  { name: 'WLS', layers: { fc1: 0.041, fc2: 0.053, fc3: 0.224 }, total: 0.043 },
];

/** Are these the layers of 784-300-100-10, so that the published numbers mean the same? */
export function isLenet300(layers: readonly LayerRow[]): boolean {
  return (
    JSON.stringify(layers.map((layer) => [layer.name, ...layer.shape])) ===
    JSON.stringify([
      ['fc1', 784, 300],
      ['fc2', 300, 100],
      ['fc3', 100, 10],
    ])
  );
}

export interface PublishedRun {
  /** `CLS`, or what the network is without pruning. */
  name: string;
  /** Fraction of the channels that stay. */
  keep: number;
  error: number;
}

interface PublishedNetwork {
  /** Channels of all its batch norms, so that another network of its name is not taken for it. */
  channels: number;
  runs: readonly PublishedRun[];
}

/**
 * Errors on CIFAR-10 by the channels kept, by name of the network. CLS, DSC and the first two baselines: "Exploring Neural Network Pruning with
 * Screening Methods"; the others: Liu et al. 2017, "Learning Efficient Convolutional Networks through Network Slimming", table 1.
 */
const ON_CIFAR10: Readonly<Record<string, PublishedNetwork>> = {
  'resnet-164': {
    channels: 12_112,
    runs: [
      { name: 'baseline', keep: 1, error: 0.0542 },
      { name: 'slimming', keep: 0.6, error: 0.0508 },
      { name: 'slimming', keep: 0.4, error: 0.0527 },
      { name: 'CLS', keep: 0.4, error: 0.0518 },
    ],
  },
  'densenet-40': {
    channels: 9_360,
    runs: [
      { name: 'baseline', keep: 1, error: 0.0611 },
      { name: 'slimming', keep: 0.6, error: 0.0519 },
      { name: 'slimming', keep: 0.3, error: 0.0565 },
      { name: 'DSC', keep: 0.3, error: 0.0557 },
      { name: 'CLS', keep: 0.3, error: 0.0563 },
    ],
  },
  'vgg-19': {
    channels: 5_504,
    runs: [
      { name: 'baseline', keep: 1, error: 0.0634 },
      { name: 'slimming', keep: 0.3, error: 0.062 },
    ],
  },
};

/** Epochs of training, and training (with validation) and test samples, behind every number of ON_CIFAR10. */
const FULL = { epochs: 160, samples: 50_000, test: 10_000 };

/** What was published of this network on CIFAR-10: nothing where the run trained for less, or on less, than the published ones. */
export function publishedOnCifar({ dataset, model, channels, history }: Report): readonly PublishedRun[] {
  const epochs = Math.max(0, ...history.filter(({ phase }) => phase === 'train').map(({ epoch }) => epoch));
  const full = dataset.train + dataset.validation >= FULL.samples && dataset.test === FULL.test && epochs >= FULL.epochs;
  const network = ON_CIFAR10[model.name];
  return full && dataset.name === 'cifar-10' && network?.channels === channels?.total ? (network?.runs ?? []) : [];
}
