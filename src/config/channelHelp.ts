/** Help of the methods that cut channels: what their keys mean differently from those of weights. */
import { ETA2, NORM_OURS, NORM_SCOPES, NORMS, SHRINK, type Help } from './help';
import { RANKED_METHODS } from './schema';

const ofChannels = (method: string): Record<string, Help> => ({
  [`prune(${method}).keep`]: {
    more: [
      'The paper on CIFAR-10 keeps 4,845 of the 12,112 channels of ResNet-164, `0.4`, and 2,808 of the 9,360 of DenseNet-40, `0.3`.',
      'The k = round(keep · channels) channels of the best scores stay, exactly. Channels are those of batch norms: one that several batch norms read counts in each. The "pruning ratio" of papers is 1 − keep.',
    ].join('\n\n'),
    examples: [0.3, 0.4],
  },
  [`prune(${method}).layers.*`]: { examples: ['*'] },
  [`prune(${method}).floors.layer`]: { more: 'At least 1, so that no layer is emptied, which would cut the network in two.' },
  [`prune(${method}).scope`]: {
    values: {
      global: 'One ranking over all layers: layers lose what their scores deserve.',
      layer: 'The same keep fraction in each layer: uniform pruning.',
    },
  },
  [`prune(${method}).schedule`]: {
    more:
      method === 'dsc-channels'
        ? 't goes from 0 at `start` to 1 at `end`, κ is `keep`. After each epoch the channels over keep(t) are cut, and never come back.'
        : 'The paper, as network slimming, trains to the end, cuts once and fine-tunes: one-shot, with `fineTune`. Annealed schedules cut while training goes on.',
  },
  [`prune(${method}).shrink`]: SHRINK,
});

const SCREENING: Record<string, Help> = {
  'prune(cls).criterion': {
    more: [
      '`R = λ·F̃ + (1 − λ)·|γ̃|` over living channels, where ~ is a normalisation and γ the scale of the batch norm.',
      '`F = [Σc n_c (m_c − m)² / (C − 1)] / [Σc Σi (x_i − m_c)² / (N − C)]`: how well a channel tells the C classes apart, in one pass over the training samples without augmentation.',
      "The loss stays as it is. That λ weighs F, the normalisation and where a channel is read are our reading; the paper's formulas for them are not known to us.",
    ].join('\n\n'),
  },
  'prune(cls).criterion.lambda': {
    more: [
      '`R = λ·F̃ + (1 − λ)·|γ̃|`: 0 is |γ| alone, 1 the F-statistic alone.',
      'The paper over its five λ, test error: ResNet-164 at 4,845 channels 5.18, 5.20, 5.77, 6.52 and 8.44%; DenseNet-40 at 2,808 channels 5.78, 5.63, 6.21, 6.89 and 8.08%. The λ themselves are not known to us; the last is taken to be 1. We print 0.2, 0.4, 0.6, 0.8 and 1, with 0 beside them.',
    ].join('\n\n'),
    examples: [0, 0.1, 0.4, 1],
  },
  'prune(cls).criterion.feature': {
    values: {
      post_relu: 'After batch norm and ReLU: what the next layer reads.',
      bn_out: 'After batch norm, before ReLU.',
      bn_in: "Before batch norm. The mean has the same F there as after it: F does not see a channel's shift and scale.",
    },
    more: 'Where the paper reads a channel is not known to us.',
  },
  'prune(cls).criterion.pool': {
    values: {
      mean: 'The mean of the map: one value a sample.',
      max: 'The largest of the map: one value a sample.',
      spatial: 'Every position is a sample of its own; F grows with their number, so compare layers by eta2.',
    },
    more: 'What the paper takes of a map is not known to us.',
  },
  'prune(cls).criterion.screening.norm': {
    values: { ...NORMS, eta2: ETA2 },
    more: `${NORM_OURS} Ours: max, in each layer, since F rises with depth.`,
  },
  'prune(cls).criterion.screening.scope': { values: NORM_SCOPES },
  'prune(cls).criterion.magnitude.norm': {
    values: NORMS,
    more: `${NORM_OURS} Ours: max, over all layers; with λ = 0 that is the cut of network slimming without its penalty.`,
  },
  'prune(cls).criterion.magnitude.scope': { values: NORM_SCOPES },
  'prune(cls).criterion.samples': { examples: [5000, 10_000] },
};

/** Keys as in EDITOR_HELP. */
export const CHANNEL_HELP: Readonly<Record<string, Help>> = {
  ...Object.fromEntries(RANKED_METHODS.flatMap((method) => Object.entries(ofChannels(method)))),
  ...SCREENING,
  'prune.penalty': {
    more: [
      '`L + p·Σ|γ|`: its subgradient p·sign(γ) is added to the gradient of each γ (Liu et al. 2017).',
      "Network slimming: `1e-4` for VGG, `1e-5` for ResNet and DenseNet, chosen from `1e-3`, `1e-4` and `1e-5` on validation. In the paper's table: ResNet-164 5.27% at 4,845 channels, DenseNet-40 5.65% at 2,808.",
    ].join('\n\n'),
    examples: [1e-4, 1e-5],
  },
  'prune.score': {
    values: {
      gamma: '|γ| of the batch norm: slimming without its penalty.',
      l1: 'L1 norm of the filter (Li et al. 2017), over the mean of its layer.',
      l2: 'L2 norm of the filter, over the mean of its layer.',
      fpgm: "Distance of the filter from its layer's others (geometric median, He et al. 2019), over the mean of its layer.",
      random: 'A random order: the control that every score must beat.',
    },
    more: 'A filter is what goes with the channel: the one that makes it, or where others read the map too (sums, concatenations) the slice of the layer that reads it. Norms over the mean of their layer, since larger filters have larger ones.',
  },
};
