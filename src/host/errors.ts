import { PruneError } from '../shared/errors';

const ALLOW = 'allow such paths with the setting pruneLab.allowOutsidePaths';
const leadsToText = (place: string, leadsTo: string | null) =>
  leadsTo === null ? 'is a link that leads nowhere' : leadsTo === place ? 'lies elsewhere' : `is ${leadsTo}`;

export const hostErrors = {
  untrusted: () =>
    new PruneError(
      'host/untrusted',
      'This workspace is not trusted, so nothing is run in it.',
      'Trust the workspace to run its experiments.',
    ),

  needsDisk: (uri: string) =>
    new PruneError(
      'host/needs-disk',
      'Runs need a folder on disk, and this workspace is not on one.',
      'Clone the repository, or open the folder where it lies.',
      uri,
    ),

  noFolder: (file: string) =>
    new PruneError(
      'host/no-folder',
      'Runs are kept in a workspace folder, and none is open.',
      'Open the folder that holds the experiment.',
      file,
    ),

  gpuKernelsMissing: () =>
    new PruneError(
      'host/gpu-kernels-missing',
      'The native kernels for the graphics card, which `engine.device` asks for, are not set up yet.',
      'Set them up once (2.1 GB to download, 3.6 GB on the disk), or set `engine.device` to `cpu`.',
    ),

  kernelsMissing: () =>
    new PruneError('host/kernels-missing', 'The native kernels are not set up yet.', 'Set them up once; every workspace uses them.'),

  hasErrors: (file: string, errors: number) =>
    new PruneError(
      'host/has-errors',
      `The experiment has ${errors === 1 ? 'an error' : `${errors} errors`} and was not started.`,
      'The Problems view lists them, with quick fixes.',
      file,
    ),

  dataMissing: (message: string, file: string) =>
    new PruneError(
      'host/data-missing',
      message,
      'Get the data set, set data.path to its folder, or add "otherwise": "digits" to use the built-in set instead.',
      file,
    ),

  /** `key` of the experiment names `place`; `leadsTo` is null where a link leads nowhere. */
  outsideWorkspace: (key: string, place: string, leadsTo: string | null, file: string) =>
    new PruneError(
      'host/outside-workspace',
      `${key} leads out of the workspace: ${place} ${leadsToText(place, leadsTo)}. The experiment was not started.`,
      `Move it into the workspace, ${ALLOW}, or run the experiment in a terminal with \`prune-lab run\`.`,
      file,
    ),

  /** A run's folder, or a file in it, is a link. */
  runsOutside: (place: string, leadsTo: string | null) =>
    new PruneError(
      'host/outside-workspace',
      `What runs leave would not stay in the workspace: ${place} ${leadsToText(place, leadsTo)}.`,
      `Delete the link, or ${ALLOW}.`,
      place,
    ),

  /** Another window, or a terminal. */
  runningElsewhere: (label: string, folder: string) =>
    new PruneError('host/running-elsewhere', `${label} is run by another window or a terminal.`, 'Stop it there.', folder),

  stillRunning: (label: string, folder: string) =>
    new PruneError('host/still-running', `${label} is still running.`, 'Cancel it first, or wait until it ends.', folder),

  notResumable: (label: string, state: string, folder: string) =>
    new PruneError('host/not-resumable', `${label} cannot be resumed: it is ${state}.`, 'Start its experiment again.', folder),

  noSuchRun: (folder: string) =>
    new PruneError('host/no-such-run', 'This run is not in the workspace any more.', 'Refresh the list of runs.', folder),

  noSeeds: (file: string, seeds: readonly number[]) =>
    new PruneError('host/no-seeds', `The experiment has no run with seed ${seeds.join(' or ')}.`, 'Add it to "seeds".', file),
};
