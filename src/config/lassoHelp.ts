/**
 * Help of the methods that regress on channels. "The paper" is "Automatic Pruning via Structured Lasso with Class-wise Information" (2025),
 * of which we know the idea, the two schemes and a few results, but no equation or setting. What is here is rebuilt from what it
 * descends from: APIB (Guo et al. 2023), HSIC lasso (Yamada et al. 2014), GFLasso and tree lasso (Kim & Xing 2009, 2010).
 */
import { BUDGETS, SHRINK, type Help } from './help';
import { LASSO_METHODS, type LassoPrune } from './schema';

const OBJECTIVES: Record<LassoPrune['method'], string> = {
  'sglp-ib':
    '`min_{B ≥ 0} ½‖T − D·B‖² + λ·Σ|B_kc| + λ·τ·Σ_{(c,q)} |r_cq|·Σk |B_kc − B_kq|`: classes c and q that are joined by an edge are asked to need the same channels (Kim & Xing 2009). Our reconstruction.',
  'stlp-ib':
    '`min_{B ≥ 0} ½‖T − D·B‖² + λ·Σk Σv w_v·‖B_k,G(v)‖₂`: the classes G(v) below each node v of the class tree share a channel or do without (Kim & Xing 2010). Our reconstruction.',
  apib: "`min_b ½‖t − D·b‖² + λ·‖b‖₁` with t of the layer's own output map and b of either sign, as APIB's published code has it.",
  'hsic-lasso': '`min_{b ≥ 0} ½‖t − D·b‖² + λ·‖b‖₁` with t of the labels: 1 for two samples of a class (Yamada et al. 2014).',
};
const KERNELS =
  "D's columns are the centred Gaussian kernels of the channels' maps over pairs of calibration samples, of length 1, their widths the median distance; T's those of what stands for each class. A channel whose coefficients are all zero is cut.";
const BOTTLENECK =
  'As an information bottleneck: ⟨D, T⟩ is what a channel says of the classes, ⟨D, D⟩ what it repeats of other channels (HSIC).';

const ofLasso = (method: LassoPrune['method']): Record<string, Help> => ({
  [`prune(${method}).keep`]: {
    more: [
      OBJECTIVES[method],
      `${KERNELS} ${BOTTLENECK}`,
      'One λ for all layers is searched at which the compact network has about `keep` of the budget, so what each layer keeps follows from its data; then the best channels stay that do not exceed it. With `"budget": "macs"` 0.39 is the cut that the paper reports for VGG-16 on CIFAR-10: 61% fewer FLOPs, 85% fewer parameters, accuracy 94.10%, 0.14 more than unpruned.',
    ].join('\n\n'),
    examples: [0.39, 0.5],
  },
  [`prune(${method}).budget`]: {
    values: BUDGETS,
    more: 'Of VGG-16 on CIFAR-10 the whole network has 313 million multiply-accumulates and 14.7 million parameters. The paper reports both cuts, but not which of them it set.',
  },
  [`prune(${method}).calibration`]: {
    more: "APIB's published code takes a batch of 128. The paper's number is not known to us; ours is 256, as many of each class as can be.",
  },
  [`prune(${method}).calibration.samples`]: {
    more: 'The kernels are samples × samples: twice the samples take four times as long. On CIFAR-100 take 512 or more, so that each class has five.',
    examples: [256, 512],
  },
  [`prune(${method}).schedule`]: {
    more: 'One-shot: trains to the end (or takes a saved network), solves once, cuts once. Add `fineTune`; APIB retrains for 135 epochs, and so does our file of full settings.',
  },
  [`prune(${method}).shrink`]: SHRINK,
  [`prune(${method}).layers.*`]: { examples: ['*'] },
  [`prune(${method}).floors.layer`]: {
    more: "Where a layer has fewer channels with a coefficient, those of the largest correlation stay. APIB's code keeps at least 40 in each layer of VGG-16.",
    examples: [1, 16, 40],
  },
});

const RESPONSE: Help = {
  values: {
    logit: "Kernel of the trained network's logit of the class: knows which classes look alike. Default.",
    label: 'Samples of the class against the others. With as many samples of each class, any two classes look equally different.',
    feature: "Kernel of the layer's own output map, over the pairs of which one sample is of the class.",
  },
  more: 'The paper speaks of class-wise information; what it regresses on is not known to us. The class graph and the class tree come from the correlation of the logits in any case; with "label" only they know of related classes.',
};

export const LASSO_HELP: Readonly<Record<string, Help>> = {
  ...Object.fromEntries(LASSO_METHODS.flatMap((method) => Object.entries(ofLasso(method)))),
  'prune.budget': {
    values: BUDGETS,
    more: "With macs and params as many of the best-scored channels stay as the compact network can have without exceeding `keep` of the whole one's, so that methods are compared at the same cost. The report says what was asked for and what came out.",
  },
  'prune.response': RESPONSE,
  'prune.tau': {
    more: "`τ·Σ_{(c,q)} |r_cq|·Σk |B_kc − B_kq|` over the edges of the class graph, beside `Σ|B_kc|`, both times λ: the fused penalty that makes related classes need the same channels. 0 leaves the L1 norm alone. Ours: 0.5; the paper's value is not known to us.",
    examples: [0, 0.5, 1],
  },
  'prune.threshold': {
    more: "r is the correlation of two classes' logits over the calibration samples. Ours: 0.3. A lower one joins more classes, and the result shows which.",
    examples: [0.3, 0.5],
  },
  'prune.signed': {
    values: {
      true: 'Coefficients of either sign, as in APIB; classes with r < −threshold are joined too, with opposite signs.',
      false: 'B ≥ 0: a channel can only speak for a class. Default.',
    },
  },
  'prune.l1': {
    more: [
      'Added to the weight of each single class, a leaf of the tree. The tree: average linkage of the classes on 1 − r, the heights of the merges over the largest as s.',
      '`w_v = (1 − s_v)·Π s of the nodes above` for a node, `Π s of the nodes above` for a class, so that the weights of the groups that a class is in sum to 1 (Kim & Xing 2010). We hold s at 0.9 or below: else the root would have no weight, and no channel could be dropped by all classes at once.',
    ].join('\n\n'),
    examples: [0, 0.1],
  },
};
