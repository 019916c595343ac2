/** What ranks connections and channels, with the normalisation of each term. */
import * as z from 'zod';
import { fraction, samples } from './numbers';

export const ScreeningNorm = z.enum(['none', 'max', 'minmax', 'mean', 'zscore', 'rank', 'log1p_max', 'eta2']);
export const MagnitudeNorm = z.enum(['none', 'max', 'minmax', 'mean', 'zscore', 'rank', 'log1p_max']);
export type Norm = z.infer<typeof ScreeningNorm>;
const NORM =
  'How scores come to a common scale: divided by the largest (max) or the mean, stretched over the range (minmax), counted in deviations (zscore), ' +
  'as ranks, as logarithms over the largest (log1p_max), or not at all (none).';
const normScope = z.enum(['global', 'layer']).describe('Statistics of the norm over all layers together, or over each on its own.');

export const Screening = z
  .strictObject({
    lambda: fraction
      .default(0.2)
      .describe('Weight of the screening score: R = lambda·F + (1 - lambda)·|w|, both normalised. 0 is plain magnitude.'),
    feature: z
      .enum(['input', 'online', 'gated'])
      .default('input')
      .describe(
        "What a connection's feature is: the activation it reads (input), w(t)·a while w trains (online), or w·a where the neuron it feeds fires (gated).",
      ),
    screening: z
      .strictObject({
        norm: ScreeningNorm.default('rank').describe(`${NORM} eta2 is the share of variance that the classes explain, which goes with F.`),
        scope: normScope.default('layer'),
      })
      .prefault({})
      .describe('Normalisation of the F-statistic, over the connections that are alive.'),
    magnitude: z
      .strictObject({ norm: MagnitudeNorm.default('rank').describe(NORM), scope: normScope.default('global') })
      .prefault({})
      .describe('Normalisation of |w|, over the connections that are alive.'),
    every: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe(
        'Gather statistics from every nth batch. Default 1 for input, 48 for online, 96 for gated, which touch inputs × outputs × classes numbers.',
      ),
    decay: fraction.default(0).describe('What the statistics of earlier epochs still weigh: 0 starts each epoch anew, 1 keeps all.'),
  })
  .describe('The hybrid criterion of weight-level screening.');
export type Screening = z.infer<typeof Screening>;

/** What a channel is worth by its layer's scale, by the filter that makes it, or by chance. */
export const ChannelScore = z
  .enum(['gamma', 'l1', 'l2', 'fpgm', 'random'])
  .describe(
    "gamma: |scale| of the batch norm; l1, l2: norm of the channel's filter; fpgm: distance of its filter from the layer's others; random.",
  );

export const ChannelScreening = z
  .strictObject({
    lambda: fraction
      .default(0.2)
      .describe('Weight of the screening score: R = lambda·F + (1 - lambda)·|gamma|, both normalised. 0 is |gamma| alone.'),
    feature: z
      .enum(['post_relu', 'bn_out', 'bn_in'])
      .default('post_relu')
      .describe('Where the channel is read: after batch norm and ReLU, as the next layer sees it, after batch norm, or before it.'),
    pool: z
      .enum(['mean', 'max', 'spatial'])
      .default('mean')
      .describe("A sample's value of a channel: mean or maximum of its map, or every position as a sample of its own."),
    screening: z
      .strictObject({
        norm: ScreeningNorm.default('max').describe(`${NORM} eta2 is the share of variance that the classes explain, which goes with F.`),
        scope: normScope.default('layer'),
      })
      .prefault({})
      .describe('Normalisation of the F-statistic, over the channels that are alive.'),
    magnitude: z
      .strictObject({ norm: MagnitudeNorm.default('max').describe(NORM), scope: normScope.default('global') })
      .prefault({})
      .describe('Normalisation of |gamma|, over the channels that are alive.'),
    samples: samples.optional().describe('Training samples of a scoring pass; all where absent.'),
  })
  .describe('The hybrid criterion of channel-level screening.');
export type ChannelScreening = z.infer<typeof ChannelScreening>;

export const InputScore = z
  .discriminatedUnion('name', [
    z.strictObject({
      name: z.literal('weights'),
      norm: z
        .enum(['l1', 'l2'])
        .default('l1')
        .describe('Mean of |w| over the weights that read the input, or the root of the mean of their squares.'),
      lambda: fraction
        .default(0)
        .describe('Weight of the F-statistic of the input: R = lambda·F + (1 - lambda)·|w|, both as ranks. 1 ranks by F alone.'),
    }),
    z.strictObject({ name: z.literal('random') }),
  ])
  .describe('What ranks the inputs: the weights that read them, the F-statistic, a mixture of both, or chance.');
export type InputScore = z.infer<typeof InputScore>;
