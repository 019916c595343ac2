/**
 * The one schema of `*.prune.json`: types, editor schema (config/jsonSchema.ts) and defaults all come from it.
 *
 * Every object is strict, and every choice with options of its own is a union on its name, so a key that would do nothing
 * (`mu` on a logistic schedule, `lambda` on plain magnitude) is an error by construction.
 * Ratios are fractions in (0,1]; `keep` is always the fraction that stays.
 */
import { z } from 'zod';

const fraction = z.number().min(0).max(1);
const keepFraction = z
  .number()
  .gt(0)
  .max(1)
  .describe('Fraction of the prunable weights to keep, in (0, 1]. 0.05 keeps 5%.')
  .meta({ examples: [0.05] });
const epochs = z.int().min(1).max(100_000).describe('Passes over the training samples.');
const samples = z.int().min(1);

// ---- data -------------------------------------------------------------------------------------------------------------

const split = {
  train: samples.default(50_000).describe('Training samples; the paper uses 50,000.'),
  validation: samples.default(10_000).describe('Validation samples, taken after the training samples of the same files.'),
  test: samples.default(10_000).describe('Test samples.'),
};

const IdxData = (name: 'mnist' | 'fashion-mnist') =>
  z.strictObject({
    name: z.literal(name),
    path: z.string().optional().describe("Folder with the four IDX files, plain or gzip'd; relative to this file."),
    otherwise: z.literal('digits').optional().describe('Use the built-in digits when the files are not found; the run says so.'),
    ...split,
  });

const DigitsData = z.strictObject({
  name: z.literal('digits'),
  seed: z.int().min(0).default(0).describe("Seed of the drawing; the run's seed does not change the data."),
  ...split,
});

export const Data = z
  .discriminatedUnion('name', [IdxData('mnist'), IdxData('fashion-mnist'), DigitsData])
  .describe(
    "The data set. mnist and fashion-mnist are looked for in `path`, $PRUNE_LAB_DATA/<name> and the user's cache; digits needs nothing.",
  );
export type Data = z.infer<typeof Data>;

// ---- model ------------------------------------------------------------------------------------------------------------

export const Model = z
  .discriminatedUnion('name', [
    z.strictObject({ name: z.literal('lenet-300-100') }),
    z.strictObject({
      name: z.literal('mlp'),
      hidden: z
        .array(z.int().min(1).max(100_000))
        .min(1)
        .max(20)
        .describe('Widths of the hidden layers.')
        .meta({ examples: [[300, 100]] }),
    }),
  ])
  .describe('The network. lenet-300-100 is 784-300-100-10 with ReLU; mlp takes any widths. Layers are named fc1, fc2, ...');
export type Model = z.infer<typeof Model>;

// ---- training -----------------------------------------------------------------------------------------------------------

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
    epochs,
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

// ---- pruning ------------------------------------------------------------------------------------------------------------

const span = {
  start: fraction.default(0).describe('Fraction of the epochs before the first cut.'),
  end: fraction.default(0.75).describe('Fraction of the epochs at which the target is reached; the rest trains with a fixed mask.'),
};

/** methods 2.4 and 4.1; `one-shot` trains to the end, scores once, cuts once. */
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

const cut = {
  layers: z
    .array(z.string().min(1))
    .min(1)
    .default(['*'])
    .describe('Layers to prune, by name; * stands for any characters.')
    .meta({ examples: [['fc1', 'fc2']] }),
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
  ])
  .describe('Method: wls (screening), magnitude, random, dsc (magnitude with its own schedule), han (per layer, iterated) or none.');
export type Prune = z.infer<typeof Prune>;

// ---- the rest -----------------------------------------------------------------------------------------------------------

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
