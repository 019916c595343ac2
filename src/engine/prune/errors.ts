import { PruneError } from '../../shared/errors';

export const pruneErrors = {
  /** `where` is a layer, or null for all layers together. */
  floorsExceedKeep: (layer: string | null, keep: number, needed: number) =>
    new PruneError(
      'prune/floors-exceed-keep',
      `The floors hold ${needed} connections${layer ? ` in layer ${layer}` : ''}, but only ${keep} may stay.`,
      `Raise the keep fraction${layer ? ' of this layer' : ''}, or lower prune.floors.layer and prune.floors.output.`,
    ),

  keepExceedsAlive: (layer: string | null, keep: number, alive: number) =>
    new PruneError(
      'prune/keep-exceeds-alive',
      `The cut should keep ${keep} connections${layer ? ` in layer ${layer}` : ''}, but only ${alive} are left, and pruned ones never come back.`,
      'This is a fault in Prune Lab: please report it with the run folder.',
    ),

  notAScore: (layer: string, index: number, score: number) =>
    new PruneError(
      'prune/not-a-score',
      `Connection ${index} of layer ${layer} scored ${score}, which cannot be ranked.`,
      'The weights or their statistics overflowed: lower train.learningRate, or choose another normalisation.',
    ),

  noSuchLayer: (pattern: string, names: readonly string[]) =>
    new PruneError(
      'prune/no-such-layer',
      `"${pattern}" of prune.layers matches no layer of the network.`,
      `Its layers are ${names.slice(0, 20).join(', ')}${names.length > 20 ? ` and ${names.length - 20} more` : ''}.`,
    ),

  /** `least` is the cost of the smallest network, `asked` what may stay of `whole`. */
  budgetOutOfReach: (of: 'macs' | 'params', asked: number, least: number, whole: number) => {
    const unit = of === 'macs' ? 'multiply-accumulates' : 'parameters';
    return new PruneError(
      'prune/budget-out-of-reach',
      `Cut as far as it goes, the network has ${least.toLocaleString('en')} ${unit}, and ${asked.toLocaleString('en')} may stay.`,
      `Raise prune.keep above ${(Math.ceil((1000 * least) / whole) / 1000).toFixed(3)}, lower prune.floors.layer, or let prune.layers name more layers.`,
      'prune.keep',
    );
  },

  needsBatchNorm: (method: string) =>
    new PruneError(
      'prune/needs-batch-norm',
      `The method ${method} ranks channels by their batch norms, and this network has none.`,
      'Use the method "channels" with the score l1, l2, fpgm or random, or a network with batch norms.',
    ),
};
