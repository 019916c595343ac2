/**
 * What the editor says of a key beside its one-line description: formulas, the paper's numbers, and a line for each value to choose from.
 * "The paper" is "Exploring Neural Network Pruning with Screening Methods" but in the help of lasso and of inputs, which names its own; what a paper
 * does not say is marked as ours.
 */
import { CHANNEL_HELP } from './channelHelp';
import { ETA2, NORM_OURS, NORM_SCOPES, NORMS, type Help } from './help';
import { INDUCED_HELP } from './inducedHelp';
import { LASSO_HELP } from './lassoHelp';

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
      examples: part === 'train' ? [30, 120, 160] : [5, 20, 40],
      more:
        part === 'train'
          ? "Ours for LeNet-300-100: 120, or 30 for a quick run; the paper's number is not known to us. Network slimming on CIFAR: 160."
          : 'Network slimming repeats its 160 epochs; ours for a short one are 40 at a rate of 0.01. The paper tries several schedules.',
    },
    [`${part}.learningRate`]:
      part === 'train'
        ? {
            more: 'Ours for LeNet-300-100: 0.1, halved every 20 epochs. Network slimming on CIFAR: 0.1, a tenth of it from 50 and 75% of the epochs on.',
          }
        : { examples: [0.005, 0.01, 0.1] },
    [`${part}.schedule`]: {
      more: 'On MNIST the paper halves the rate every fixed number of epochs; after how many is not known to us. For channels: step at 0.5 and 0.75.',
    },
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
    [`${part}.weightDecay`]: { more: "Ours, and network slimming's: `1e-4`. The paper's value is not known to us." },
  };
}

const AUGMENT = {
  none: 'As they are.',
  'crop-flip': 'Padded by an eighth (4 pixels of 32), cropped back at a random place, mirrored every other time: the usual for CIFAR.',
};

/** By dotted key; a key that several choices have is meant in all of them, but for those that have their own: `prune(cls).keep`. */
export const EDITOR_HELP: Readonly<Record<string, Help>> = {
  name: { examples: ['lenet-wls'] },
  seed: { examples: [1] },
  seeds: {
    more: 'Every number is then a mean with its deviation, and lists show both. The paper reports the best error; it tells no deviation.',
  },
  sweep: { examples: [{ 'prune.criterion.lambda': [0, 0.2, 0.4, 0.6, 0.8, 1] }] },

  data: {
    more: 'The paper: MNIST, 50,000 training, 10,000 validation and 10,000 test samples; CIFAR-10 with crops and mirror images for the channels.',
  },
  'data.name': {
    values: {
      mnist: 'Handwritten digits, 28 × 28, from the four IDX files. Get them with the command "Get data set".',
      'fashion-mnist': 'Pictures of clothing, 28 × 28, from the four IDX files. Get them with the command "Get data set".',
      'cifar-10': 'Colour pictures of 10 kinds of things, 32 × 32, from the binary batches. Get them with the command "Get data set".',
      'cifar-100': 'Colour pictures of 100 kinds of things, 32 × 32, from the binary files. Get them with the command "Get data set".',
      images: 'A folder of images for each class, such as Caltech-101, scaled to one size.',
      npy: 'Four NumPy files: images and labels, of training and test.',
      digits: 'Digits that Prune Lab draws itself: needs no files. Errors are not those of MNIST.',
    },
  },
  'data.path': { examples: ['data/mnist'] },
  'data(cifar-10).path': { examples: ['data/cifar-10'] },
  'data(cifar-100).path': { examples: ['data/cifar-100'] },
  'data(images).path': { examples: ['data/images'] },
  'data.augment': { values: AUGMENT },
  'data.channels': { values: { 1: 'Grey.', 3: 'Colour.' } },
  'data.otherwise': { values: { digits: 'The built-in digits; the report then names them as its data.' } },

  model: {
    more: [
      'LeNet-300-100 has 235,200 + 30,000 + 1,000 = 266,200 weights; with biases 266,610.',
      'On CIFAR-10: ResNet-164 has 12,112 channels in 163 batch norms and 1,703,258 parameters; DenseNet-40 9,360 in 39 and 1,059,298; VGG-19 5,504 in 16 and 20,035,018. `prune-lab describe MODEL` prints any.',
    ].join('\n\n'),
  },
  'model.name': {
    values: {
      'lenet-300-100': "784-300-100-10 with ReLU: the paper's network on MNIST.",
      mlp: 'Hidden layers of any widths with ReLU.',
      'lenet-5': 'Two convolutions 5 × 5 of 20 and 50 channels, dense layers of 500 and the classes. No batch norms.',
      'vgg-16': '13 convolutions with batch norms, 64 to 512 wide, for small images.',
      'vgg-19': '16 convolutions with batch norms, 64 to 512 wide, for small images; of network slimming.',
      'resnet-18': 'Four stages of two basic blocks, 64 to 512 wide.',
      'resnet-20': 'Basic blocks, 16 to 64 wide: 0.27 million parameters.',
      'resnet-56': 'Basic blocks, 16 to 64 wide: 0.86 million parameters.',
      'resnet-110': 'Basic blocks, 16 to 64 wide: 1.7 million parameters.',
      'resnet-164': "Pre-activation bottlenecks: the paper's network on CIFAR-10.",
      resnet: 'Basic blocks of any depth 6n + 2.',
      preresnet: 'Pre-activation bottlenecks of any depth 9n + 2; 29 is a small ResNet-164.',
      'densenet-40': "Three dense blocks of 12 layers: the paper's other network on CIFAR-10.",
      densenet: 'Three dense blocks of n layers, of any depth 3n + 4; 22 is a small DenseNet-40.',
      saved: 'A layers model from a file, with its weights or drawn anew.',
    },
  },
  'model.path': { examples: ['model/model.json'] },
  'model.init': { more: 'With 24 DenseNet-40 has the 9,360 channels of the paper; 16 gives 9,048 and 1,019,722 parameters.' },

  ...optimiser('train'),
  ...optimiser('fineTune'),
  'train.batch': { more: 'Ours for LeNet-300-100: 128. Network slimming on CIFAR: 64.', examples: [64] },

  prune: {
    more: [
      'LeNet-300-100 on MNIST in the paper, test error and weights left: unpruned 1.64%; Han et al. 1.59% at 8.2%; DSC 1.57% at 6.5%; screening (WLS) 1.51% at 4.3%.',
      'Left by layer (fc1, fc2, fc3): DSC 4.6, 20.1, 68.5%; WLS 4.1, 5.3, 22.4%.',
      'On CIFAR-10, test error at the channels left: ResNet-164 unpruned 5.42%, screening (CLS) 5.18% at 4,845 of 12,112, slimming 5.27%; DenseNet-40 unpruned 6.11%, CLS 5.63% at 2,808 of 9,360, DSC 5.57%, slimming 5.65%.',
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
      cls: 'Channel-level screening: R = λ·F + (1 − λ)·|γ|, one cut after training, then fine-tuning.',
      slimming: 'Network slimming (Liu et al. 2017): trains with an L1 penalty on γ, then cuts the channels of the smallest |γ|.',
      'dsc-channels': 'Direct sparsity control of channels: the smallest |γ| go while training goes on. A reconstruction.',
      channels: 'By a score alone: γ, filter norms, geometric median, or chance.',
      'sglp-ib': 'Graph-structured lasso on kernels: channels that related classes share stay. A reconstruction.',
      'stlp-ib': 'Tree-guided lasso on kernels: channels stay for groups of classes, or for none. A reconstruction.',
      apib: "Lasso on kernels, each layer's channels against its output: what the two descend from (Guo et al. 2023).",
      'hsic-lasso': 'Lasso on kernels against the labels (Yamada et al. 2014).',
      induced:
        'Induced feature selection (Hubens et al. 2023): inputs go whose weights go, and the smaller network is trained on. A reconstruction.',
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
  'prune(wls).criterion.feature': {
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
      eta2: ETA2,
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
  'measure.latency.batch': {
    examples: [1, 256],
    more: 'For single samples set `engine.threads` to 1: layers as small as those of ResNet-20 wait longer for a second thread than it saves (1.7 ms on two threads, 0.6 ms on one).',
  },
  'engine.threads': { examples: ['auto', 4] },
  'engine.device': {
    values: {
      cpu: 'The processor, with oneDNN.',
      gpu: 'An NVIDIA card, on Linux: `prune-lab setup --gpu` sets its kernels up. Not run on a card by us so far; numbers agree with those of the processor but for rounding.',
    },
    more: 'Small networks are faster on the processor.',
  },

  ...CHANNEL_HELP,
  ...LASSO_HELP,
  ...INDUCED_HELP,
};
