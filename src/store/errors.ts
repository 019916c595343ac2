import { messageOf, PruneError } from '../shared/errors';
import { RUN_FILES } from '../shared/ids';

/** No space, no quota, and more than a file may hold here. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export const storeErrors = {
  notARun: (folder: string) =>
    new PruneError(
      'store/not-a-run',
      `This is not the folder of a run: it holds no ${RUN_FILES.run}.`,
      'Name a folder that `prune-lab runs` lists, or start one with `prune-lab run FILE`.',
      folder,
    ),

  /** `detail` says which value is wrong, not what to do. */
  damaged: (file: string, detail: string, cause?: unknown) =>
    new PruneError(
      'store/damaged',
      `The file cannot be read as a run's record: ${detail}`,
      "Delete the run's folder and run the experiment again; other runs are not affected.",
      file,
      { cause },
    ),

  unsafeLayer: (layer: string) =>
    new PruneError(
      'store/unsafe-layer',
      `A layer called ${JSON.stringify(layer)} cannot have files: the name must be letters, digits, dots, dashes and underlines.`,
      "Delete the run's folder if it is not yours; its report was not written by Prune Lab.",
    ),

  noReport: (folder: string, state: string) =>
    new PruneError(
      'store/no-report',
      `The run has no report: it is ${state}.`,
      'A report is written when a run is done; continue an unfinished one with `prune-lab resume`.',
      folder,
    ),

  existsAsRun: (folder: string) =>
    new PruneError(
      'store/exists',
      'The folder already holds a run.',
      'Choose another folder, delete this one, or continue it with `prune-lab resume`.',
      folder,
    ),

  exists: (folder: string) =>
    new PruneError(
      'store/exists',
      'The folder is not empty, and a run shares its folder with nothing.',
      'Choose a folder that is empty or does not exist yet.',
      folder,
    ),

  notAFolder: (path: string) =>
    new PruneError(
      'store/exists',
      "A file lies where the run's folder should go.",
      'Choose a folder that is empty or does not exist yet.',
      path,
    ),

  cannotWrite: (path: string, cause: unknown) => {
    const text = `Writing failed: ${messageOf(cause)}.`;
    return FULL.has((cause as NodeJS.ErrnoException | null)?.code ?? '')
      ? new PruneError('store/disk-full', text, 'Free space on the disk; a run that had begun goes on with `prune-lab resume`.', path, {
          cause,
        })
      : new PruneError('store/cannot-write', text, 'Check that the folder is there and writable.', path, { cause });
  },

  inUse: (folder: string, pid: number | null) =>
    new PruneError(
      'store/in-use',
      `Another process${pid === null ? '' : ` (${pid})`} works on this run.`,
      'Wait until it ends, or stop it first. If that process is none of Prune Lab, delete the folder `claim-...` of the run.',
      folder,
    ),

  gone: (folder: string) =>
    new PruneError(
      'store/gone',
      "The run's folder was removed or renamed while the run went on.",
      'Where it was renamed, continue it there with `prune-lab resume`; else start the experiment anew.',
      folder,
    ),
};
