import { messageOf, PruneError } from '../shared/errors';
import { storeErrors } from '../store/errors';

/** The file by which a graph reaches TensorFlow: it lies in the folder for temporary files for a moment. */
export const graphNotWritten = (folder: string, cause: unknown) => storeErrors.cannotWrite(folder, cause);

export const kernelsMissing = () =>
  new PruneError(
    'engine/kernels-missing',
    'The native TensorFlow kernels are not set up for this user.',
    'Run `npm run setup` in the repository, or `prune-lab setup`.',
  );

export const gpuKernelsMissing = () =>
  new PruneError(
    'engine/gpu-kernels-missing',
    'The native TensorFlow kernels for the graphics card are not set up for this user.',
    'Run `prune-lab setup --gpu`, or set `engine.device` to `cpu`.',
  );

export const kernelsBroken = (file: string, cause: unknown) =>
  new PruneError(
    'engine/kernels-broken',
    `The native addon does not load: ${messageOf(cause)}`,
    'Run `prune-lab setup --force` to provide it anew.',
    file,
    { cause },
  );

export const noGpu = (folder: string) =>
  new PruneError(
    'engine/no-gpu',
    '`engine.device` is `gpu`, but TensorFlow found no graphics card that it can compute on.',
    '`nvidia-smi` has to show one, with a driver for CUDA 12; then `prune-lab doctor --gpu` checks it. Without one, set `engine.device` to `cpu`.',
    folder,
  );

export const tooLarge = (needed: number, available: number) =>
  new PruneError(
    'engine/too-large',
    `The run needs about ${gigabytes(needed)} of memory, but only ${gigabytes(available)} can be had.`,
    'Lower train.batch, take fewer samples (data.train, data.test) or a smaller network; or close other programs and run fewer at a time.',
  );

/** What was thrown where memory could not be had: by JavaScript's arrays, or by TensorFlow's kernels. Anything else is returned as it is. */
export const namingMemory = (error: unknown): unknown =>
  error instanceof Error && /allocation failed|Invalid (typed )?array (buffer )?length|OOM when allocating|bad_alloc/i.test(error.message)
    ? new PruneError(
        'engine/out-of-memory',
        `Memory ran out: ${error.message}.`,
        'Lower train.batch, take fewer samples or a smaller network; or close other programs and run fewer at a time.',
        undefined,
        { cause: error },
      )
    : error;

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

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
