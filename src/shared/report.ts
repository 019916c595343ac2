/**
 * What a run leaves behind: report.json, run.json and a line of metrics.ndjson, as schemas. Every number that a view
 * or a table shows is in here; views lay out, they do not compute.
 *
 * Units: errors and ratios are fractions in [0,1] (`percent()` is the one place that turns them into percentages),
 * durations are seconds unless the name says `Ms`, sizes are bytes.
 */
import { DEVICES } from './device';
import * as z from './zod';

const count = z.int().check(z.minimum(0));
const fraction = z.number().check(z.minimum(0), z.maximum(1));
const seconds = z.number().check(z.minimum(0));

export const StageName = z.enum(['dense', 'masked', 'compact', 'fine-tuned']);
export type StageName = z.infer<typeof StageName>;

export const Latency = z.object({
  median: z.number(),
  /** Interquartile range of the repeats, in ms. */
  iqr: z.number(),
  batch: count,
  threads: count,
  repeats: count,
});

export const Stage = z.object({
  name: StageName,
  /** The epoch after which this network was measured; null for the compact network, which is not trained further. */
  epoch: z.nullable(count),
  /** One line on what this row is, for example `trained without pruning, same recipe and seed`. */
  note: z.string(),
  error: fraction,
  errorCount: count,
  samples: count,
  /** Wilson 95% interval of `error`. */
  wilson95: z.tuple([fraction, fraction]),
  loss: z.number(),
  /** Trainable numbers stored: weights and biases, zeros included. */
  params: count,
  /** Weights and biases that are not zero. */
  nonZeros: count,
  /** Weights that are not zero, biases left out: what the keep fraction counts. */
  nonZeroWeights: count,
  /** Multiply-accumulates of one sample's forward pass by the dense kernels that run, zeros included. */
  macs: count,
  /** Of the stored weights as float32. */
  bytes: count,
  /** The same after gzip, which is where unstructured zeros pay. */
  bytesGzip: count,
  /** Measured at the end of the run, in turn with the others; networks of the same layers share it. */
  latencyMs: Latency,
});
export type Stage = z.infer<typeof Stage>;

/** Before the times are measured. */
export const MeasuredStage = z.omit(Stage, { latencyMs: true });
export type MeasuredStage = z.infer<typeof MeasuredStage>;

export const LayerRow = z.object({
  name: z.string(),
  type: z.string(),
  /** Of the original network: [inputs, outputs] for a dense layer, [height, width, inputs, outputs] for a convolution. */
  shape: z.array(count),
  /** Of the compact network. */
  compactShape: z.array(count),
  total: count,
  kept: count,
  keptFraction: fraction,
});
export type LayerRow = z.infer<typeof LayerRow>;

/** In the order in which a run goes through them. */
export const PHASES = ['twin', 'train', 'fine-tune'] as const;

export const HistoryRow = z.object({
  phase: z.enum(PHASES),
  /** 1-based within its phase. */
  epoch: count,
  learningRate: z.number(),
  /** Fraction the schedule asked for after this epoch. */
  keep: fraction,
  /** Weights left after this epoch's cut. */
  kept: count,
  trainLoss: z.number(),
  trainError: fraction,
  validationLoss: z.nullable(z.number()),
  validationError: z.nullable(fraction),
  /** Only measured in epochs that have the final sparsity; null before, so that no early epoch can be the best. */
  testError: z.nullable(fraction),
  /** Tensors alive after the epoch: the same in every epoch. */
  tensors: count,
  seconds,
});
export type HistoryRow = z.infer<typeof HistoryRow>;

/** Channels of one place where they can be cut, in the order of the network. */
export const ChannelRow = z.object({
  /** The batch norm, or in a network without any the layer whose outputs they are. */
  layer: z.string(),
  total: count,
  kept: count,
  keptFraction: fraction,
  /** 1-based stage or block of the network that the layer is in; a transition closes its block. */
  stage: count,
  transition: z.boolean(),
  /** Which earlier convolutions made the channels that are read here: each with how many of them there are and how many stay. */
  sources: z.array(z.object({ layer: z.string(), stage: count, total: count, kept: count })),
});
export type ChannelRow = z.infer<typeof ChannelRow>;

export const Channels = z.object({ total: count, kept: count, layers: z.array(ChannelRow) });
export type Channels = z.infer<typeof Channels>;

/** What must hold between the numbers of a record, so that what lays it out may rely on it whoever wrote the file. */
const agreeing = <T>(what: string, holds: (value: T) => boolean) => z.refine<T>(holds, { error: `${what} do not agree` });
const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const isGrid = ({ height, width, counts }: { height: number; width: number; counts: readonly number[] }): boolean =>
  height * width === counts.length && height <= counts.length;

const InputNumbers = z.object({
  /** Of a whole sample: [height, width, channels], or [features]. */
  shape: z.array(count),
  /** Numbers of a whole sample, and of what the compact network reads. */
  total: count,
  kept: count,
  /** 1 where a number of the sample is kept, one byte each. */
  mask: z.object({ file: z.string() }),
  /** Of images: how many channels of each pixel are kept, row by row. */
  map: z.nullable(z.object({ height: count, width: count, counts: z.array(count) })),
  /** Rows and columns of the image that went, by side; null where none did, or where pixels go one by one. */
  crop: z.nullable(z.object({ top: count, bottom: count, left: count, right: count })),
  /** The mean training image of each class (or of all, where the classes are many), 0 to 255 over the channels' mean, row by row. */
  classMeans: z.array(z.object({ name: z.string(), pixels: z.array(count) })),
  /** Why no more inputs could go, a sentence each; empty where each went that nothing reads. */
  limits: z.array(z.string()),
  /** The compact network if it still read whole samples: what is saved by cutting weights alone. */
  weightsOnly: z.object({ params: count, macs: count }),
});
/** Which inputs a network keeps, of a run that selects inputs. Positions are of a whole sample, [height, width, channels] row by row. */
export const Inputs = InputNumbers.check(
  agreeing('shape, total and kept', ({ shape, total, kept }) => product(shape) === total && kept <= total),
  agreeing('map and shape', ({ map, shape }) => !map || (map.height === shape[0] && map.width === shape[1] && shape.length === 3)),
  agreeing('map and its counts', ({ map, shape }) => !map || (isGrid(map) && map.counts.every((n) => n <= shape[2]!))),
  agreeing('map and class means', ({ map, classMeans }) => !map || classMeans.every(({ pixels }) => pixels.length === map.counts.length)),
);
export type Inputs = z.infer<typeof Inputs>;

const LassoNumbers = z.object({
  classes: z.array(z.string()),
  /** Correlation of the classes' logits over the calibration samples, [classes × classes]. */
  correlation: z.array(z.array(z.number())),
  /** Edges of the class graph (indices of classes); empty where the method has none. */
  edges: z.array(z.object({ a: count, b: count, r: z.number() })),
  /** Inner nodes of the class tree from the leaves up, as merges: an index below the number of classes is a class, n + i the i-th merge. */
  tree: z.array(z.object({ left: count, right: count, height: fraction, weight: fraction })),
  calibration: z.object({ samples: count, perClass: z.array(count) }),
  /** Penalty over the smallest that empties every layer, as the search found it. */
  rho: z.number(),
  /** Multiply-accumulates, parameters or channels: what was asked for and what came out. */
  budget: z.object({ of: z.enum(['channels', 'macs', 'params']), target: count, reached: count, steps: count }),
  layers: z.array(
    z.object({
      layer: z.string(),
      channels: count,
      kept: count,
      keptFraction: fraction,
      /** Distance from the optimality (KKT) conditions at the last solution, over the largest correlation. */
      residual: z.number(),
      iterations: count,
      /** Coefficients of the channels by response, [channels × responses] float32 row by row. */
      coefficients: z.object({ file: z.string(), rows: count, cols: count }),
    }),
  ),
  seconds: z.object({ calibration: seconds, search: seconds }),
});
/** What structured lasso found about the classes and each layer's channels. */
export const Lasso = LassoNumbers.check(
  agreeing('classes and correlation', ({ classes: { length }, correlation }) => isSquare(correlation, length)),
  agreeing('classes and edges', ({ classes: { length }, edges }) => edges.every(({ a, b }) => a < length && b < length)),
  agreeing('classes and tree', ({ classes, tree }) => isTree(tree, classes.length)),
  agreeing('classes and calibration', ({ classes, calibration }) => calibration.perClass.length === classes.length),
  agreeing('layers and budget', ({ layers }) => layers.length > 0),
);

const isSquare = (rows: readonly (readonly number[])[], side: number): boolean =>
  rows.length === side && rows.every(({ length }) => length === side);

/** Each merge joins two nodes that are there already, and each node is joined once. */
function isTree(merges: readonly { left: number; right: number }[], classes: number): boolean {
  const joined = new Set<number>();
  return merges.every(({ left, right }, i) => {
    const fits = left !== right && [left, right].every((node) => node < classes + i && !joined.has(node));
    joined.add(left).add(right);
    return fits;
  });
}

export type Lasso = z.infer<typeof Lasso>;

const EpochErrors = z.object({ epoch: count, validationError: z.nullable(fraction), testError: fraction });

export const Report = z.object({
  schema: z.literal(1),
  name: z.string(),
  label: z.string(),
  seed: count,
  configHash: z.string(),
  dataset: z.object({
    name: z.string(),
    /** Where it came from, for example `IDX files` or `drawn by Prune Lab`. */
    source: z.string(),
    train: count,
    validation: count,
    test: count,
    shape: z.array(count),
    classes: count,
    /** One number for all channels, or one for each. */
    normalise: z.object({ mean: z.union([z.number(), z.array(z.number())]), std: z.union([z.number(), z.array(z.number())]) }),
    /** sha256 of each file that was read (or of the drawn pixels), by name. */
    digests: z.record(z.string(), z.string()),
  }),
  model: z.object({ name: z.string(), description: z.string() }),
  method: z.string(),
  criterion: z.string(),
  /** Weight of the screening score; null where the method has none. */
  lambda: z.nullable(fraction),
  /** Fraction that the experiment asked to keep of what its method cuts, or of what `budget` names. */
  keep: fraction,
  /** What `keep` is a fraction of where that is the cost of the whole network; else null. */
  budget: z._default(z.nullable(z.enum(['macs', 'params'])), null),
  /** Weights left of the layers that were pruned; of a run that cuts channels, weights of the compact network. */
  kept: z.object({ weights: count, total: count }),
  /** Channels left, of a run that cuts channels; null of one that cuts weights. */
  channels: z.nullable(Channels),
  /** Inputs left, of a run that selects them. */
  inputs: z._default(z.nullable(Inputs), null),
  /** Of a run by structured lasso. */
  lasso: z._default(z.nullable(Lasso), null),
  /** What rebuilding the network while it was annealed saved: measured seconds against epochs at the speed of the first; null where it was not rebuilt. */
  shrinking: z.nullable(z.object({ rebuilds: count, seconds, secondsWithout: seconds })),
  stages: z.array(Stage),
  layers: z.array(LayerRow),
  /** Neurons that lost all inputs or all outputs, and so were removed, by hidden layer; and input features nobody reads. */
  removed: z.object({
    neurons: z.array(z.object({ layer: z.string(), before: count, after: count, folded: count })),
    unusedInputs: count,
  }),
  /** Masked against compact network, over test samples; null where nothing was pruned. */
  parity: z.nullable(z.object({ maxAbsDiff: z.number(), samples: count, tolerance: z.number() })),
  /** Where a floor held a layer (or an output) above what its scores deserved. */
  floors: z.array(z.object({ layer: z.string(), kind: z.enum(['layer', 'output']), floor: count, held: count })),
  /** Last epoch, epoch of lowest validation error and epoch of lowest test error, all at the final sparsity. */
  selection: z.nullable(
    z.object({
      used: z.enum(['last', 'best-validation']),
      last: EpochErrors,
      bestValidation: z.nullable(EpochErrors),
      bestTest: EpochErrors,
    }),
  ),
  screening: z.nullable(
    z.object({
      feature: z.enum(['input', 'online', 'gated', 'post_relu', 'bn_out', 'bn_in']),
      /** Statistics were gathered from every nth batch. */
      every: count,
      /** Where every > 1: in the epoch of the largest cut both full and sampled statistics were gathered; this is the fraction of
       * the kept weights that the sampled ones chose otherwise. null where every batch was used. */
      sampling: z.nullable(z.object({ epoch: count, maskChangedFraction: fraction })),
    }),
  ),
  history: z.array(HistoryRow),
  heatmap: z.nullable(
    z
      .object({
        width: count,
        height: count,
        /** First-layer connections kept per input pixel, row by row. */
        counts: z.array(count),
        /** The whole first-layer mask, one byte a weight, inputs × outputs, row by row. */
        mask: z.object({ file: z.string(), rows: count, cols: count }),
      })
      .check(agreeing('heatmap and its counts', isGrid)),
  ),
  weightHistogram: z
    .object({
      /** One more edge than bins. */
      edges: z.array(z.number()),
      /** Surviving weights only. */
      layers: z.array(z.object({ name: z.string(), counts: z.array(count) })),
    })
    .check(agreeing('edges and counts', ({ edges, layers }) => layers.every(({ counts }) => counts.length + 1 === edges.length))),
  versions: z.object({
    pruneLab: z.string(),
    node: z.string(),
    tfjs: z.string(),
    tensorflow: z.string(),
    platform: z.string(),
    cpu: z.string(),
    threads: count,
    oneDNN: z.boolean(),
    /** What the kernels computed on; absent in reports from before there was a choice. */
    device: z.optional(z.enum(DEVICES)),
  }),
  /** Largest resident memory of the child, in bytes. */
  peakRss: count,
  /** Of the process that finished the run: a resumed run counts from its resumption. */
  times: z.object({
    started: z.string(),
    finished: z.string(),
    /** Wall seconds by stage of the run (load, train, prune, ...). */
    stages: z.record(z.string(), seconds),
    total: seconds,
  }),
});
export type Report = z.infer<typeof Report>;

/** A report without what may differ between two runs of one experiment: times, latencies, memory, machine (a count of tensors includes what the process held before). */
export function withoutTimes(report: Report): unknown {
  const { times: _t, peakRss: _p, versions: _v, lasso, shrinking, ...rest } = report;
  return {
    ...rest,
    shrinking: shrinking && { rebuilds: shrinking.rebuilds },
    lasso: lasso && { ...lasso, seconds: null },
    stages: report.stages.map(({ latencyMs: _l, ...stage }) => stage),
    history: report.history.map(({ seconds: _s, tensors: _n, ...row }) => row),
  };
}

export const RunState = z.enum(['queued', 'running', 'done', 'failed', 'cancelled', 'interrupted']);
export type RunState = z.infer<typeof RunState>;

/** Goes on, or waits for its turn. */
export const isActive = ({ state }: { state: RunState }): boolean => state === 'queued' || state === 'running';

/** Can it go on: from its checkpoint, or, where it was stopped before it had one, from its start? */
export const canResume = ({ state, run }: { state: RunState; run: Pick<Run, 'resumable'> }): boolean =>
  state === 'cancelled' || state === 'interrupted' || (state === 'failed' && run.resumable);

export const FailureSchema = z.object({
  code: z.string(),
  message: z.string(),
  where: z.optional(z.string()),
  remedy: z.optional(z.string()),
});

/** run.json: what is true of a run while it goes on and after. */
export const Run = z.object({
  schema: z.literal(1),
  id: z.string(),
  label: z.string(),
  state: RunState,
  /** The child that owns the folder, or of a `queued` run the client that will start it; where that process is gone, the run was interrupted. */
  pid: z.nullable(count),
  experimentFile: z.nullable(z.string()),
  configHash: z.string(),
  /** Of the text of config.resolved.json; older runs have none. */
  configDigest: z.optional(z.string()),
  seed: count,
  created: z.string(),
  updated: z.string(),
  /** Last completed epoch of the phase it is in. */
  progress: z.nullable(z.object({ phase: HistoryRow.shape.phase, epoch: count, epochs: count })),
  resumable: z.boolean(),
  failure: z.nullable(FailureSchema),
  /** For lists that should not open report.json: the last stage's error and what is left, counted in what the run cuts. */
  summary: z.nullable(
    z.object({
      error: fraction,
      errorCount: count,
      samples: count,
      kept: count,
      total: count,
      unit: z._default(z.enum(['weights', 'channels', 'inputs']), 'weights'),
      params: count,
    }),
  ),
});
export type Run = z.infer<typeof Run>;

/** The one place where a fraction becomes a percentage: `percent(0.0151)` is `1.51%`. */
export function percent(fractionValue: number, digits = 2): string {
  return `${(fractionValue * 100).toFixed(digits)}%`;
}
