/**
 * Help of the method that selects inputs. "The paper" is "Induced Feature Selection by Structured Pruning" (Hubens et al. 2023), of which we
 * know its three steps and its networks and data sets, but no formula, setting or number.
 */
import type { Help } from './help';

export const INDUCED_HELP: Readonly<Record<string, Help>> = {
  'prune(induced).keep': {
    more: [
      "The k = round(keep · inputs) inputs of the best scores stay, exactly: of 784 pixels `0.25` keeps 196. Of a network whose first layer is a convolution it is a fraction of the image's channels, since each kernel reads every pixel: `0.67` keeps 2 of 3 colours.",
      "The paper's three steps: zero blocks of the weights; trace back which inputs feed zeros alone; remove these inputs with their weights, and train on. An input also goes where only neurons read it that nothing reads.",
      '1 chooses none, and only removes what `hidden` or `borders` leave unread. How many inputs the paper keeps is not known to us; ours to try: 1, 0.75, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05.',
    ].join('\n\n'),
    examples: [0.5, 0.25, 0.1],
  },
  'prune(induced).hidden': {
    more: [
      "In each hidden layer the k = round(hidden · outputs) neurons or channels of the largest mean |w| stay, of batch norms those of the largest |γ|; at least one. Each layer is ranked by itself, as in the first author's library fasterai.",
      '1 cuts inputs alone. With `"keep": 1` it cuts weights alone: the comparison that tells what cutting inputs adds.',
    ].join('\n\n'),
    examples: [1, 0.5],
  },
  'prune(induced).criterion': {
    more: 'Inputs are brought to mean 0 and deviation 1 before, since the weights of a dim input are larger.',
  },
  'prune(induced).criterion.name': {
    values: {
      weights: 'By the weights of the first layer that read the input, by its F-statistic, or a mixture.',
      random: 'A random order: the control that every score must beat.',
    },
  },
  'prune(induced).criterion(weights).norm': {
    values: {
      l1: 'Mean of |w| over the weights that read the input: `s_j = mean_i |w_ij|`, as fasterai has it.',
      l2: 'Root of the mean of their squares.',
    },
    more: "Which norm the paper uses is not known to us; l1 is our choice, after the first author's library.",
  },
  'prune(induced).criterion(weights).lambda': {
    more: [
      '`R_j = λ·rank(F_j) + (1 − λ)·rank(s_j)`: 0 is the weights alone, as in the paper; 1 is the F-statistic alone, a filter method that does not look at the network.',
      '`F = [Σc n_c (m_c − m)² / (C − 1)] / [Σc Σi (x_i − m_c)² / (N − C)]` over the training samples: how well the input by itself tells the C classes apart. It does not see that two inputs say the same. This mixture is ours.',
    ].join('\n\n'),
    examples: [0, 0.5, 1],
  },
  'prune(induced).borders': {
    more: [
      'At the end of the schedule so many outer rows and columns of the kernel go to zero, one after another: each time the row at the top or bottom, and the column at the left or right, whose weights are smaller. `2` leaves 3 × 3 of a kernel 5 × 5. What of the image no position of the kernel reads any more is then cut off.',
      'Only for a first convolution without padding, as in LeNet-5, or with a stride: one that pads and goes pixel by pixel reads every row all the same. The report says what could not go, and why. Ours: the paper does not tell how it cuts images for ConvNets.',
    ].join('\n\n'),
    examples: [0, 2],
  },
  'prune(induced).restart': {
    values: {
      inherit: 'The weights that are left: fine-tuning goes on from them.',
      reinitialise: 'New ones, drawn from the seed: tells whether the inputs were worth choosing, or only the weights.',
    },
    more: 'The paper removes and "retrains"; from which weights is not known to us.',
  },
  'prune(induced).schedule': {
    more: 't goes from 0 at `start` to 1 at `end`. After each epoch the inputs over keep(t) are cut, and the outputs of hidden layers over hidden(t), and never come back. One-cycle is the schedule of the same first author ("One-Cycle Pruning", 2021); the paper\'s is not known to us.',
  },
  'prune(induced).layers.*': { examples: ['*'] },
};
