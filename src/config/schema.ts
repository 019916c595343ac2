/**
 * The one schema of `*.prune.json`: types, editor schema (config/jsonSchema.ts) and defaults all come from it.
 *
 * Every object is strict, and every choice with options of its own is a union on its name, so a key that would do nothing
 * (`mu` on a logistic schedule, `lambda` on plain magnitude) is an error by construction.
 * Ratios are fractions in (0,1]; `keep` is always the fraction that stays.
 */
import * as z from 'zod';
import { DEVICES } from '../shared/device';
import { Data } from './schema/data';
import { Model } from './schema/model';
import { samples } from './schema/numbers';
import { Prune } from './schema/prune';
import { FineTune, Train } from './schema/train';

export * from './schema/criteria';
export * from './schema/data';
export * from './schema/lasso';
export * from './schema/model';
export * from './schema/prune';
export * from './schema/train';

export const Measure = z
  .strictObject({
    dense: z
      .enum(['twin', 'first-cut', 'none'])
      .optional()
      .describe(
        'The dense row: a twin trained by the same recipe and seed without pruning, which takes its time, or this network just before its first cut: free, and fair where that is trained out (one-shot, han); or no such row (sweeps, where every run would train the same twin). Default first-cut for one-shot and han, else twin.',
      ),
    select: z
      .enum(['last', 'best-validation'])
      .default('last')
      .describe('Which weights the run keeps: of the last epoch, or of the epoch with the lowest validation error at the final sparsity.'),
    latency: z
      .strictObject({
        batch: samples.default(256).describe('Samples a forward pass.'),
        repeats: z.int().min(3).max(10_000).default(30).describe('Timed passes, of which the median is reported.'),
      })
      .prefault({})
      .describe('How the time of a forward pass is measured.'),
  })
  .describe('What is measured and which network is kept.');
export type Measure = z.infer<typeof Measure>;

export const Engine = z
  .strictObject({
    threads: z
      .union([z.literal('auto'), z.int().min(1).max(256)])
      .default('auto')
      .describe('Threads of the native kernels; auto is all cores, divided among the runs of a sweep.'),
    device: z.enum(DEVICES).default('cpu').describe('What the kernels compute on: the processor, or the graphics card by CUDA.'),
  })
  .describe('How the child process computes.');

const shape = {
  $schema: z.string().optional().describe('Where an editor finds the schema of this file.'),
  name: z.string().min(1).max(80).optional().describe("Name of the experiment; the file's name where absent."),
  data: Data,
  model: Model.default({ name: 'lenet-300-100' }),
  train: Train,
  prune: Prune.default({ method: 'none' }),
  fineTune: FineTune.optional(),
  measure: Measure.prefault({}),
  engine: Engine.prefault({}),
};

/** What a person writes. */
export const ExperimentFile = z.strictObject({
  ...shape,
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .optional()
    .describe("Seed of the run's random streams; 0 where absent."),
  seeds: z
    .array(
      z
        .int()
        .min(0)
        .max(2 ** 31 - 1),
    )
    .min(2)
    .optional()
    .describe('One run for each seed; use this or `seed`.')
    .meta({ examples: [[1, 2, 3]] }),
  sweep: z
    .record(z.string(), z.array(z.union([z.number(), z.string(), z.boolean()])).min(1))
    .optional()
    .describe('Dotted keys to lists of values, for example "prune.criterion.lambda": [0, 0.2]. One run for each combination.')
    .meta({ examples: [{ 'prune.criterion.lambda': [0, 0.1, 0.2] }] }),
});
export type ExperimentFile = z.infer<typeof ExperimentFile>;

/** One run: every default written out, one seed, no sweep. */
export const Experiment = z
  .strictObject({ ...shape, $schema: z.never().optional(), name: z.string(), seed: z.int() })
  .transform((experiment) => {
    const { dense = defaultDense(experiment.prune), ...measure } = experiment.measure;
    return { ...experiment, measure: { dense, ...measure } };
  });
export type Experiment = z.infer<typeof Experiment>;

/** A network that is trained out before its first cut is as good as its twin, which would train for as long again. */
function defaultDense(prune: Prune): 'first-cut' | 'twin' {
  return prune.method === 'han' || ('schedule' in prune && prune.schedule.name === 'one-shot') ? 'first-cut' : 'twin';
}

/** How often statistics are gathered where the experiment does not say (issue of cost: see Screening.every). */
export const DEFAULT_EVERY = { input: 1, online: 48, gated: 96 } as const;
