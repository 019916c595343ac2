/** What "New experiment" offers: experiment files with comments that say what to change. */

export interface Template {
  /** The file is called `<id>.prune.json`. */
  id: string;
  label: string;
  detail: string;
  text: () => string;
}

/** The recipe of all but the paper's template. */
const QUICK_TRAIN = `"train": {
    "epochs": 30,
    "batch": 128,
    "learningRate": 0.1,
    "schedule": { "name": "halve", "every": 5 },
    "weightDecay": 0.0005
  }`;

export const TEMPLATES: readonly Template[] = [
  {
    id: 'quick',
    label: 'Quick LeNet',
    detail: 'LeNet-300-100 loses 95% of its weights in about a minute; on MNIST, otherwise on the built-in digits',
    text: quick,
  },
  {
    id: 'paper-wls',
    label: "The paper's WLS",
    detail: 'Weight-level screening of LeNet-300-100 on MNIST: 120 epochs, 4.3% of the weights kept',
    text: paper,
  },
  {
    id: 'lambda-sweep',
    label: 'Lambda sweep',
    detail: 'How much the screening score should weigh: 6 values with 3 seeds each, with mean and deviation',
    text: sweep,
  },
  {
    id: 'magnitude',
    label: 'Magnitude baseline',
    detail: 'The smallest weights go first: what every other criterion is measured against',
    text: magnitude,
  },
  {
    id: 'channels',
    label: 'Channel-level screening on CIFAR-10',
    detail: 'A residual network of 20 layers loses 40% of its channels, gets smaller for it, and is fine-tuned',
    text: channels,
  },
  {
    id: 'inputs',
    label: 'Induced feature selection on MNIST',
    detail: 'Which quarter of the pixels a network needs, in about a minute; on MNIST, otherwise on the built-in digits',
    text: inputs,
  },
  {
    id: 'tree-lasso',
    label: 'sTLP-IB on CIFAR-10',
    detail: 'A residual network loses the channels that no group of classes needs, down to half its cost; a few minutes on 5,000 images',
    text: treeLasso,
  },
];

function quick(): string {
  return `{
  // Trains, prunes while it trains, compacts and fine-tunes in about a minute.
  "name": "quick",
  // The built-in digits take the place of MNIST where its files are not found.
  "data": { "name": "mnist", "otherwise": "digits" },
  "model": { "name": "lenet-300-100" },
  ${QUICK_TRAIN},
  "prune": {
    "method": "wls",
    // The fraction of the weights that stays: 0.05 keeps 5%.
    "keep": 0.05,
    // Weight of the screening score beside the magnitude; 0 is plain magnitude.
    "criterion": { "lambda": 0.1 },
    "schedule": { "name": "logistic", "end": 0.6 }
  },
  "fineTune": { "epochs": 5, "learningRate": 0.005, "schedule": { "name": "cosine" }, "weightDecay": 0.0005 },
  "seed": 1
}
`;
}

function paper(): string {
  return `{
  // Weight-level screening as in the paper: 11,457 of 266,200 weights stay.
  "name": "paper WLS",
  // The published numbers are of MNIST itself, so nothing takes its place here.
  "data": { "name": "mnist" },
  "model": { "name": "lenet-300-100" },
  "train": {
    "epochs": 120,
    "batch": 128,
    "learningRate": 0.1,
    "schedule": { "name": "halve", "every": 20 },
    "momentum": 0.9,
    "nesterov": true,
    "weightDecay": 0.0005
  },
  "prune": {
    "method": "wls",
    "keep": 0.0430391,
    "criterion": { "lambda": 0.2 },
    "schedule": { "name": "logistic" }
  },
  // A twin trained without pruning is the dense row of the report; it doubles the time.
  "measure": { "dense": "twin" },
  "seed": 1
}
`;
}

function sweep(): string {
  return `{
  // One run for each combination of the lists below: 6 weights of the screening score, 3 seeds.
  "name": "lambda sweep",
  "data": { "name": "mnist", "otherwise": "digits" },
  "model": { "name": "lenet-300-100" },
  ${QUICK_TRAIN},
  "prune": {
    "method": "wls",
    "keep": 0.0430391
  },
  "sweep": {
    // 0 is magnitude alone, 1 is screening alone.
    "prune.criterion.lambda": [0, 0.2, 0.4, 0.6, 0.8, 1]
  },
  "seeds": [1, 2, 3]
}
`;
}

function magnitude(): string {
  return `{
  // The baseline: weights of small magnitude go, a few after every epoch.
  "name": "magnitude",
  "data": { "name": "mnist", "otherwise": "digits" },
  "model": { "name": "lenet-300-100" },
  ${QUICK_TRAIN},
  "prune": {
    "method": "magnitude",
    "keep": 0.05,
    "schedule": { "name": "cubic" },
    // One ranking over all layers; "layer" keeps the same fraction in each.
    "scope": "global"
  },
  "seed": 1
}
`;
}

function channels(): string {
  return `{
  // Whole channels go, so that the network that is left is smaller and faster.
  "name": "channels",
  // The binary version of CIFAR-10; "path" says where its batches are, if they are not found.
  "data": { "name": "cifar-10" },
  // Pre-activation bottlenecks; 164 layers (depth 9n + 2) are those of the paper.
  "model": { "name": "preresnet", "depth": 20 },
  "train": {
    "epochs": 20,
    "batch": 64,
    "learningRate": 0.1,
    "schedule": { "name": "step", "at": [0.5, 0.75] },
    "weightDecay": 0.0001
  },
  "prune": {
    "method": "cls",
    // The fraction of the channels that stays: 0.6 keeps 60%.
    "keep": 0.6,
    // Weight of the screening score beside the scale of the batch norm; 0 is the scale alone.
    "criterion": { "lambda": 0.2 }
  },
  "fineTune": { "epochs": 10, "learningRate": 0.01, "schedule": { "name": "cosine" }, "weightDecay": 0.0001 },
  // Trained out and cut once: the dense row is this network before its cut.
  "measure": { "dense": "first-cut" },
  "seed": 1
}
`;
}

function inputs(): string {
  return `{
  // Inputs go whose weights go: the network that is left reads fewer pixels, and the result shows which.
  "name": "inputs",
  // The built-in digits take the place of MNIST where its files are not found.
  "data": { "name": "mnist", "otherwise": "digits" },
  "model": { "name": "lenet-300-100" },
  "train": { "epochs": 20, "batch": 128, "learningRate": 0.1, "schedule": { "name": "cosine" }, "weightDecay": 0.0005 },
  "prune": {
    "method": "induced",
    // The fraction of the 784 pixels that stays. Try [1, 0.5, 0.25, 0.1, 0.05] as a sweep of "prune.keep".
    "keep": 0.25,
    // Of each hidden layer half the neurons go too; 1 leaves them.
    "hidden": 0.5,
    // By the weights that read a pixel; "lambda" mixes in how well the pixel by itself tells the classes apart.
    // { "name": "random" } is the control: as many pixels, chosen by chance.
    "criterion": { "name": "weights", "lambda": 0 },
    // "reinitialise" trains the smaller network from new weights: are the pixels worth something, or only the weights?
    "restart": "inherit",
    // Cut while training goes on, done at 75% of the epochs.
    "schedule": { "name": "one-cycle", "end": 0.75 }
  },
  // The smaller network trains on.
  "fineTune": { "epochs": 10, "learningRate": 0.02, "schedule": { "name": "cosine" }, "weightDecay": 0.0005 },
  "seed": 1
}
`;
}

function treeLasso(): string {
  return `{
  // Channels stay that some group of related classes needs: cat and dog, or all animals. The groups are found, not given.
  "name": "tree lasso",
  // The binary version of CIFAR-10; "path" says where its batches are, if they are not found. All of its images take an hour or two.
  "data": { "name": "cifar-10", "train": 5000, "validation": 2000, "test": 4000 },
  "model": { "name": "resnet-20" },
  "train": { "epochs": 12, "batch": 64, "learningRate": 0.1, "schedule": { "name": "cosine" }, "weightDecay": 0.0001 },
  "prune": {
    "method": "stlp-ib",
    // The fraction of the network's multiply-accumulates that stays; each layer's share follows from its data.
    // "params" counts parameters instead, "channels" channels.
    "budget": "macs",
    "keep": 0.5,
    // Images that channels and classes are compared on: as many of each class as can be.
    "calibration": { "samples": 256 }
    // To compare, at the same budget: "sglp-ib" (a graph of classes), "apib", "hsic-lasso", or "channels" with "score": "l1".
  },
  "fineTune": { "epochs": 5, "learningRate": 0.02, "schedule": { "name": "cosine" }, "weightDecay": 0.0001 },
  // Trained out and cut once: the dense row is this network before its cut.
  "measure": { "dense": "first-cut" },
  "seed": 1
}
`;
}
