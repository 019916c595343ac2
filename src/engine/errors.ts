import { PruneError } from '../shared/errors';

export const kernelsMissing = () =>
  new PruneError(
    'engine/kernels-missing',
    'The native TensorFlow kernels are not set up for this user.',
    'Run `npm run setup` in the repository, or `prune-lab setup`.',
  );

export const kernelsBroken = (file: string, cause: unknown) =>
  new PruneError(
    'engine/kernels-broken',
    `The native addon does not load: ${cause instanceof Error ? cause.message : String(cause)}`,
    'Run `prune-lab setup --force` to provide it anew.',
    file,
    { cause },
  );

export const diverged = (phase: string, epoch: number, batch: number, loss: number) =>
  new PruneError(
    'engine/diverged',
    `The loss became ${loss} in ${phase} epoch ${epoch}, batch ${batch}.`,
    'Lower train.learningRate (or fineTune.learningRate); the checkpoint of the last good epoch is kept.',
  );

export const parityBroken = (maxAbsDiff: number, tolerance: number) =>
  new PruneError(
    'engine/parity',
    `The masked and the compact network disagree: their logits differ by up to ${maxAbsDiff.toExponential(2)}, more than ${tolerance}.`,
    'This is a fault in Prune Lab: please report it with the run folder.',
  );

export const checkpointDamaged = (file: string, what: string) =>
  new PruneError(
    'engine/checkpoint-damaged',
    `The checkpoint cannot be used: ${what}.`,
    'Start the run anew; the damaged folder is left as it is.',
    file,
  );

export const checkpointMissing = (folder: string) =>
  new PruneError(
    'engine/checkpoint-missing',
    'This run left no checkpoint to resume from.',
    'Start the experiment anew with `prune-lab run`.',
    folder,
  );
