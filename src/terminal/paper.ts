/** Published keep fractions of LeNet-300-100 on MNIST, to set beside a run's own. */
import type { LayerRow } from '../shared/report';

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
