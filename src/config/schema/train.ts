/** `train` and `fineTune` of an experiment: momentum SGD and its learning rates. */
import * as z from 'zod';
import { epochs, fraction } from './numbers';

export const RateSchedule = z
  .discriminatedUnion('name', [
    z.strictObject({ name: z.literal('constant') }),
    z.strictObject({ name: z.literal('halve'), every: epochs.describe('Halve the rate every so many epochs.') }),
    z.strictObject({
      name: z.literal('step'),
      at: z
        .array(fraction)
        .min(1)
        .describe('Fractions of the epochs after which the rate is multiplied by `factor`.')
        .meta({ examples: [[0.5, 0.75]] }),
      factor: z.number().gt(0).max(1).default(0.1).describe('What the rate is multiplied by at each of them.'),
    }),
    z.strictObject({ name: z.literal('cosine') }),
  ])
  .describe('How the learning rate falls.');
export type RateSchedule = z.infer<typeof RateSchedule>;

const optimiser = {
  learningRate: z
    .number()
    .gt(0)
    .max(10)
    .describe('Rate of the first epoch.')
    .meta({ examples: [0.1] }),
  schedule: RateSchedule.default({ name: 'constant' }),
  momentum: z.number().min(0).lt(1).default(0.9).describe('Share of the last step that goes into the next.'),
  nesterov: z.boolean().default(true).describe('Nesterov momentum: the gradient looks one step ahead.'),
  weightDecay: z.number().min(0).max(1).default(1e-4).describe('L2 decay added to the gradient of the weights; biases are not decayed.'),
};

export const Train = z
  .strictObject({
    epochs: z.int().min(0).max(100_000).describe('Passes over the training samples; 0 prunes a saved network as it is.'),
    batch: z.int().min(1).max(100_000).default(128).describe('Samples a step.'),
    ...optimiser,
  })
  .describe('Stochastic gradient descent. Annealed methods prune while this goes on.');
export type Train = z.infer<typeof Train>;

export const FineTune = z
  .strictObject({
    epochs,
    ...optimiser,
  })
  .describe('Training of the compact network after the last cut, with its zeros held.');
export type FineTune = z.infer<typeof FineTune>;
