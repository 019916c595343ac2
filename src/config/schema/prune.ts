/** `prune` of an experiment: what is cut, by what, when and how far. */
import * as z from 'zod';
import { ChannelScore, ChannelScreening, InputScore, Screening } from './criteria';
import { Calibration, Response } from './lasso';
import { epochs, fraction } from './numbers';

const keepFraction = z
  .number()
  .gt(0)
  .max(1)
  .describe('Fraction of the prunable weights to keep, in (0, 1]. 0.05 keeps 5%.')
  .meta({ examples: [0.05] });

const span = {
  start: fraction.default(0).describe('Fraction of the epochs before the first cut.'),
  end: fraction.default(0.75).describe('Fraction of the epochs at which the target is reached; the rest trains with a fixed mask.'),
};

/** The paper's logistic schedule, those of the baselines, and the usual ones; `one-shot` trains to the end, scores once, cuts once. */
export const KeepSchedule = z
  .discriminatedUnion('name', [
    z.strictObject({
      name: z.literal('logistic'),
      steepness: z.number().gt(0).max(100).default(12).describe('Larger makes the middle of the cut faster.'),
      midpoint: fraction.default(0.5).describe('Where in the span half is cut, as a fraction of it.'),
      ...span,
    }),
    z.strictObject({
      name: z.literal('inverse'),
      mu: z.number().min(0).max(1000).default(10).describe('Larger cuts earlier; 0 is linear (FSA).'),
      ...span,
    }),
    z.strictObject({ name: z.literal('cubic'), ...span }),
    z.strictObject({
      name: z.literal('one-cycle'),
      a: z.number().gt(0).default(14).describe('Steepness.'),
      b: z.number().default(6).describe('Delay: half is cut at b/a of the span.'),
      ...span,
    }),
    z.strictObject({ name: z.literal('linear'), ...span }),
    z.strictObject({ name: z.literal('cosine'), ...span }),
    z.strictObject({
      name: z.literal('staged'),
      first: fraction.default(0.2).describe('Fraction removed by the first cut.'),
      rate: fraction.default(0.05).describe('Fraction of all weights removed by each further cut.'),
      every: epochs.default(1).describe('Epochs between cuts.'),
      start: span.start,
    }),
    z.strictObject({ name: z.literal('one-shot') }),
  ])
  .describe('Keep fraction against progress. All but one-shot anneal: they cut after every epoch.');
export type KeepSchedule = z.infer<typeof KeepSchedule>;

const layerPatterns = z
  .array(z.string().min(1))
  .min(1)
  .default(['*'])
  .describe('Layers to prune, by name; * stands for any characters.')
  .meta({ examples: [['fc1', 'fc2']] });

const cut = {
  layers: layerPatterns,
  floors: z
    .strictObject({
      layer: z.int().min(0).default(1).describe('Connections that every layer keeps.'),
      output: z.int().min(0).default(1).describe('Connections that every output class keeps.'),
    })
    .prefault({})
    .describe('What no cut may go below. Where a floor decides, the report says so.'),
};
const scope = z
  .enum(['global', 'layer'])
  .default('global')
  .describe('global: one ranking over all layers; layer: the same keep fraction in each.');
const annealed = KeepSchedule.prefault({ name: 'logistic' });

const budget = z.enum(['channels', 'macs', 'params']);
const someChannels = {
  keep: z
    .number()
    .gt(0)
    .max(1)
    .describe('Fraction of the budget to keep, in (0, 1]: 0.4 keeps 40% of the channels, or of what `budget` names.')
    .meta({ examples: [0.4] }),
  layers: layerPatterns,
  floors: z
    .strictObject({ layer: z.int().min(1).default(1).describe('Channels that every layer keeps.') })
    .prefault({})
    .describe('What no cut may go below. Where a floor decides, the report says so.'),
  shrink: z
    .boolean()
    .default(true)
    .describe('Rebuild the network without its dead channels after each cut, so that later epochs cost less. The masks stay the same.'),
};
const channelCut = {
  ...someChannels,
  budget: budget
    .default('channels')
    .describe('What keep is a fraction of: channels, or multiply-accumulates or parameters of the whole network after compaction.'),
  scope: scope.describe('global: one ranking over all layers; layer: the same keep fraction in each (uniform).'),
};
const once = KeepSchedule.prefault({ name: 'one-shot' });

/** One penalty for all layers is searched until the network has the size that is asked for, so each layer's share follows from its data. */
const lassoCut = {
  ...someChannels,
  budget: budget
    .default('macs')
    .describe('What keep is a fraction of: multiply-accumulates or parameters of the whole network after compaction, or channels.'),
  calibration: Calibration.prefault({}),
  schedule: once,
};

export const Prune = z
  .discriminatedUnion('method', [
    z.strictObject({ method: z.literal('none') }),
    z.strictObject({ method: z.literal('wls'), keep: keepFraction, criterion: Screening.prefault({}), schedule: annealed, scope, ...cut }),
    z.strictObject({ method: z.literal('magnitude'), keep: keepFraction, schedule: annealed, scope, ...cut }),
    z.strictObject({ method: z.literal('random'), keep: keepFraction, schedule: annealed, scope, ...cut }),
    z.strictObject({ method: z.literal('dsc'), keep: keepFraction, schedule: KeepSchedule.prefault({ name: 'inverse' }), scope, ...cut }),
    z.strictObject({
      method: z.literal('han'),
      keep: keepFraction,
      layerKeep: z
        .record(z.string(), keepFraction)
        .optional()
        .describe('Keep fraction by layer name; `keep` holds for the others. LeNet-300-100 in the paper: 0.08, 0.09, 0.26.')
        .meta({ examples: [{ fc1: 0.08, fc2: 0.09, fc3: 0.26 }] }),
      rounds: z.int().min(1).max(100).default(5).describe('Prune-and-retrain rounds after training.'),
      retrain: z
        .strictObject({
          epochs: epochs.default(20).describe('Epochs after each cut.'),
          learningRate: z.number().gt(0).max(10).default(0.01).describe('Rate of all of them.'),
        })
        .prefault({})
        .describe('Training after each cut.'),
      ...cut,
    }),
    z.strictObject({ method: z.literal('cls'), criterion: ChannelScreening.prefault({}), schedule: once, ...channelCut }),
    z.strictObject({
      method: z.literal('slimming'),
      penalty: z
        .number()
        .gt(0)
        .max(1)
        .default(1e-5)
        .describe('Weight of the L1 norm of all gammas in the loss: 1e-4 for VGG, 1e-5 for residual and dense networks.'),
      schedule: once,
      ...channelCut,
    }),
    z.strictObject({ method: z.literal('dsc-channels'), schedule: KeepSchedule.prefault({ name: 'inverse' }), ...channelCut }),
    z.strictObject({ method: z.literal('channels'), score: ChannelScore, schedule: once, ...channelCut }),
    z.strictObject({
      method: z.literal('sglp-ib'),
      response: Response,
      tau: z.number().min(0).max(100).default(0.5).describe('Weight of the graph penalty over that of the L1 norm.'),
      threshold: fraction
        .default(0.3)
        .describe('Classes whose logits correlate by more than this are joined by an edge of the class graph.'),
      signed: z.boolean().default(false).describe('Let coefficients be negative too, and join classes that correlate negatively.'),
      ...lassoCut,
    }),
    z.strictObject({
      method: z.literal('stlp-ib'),
      response: Response,
      l1: z.number().min(0).max(100).default(0).describe('Weight of an L1 norm over that of the tree penalty.'),
      ...lassoCut,
    }),
    z.strictObject({ method: z.literal('apib'), ...lassoCut }),
    z.strictObject({ method: z.literal('hsic-lasso'), ...lassoCut }),
    z.strictObject({
      method: z.literal('induced'),
      keep: z
        .number()
        .gt(0)
        .max(1)
        .describe("Fraction of the inputs to keep, in (0, 1]: numbers of a sample, or of a convolutional network the image's channels.")
        .meta({ examples: [0.25] }),
      hidden: keepFraction
        .default(1)
        .describe('Fraction of the neurons or channels of each hidden layer to keep, by the same schedule; 1 leaves them.'),
      criterion: InputScore.prefault({ name: 'weights' }),
      borders: z
        .int()
        .min(0)
        .max(10)
        .default(0)
        .describe(
          "Outer rows, and as many columns, of the first convolution's kernel to give up, so that rows and columns of the image can go.",
        ),
      restart: z
        .enum(['inherit', 'reinitialise'])
        .default('inherit')
        .describe('What the smaller network begins its fine-tuning with: the weights that are left, or new ones.'),
      schedule: KeepSchedule.prefault({ name: 'one-cycle' }),
      layers: layerPatterns.describe('Hidden layers whose neurons or channels are cut, by name; * stands for any characters.'),
    }),
  ])
  .describe(
    'Of weights: wls (screening), magnitude, random, dsc (magnitude with its own schedule), han (per layer, iterated). Of channels: cls (screening), slimming, dsc-channels, channels (by a score), sglp-ib and stlp-ib (structured lasso with class-wise information), apib and hsic-lasso (their baselines). Of inputs: induced (feature selection). Or none.',
  );
export type Prune = z.infer<typeof Prune>;
export const RANKED_METHODS = ['cls', 'slimming', 'dsc-channels', 'channels'] as const;
export const LASSO_METHODS = ['sglp-ib', 'stlp-ib', 'apib', 'hsic-lasso'] as const;
/** Methods that give each channel a score. */
export type RankedChannelPrune = Extract<Prune, { method: (typeof RANKED_METHODS)[number] }>;
/** Methods that regress on channels. */
export type LassoPrune = Extract<Prune, { method: (typeof LASSO_METHODS)[number] }>;
/** Methods that cut channels, not single weights. */
export type ChannelPrune = RankedChannelPrune | LassoPrune;
export type InducedPrune = Extract<Prune, { method: 'induced' }>;
export type WeightPrune = Exclude<Prune, ChannelPrune | InducedPrune | { method: 'none' }>;

const isOneOf = ({ method }: Prune, methods: readonly Prune['method'][]): boolean => methods.includes(method);
export const isLasso = (prune: Prune): prune is LassoPrune => isOneOf(prune, LASSO_METHODS);
export const cutsChannels = (prune: Prune): prune is ChannelPrune => isLasso(prune) || isOneOf(prune, RANKED_METHODS);
