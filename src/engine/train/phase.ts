/** Runs the epochs of one phase: training, live events, validation and history; what happens after an epoch is the caller's. */
import type { Experiment } from '../../config/schema';
import type { HistoryRow } from '../../shared/report';
import type { PlannedEpoch } from '../prune/plan';
import * as tf from '@tensorflow/tfjs';
import type { Progress } from '../progress';
import { trainEpoch } from './epoch';
import { evaluate } from './evaluate';
import type { Network } from './network';
import type { Observer } from './observer';
import type { Samples } from './samples';

export interface PhaseOptions {
  phase: HistoryRow['phase'];
  /** The network as it is now: a cut may put a smaller one in its place. */
  network: () => Network;
  plan: readonly PlannedEpoch[];
  /** Epochs that are already done. */
  done: number;
  train: Samples;
  validation: Samples;
  /** Measured only after epochs that have the final sparsity. */
  test: Samples;
  sgd: Pick<Experiment['train'], 'momentum' | 'nesterov' | 'weightDecay'>;
  /** Weight of the L1 norm of the batch norms' scales in the loss (network slimming); 0 is none. */
  gammaPenalty: number;
  /** Are training images varied? */
  augment: boolean;
  batch: number;
  seed: number;
  signal: AbortSignal;
  progress: Progress;
  observer?: ((planned: PlannedEpoch) => Observer | undefined) | undefined;
  /** The epoch's cut, made before the network is scored, so that a row never pairs a sparsity with the error of a denser network. */
  cut?: ((planned: PlannedEpoch) => Promise<void>) | undefined;
  /** Is the network at its final sparsity after this epoch? */
  isFinal: (planned: PlannedEpoch) => boolean;
  /** Weights or channels alive now, over all layers. */
  kept: () => number;
  afterEpoch: (row: HistoryRow) => Promise<void>;
}

export async function runPhase(options: PhaseOptions): Promise<void> {
  const { phase, plan, progress, signal } = options;
  const errorOn = (samples: Samples) => evaluate(options.network(), samples);
  for (const planned of plan.slice(options.done)) {
    const started = performance.now();
    const train = await trainEpoch(options.network(), options.train, {
      ...options.sgd,
      gammaPenalty: options.gammaPenalty,
      augment: options.augment,
      phase,
      epoch: planned.epoch,
      seed: options.seed,
      batch: options.batch,
      learningRate: planned.learningRate,
      signal,
      observer: options.observer?.(planned),
      onBatch: (done, batches, loss) => progress.batch(phase, planned.epoch, plan.length, done, batches, loss),
    });
    await options.cut?.(planned);
    const validation = errorOn(options.validation);
    const test = options.isFinal(planned) ? errorOn(options.test) : null;
    const row: HistoryRow = {
      phase,
      epoch: planned.epoch,
      learningRate: planned.learningRate,
      keep: planned.keep,
      kept: options.kept(),
      trainLoss: train.loss,
      trainError: train.error,
      validationLoss: validation.loss,
      validationError: validation.errorCount / validation.samples,
      testError: test && test.errorCount / test.samples,
      tensors: tf.memory().numTensors,
      seconds: (performance.now() - started) / 1000,
    };
    progress.epoch(row, plan.length);
    await options.afterEpoch(row);
  }
}
