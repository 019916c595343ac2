/**
 * What the editor says of a key beside its one-line description: formulas, the paper's numbers, and a line for each value to choose from.
 * "The paper" is "Exploring Neural Network Pruning with Screening Methods"; what it does not say is marked as ours.
 */

export interface Help {
  /** Markdown, after the key's description. */
  more?: string;
  /** A line for each value that can be chosen. */
  values?: Readonly<Record<string, string>>;
  /** Offered while the value is written. */
  examples?: readonly unknown[];
}

const NORMS = {
  none: 'As it is.',
  max: 'Divided by the largest.',
  minmax: 'Stretched over its range: (v − min) / (max − min).',
  mean: 'Divided by the mean.',
  zscore: 'Deviations from the mean: (v − mean) / deviation.',
  rank: 'The mid-percentile, in (0, 1); ties share theirs.',
  log1p_max: 'log(1 + v) over its largest.',
};
const NORM_SCOPES = { global: 'Statistics over all layers together.', layer: 'Statistics over each layer on its own.' };
const NORM_OURS = "The paper's normalisation is not known to us.";

const CUT_SCHEDULES = {
  logistic: 'Slow, fast, slow: the shape of the paper, with our constants.',
  inverse: 'Fast first, then ever slower: feature selection with annealing (Barbu et al. 2017).',
  cubic: 'Fast first: keep = κ + (1 − κ)(1 − t)³ (Zhu & Gupta 2017).',
  'one-cycle': 'A logistic curve of one-cycle pruning (Hubens et al. 2021), stretched to start at exactly 1.',
  linear: 'The same share after every epoch.',
  cosine: 'Half a cosine: slow, fast, slow.',
  staged: 'A first cut, then equal ones: after direct sparsity control (Guo, She & Barbu 2021); its values are not known to us.',
  'one-shot': 'Trains to the end, scores once, cuts once. Add fineTune.',
};

function optimiser(part: 'train' | 'fineTune'): Record<string, Help> {
  return {
    [`${part}.epochs`]: {
      examples: part === 'train' ? [30, 120] : [5, 20],
      ...(part === 'train' && { more: "Ours for LeNet-300-100: 120, or 30 for a quick run. The paper's number is not known to us." }),
    },
    [`${part}.learningRate`]:
      part === 'train' ? { more: 'Ours for LeNet-300-100: 0.1, halved every 20 epochs.' } : { examples: [0.005, 0.01] },
    [`${part}.schedule`]: { more: 'The paper halves the rate every fixed number of epochs; after how many is not known to us.' },
    [`${part}.schedule.name`]: {
      values: {
        constant: 'The same rate in all epochs.',
        halve: 'Halved every so many epochs, as in the paper.',
        step: 'Multiplied by a factor at given fractions of the epochs.',
        cosine: 'Half a cosine from the first rate to 0.',
      },
    },
    [`${part}.schedule.every`]: { examples: [20] },
    [`${part}.nesterov`]: { more: 'The paper: Nesterov without dampening.' },
    [`${part}.weightDecay`]: { more: "Ours: `1e-4`. The paper's value is not known to us." },
  };
}

/** By dotted key; a key that several choices have is meant in all of them. */
export const EDITOR_HELP: Readonly<Record<string, Help>> = {
  name: { examples: ['lenet-wls'] },
  seed: { examples: [1] },
  seeds: {
    more: 'Every number is then a mean with its deviation, and lists show both. The paper reports the best error; it tells no deviation.',
  },
  sweep: { examples: [{ 'prune.criterion.lambda': [0, 0.2, 0.4, 0.6, 0.8, 1] }] },

  data: { more: 'The paper: MNIST, 50,000 training, 10,000 validation and 10,000 test samples.' },
  'data.name': {
    values: {
      mnist: 'Handwritten digits, 28 × 28, from the four IDX files. Get them with the command "Get data set".',
      'fashion-mnist': 'Pictures of clothing, 28 × 28, from the four IDX files. Get them with the command "Get data set".',
      digits: 'Digits that Prune Lab draws itself: needs no files. Errors are not those of MNIST.',
    },
  },
  'data.path': { examples: ['data/mnist'] },
  'data.otherwise': { values: { digits: 'The built-in digits; the report then names them as its data.' } },

  model: { more: 'LeNet-300-100 has 235,200 + 30,000 + 1,000 = 266,200 weights; with biases 266,610.' },
  'model.name': {
    values: { 'lenet-300-100': "784-300-100-10 with ReLU: the paper's network on MNIST.", mlp: 'Hidden layers of any widths with ReLU.' },
  },

  ...optimiser('train'),
  ...optimiser('fineTune'),
  'train.batch': { more: 'Ours for LeNet-300-100: 128.' },

  prune: {
    more: [
      'LeNet-300-100 on MNIST in the paper, test error and weights left: unpruned 1.64%; Han et al. 1.59% at 8.2%; DSC 1.57% at 6.5%; screening (WLS) 1.51% at 4.3%.',
      'Left by layer (fc1, fc2, fc3): DSC 4.6, 20.1, 68.5%; WLS 4.1, 5.3, 22.4%.',
    ].join('\n\n'),
  },
  'prune.method': {
    values: {
      none: 'Trains without pruning.',
      wls: 'Weight-level screening: R = λ·F + (1 − λ)·|w|, cut while training goes on.',
      magnitude: 'The smallest |w| go first: λ = 0.',
      random: 'A random order: the control that every criterion must beat.',
      dsc: 'Direct sparsity control: magnitude with the schedule of FSA. A reconstruction.',
      han: 'Han et al. 2015: train, then rounds of cutting the smallest |w| of each layer and training on.',
    },
  },
  'prune.keep': {
    more: [
      'The paper (WLS, LeNet-300-100) keeps 4.3%; by its layers that is 11,457 of 266,200 weights, or `0.0430`. In its table DSC keeps 6.5% and Han et al. 8.2%.',
      'The k = round(keep · weights) connections of the best scores stay, exactly. Biases are neither pruned nor counted. The "pruning ratio" of papers is mostly 1 − keep.',
    ].join('\n\n'),
    examples: [0.043, 0.05],
  },

  'prune.criterion': {
    more: [
      '`R = λ·F̃ + (1 − λ)·|w̃|` over living connections, where ~ is a normalisation.',
      '`F = [Σc n_c (m_c − m)² / (C − 1)] / [Σc Σi (x_i − m_c)² / (N − C)]`: how well the feature of a connection tells the C classes apart.',
      "That λ weighs F, the normalisation and the connection's feature are our reading; the paper's formulas for them are not known to us.",
    ].join('\n\n'),
  },
  'prune.criterion.lambda': {
    more: [
      '`R = λ·F̃ + (1 − λ)·|w̃|`: 0 is magnitude alone, 1 the F-statistic alone.',
      'The paper, LeNet-300-100 at 4.3%, over its five λ: test error 1.57, 1.51, 1.69, 2.40 and 6.46%. The λ themselves are not known to us; the last is taken to be 1, since the worst is described as the F-statistic alone. We print 0.2, 0.4, 0.6, 0.8 and 1, with 0 beside them.',
    ].join('\n\n'),
    examples: [0, 0.1, 0.4, 1],
  },
  'prune.criterion.feature': {
    values: {
      input: 'The activation a that it reads: all connections of an input share one F. Cheapest.',
      online: 'w(t)·a while w trains, so F tells connections of one input apart.',
      gated: 'w·a where the neuron it feeds fires.',
    },
    more: 'The paper only says that each batch gives a feature for every connection; these three are our readings of it.',
  },
  'prune.criterion.screening.norm': {
    values: {
      ...NORMS,
      eta2: 'SSB / (SSB + SSW), the share of variance that the classes explain; in [0, 1] whatever the number of samples.',
    },
    more: `${NORM_OURS} Ours: rank, in each layer, which won on validation.`,
  },
  'prune.criterion.screening.scope': { values: NORM_SCOPES },
  'prune.criterion.magnitude.norm': {
    values: NORMS,
    more: `${NORM_OURS} Ours: rank, over all layers, which won on validation; with λ = 0 that is plain global magnitude.`,
  },
  'prune.criterion.magnitude.scope': { values: NORM_SCOPES },
  'prune.criterion.every': { examples: [1, 16, 32] },

  'prune.schedule': {
    more: [
      't goes from 0 at `start` to 1 at `end`, κ is `keep`. After each epoch the connections over keep(t) are cut, and never come back.',
      'The paper: a logistic curve, slow, fast, slow; its constants are not known to us.',
    ].join('\n\n'),
  },
  'prune.schedule.name': { values: CUT_SCHEDULES },
  'prune.schedule.steepness': {
    more: [
      '`keep(t) = κ + (1 − κ)·(g(t) − g(1)) / (g(0) − g(1))`, `g(t) = 1 / (1 + exp(s·(t − t₀)))`, with s this steepness and t₀ the midpoint; exactly 1 at t = 0 and κ at t = 1.',
      'With our 12 and 0.5 and κ = 0.043, at t = 0, 0.1, ... 1: 1, 0.9945, 0.9768, 0.9224, 0.7798, 0.5215, 0.2632, 0.1206, 0.0662, 0.0485, 0.0430.',
    ].join('\n\n'),
  },
  'prune.schedule.midpoint': { more: 't₀ in `g(t) = 1 / (1 + exp(s·(t − t₀)))`.' },
  'prune.schedule.mu': {
    more: [
      '`keep(t) = κ + (1 − κ)·(1 − t) / (μ·t + 1)`. In feature selection with annealing: `M_e = k + (M − k)·max(0, (N₁ − 2e) / (2eμ + N₁))`, where the target is reached at e = N₁/2.',
      'With μ = 10 and κ = 0.043, at t = 0, 0.1, 0.2, 0.4, 0.6, 0.8, 1: 1, 0.4736, 0.2982, 0.1578, 0.0977, 0.0643, 0.0430.',
    ].join('\n\n'),
  },
  'prune.schedule.a': {
    more: 'The share of the cut that is done follows `1 / (1 + exp(b − a·t))`, stretched from exactly 0 to exactly 1. One-cycle pruning: a = 14, b = 6.',
  },
  'prune.schedule.first': { more: '`keep = max(κ, 1 − first − rate·⌊(e − e₁) / every⌋)`, e₁ the epoch of the first cut.' },
  'prune.layers.*': { examples: ['*', 'fc1', 'fc2', 'fc3'] },
  'prune.scope': {
    values: {
      global: 'One ranking over all layers: layers lose what their scores deserve.',
      layer: 'The same keep fraction in each layer.',
    },
  },
  'prune.layerKeep': { more: 'With these, LeNet-300-100 keeps 8.2% (Han et al. 2015: 1.59%, from 1.64% unpruned).' },
  'prune.floors.layer': { more: 'So that no layer is emptied, which would cut the network in two.' },

  'measure.dense': {
    values: {
      twin: 'A second network, same recipe and seed, trained without pruning. Doubles the time.',
      'first-cut':
        'This network just before its first cut: free, and trained out where han or one-shot cuts it; otherwise trained for fewer epochs.',
      none: 'No dense row, for sweeps, where every run would train the same twin.',
    },
  },
  'measure.select': {
    values: {
      last: 'The last epoch.',
      'best-validation': 'The lowest validation error at the final sparsity; never an epoch before that.',
    },
    more: 'Reports show the last, the best by validation and the best by test error side by side. The paper reports its best error.',
  },
  'engine.threads': { examples: ['auto', 4] },
};
