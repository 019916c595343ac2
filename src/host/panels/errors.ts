import { PruneError } from '../../shared/errors';

export const panelErrors = {
  notRestorable: () =>
    new PruneError(
      'panels/not-restorable',
      'The editor kept nothing that tells which run this panel showed.',
      'Close the panel, and open the run again from the list of runs.',
    ),

  nothingToCompare: (count: number) =>
    new PruneError(
      'panels/nothing-to-compare',
      `Comparing takes two runs or more; there ${count === 1 ? 'is one' : 'are none'}.`,
      'Choose several runs in the list, or run another variant of the experiment first.',
    ),

  chooseMore: () => new PruneError('panels/choose-more', 'Comparing takes two runs or more; one was chosen.', 'Choose at least one more.'),

  noMask: (layer: string, folder: string) =>
    new PruneError(
      'panels/no-mask',
      `The run's folder holds no mask of the layer ${layer}.`,
      'Masks are written when a run is done; if the file was deleted, run the experiment again.',
      folder,
    ),

  noCoefficients: (layer: string, folder: string) =>
    new PruneError(
      'panels/no-coefficients',
      `The run's folder holds no coefficients of the layer ${layer}.`,
      'They are written when the channels are chosen; if the file was deleted, run the experiment again.',
      folder,
    ),

  fileGone: (file: string) =>
    new PruneError('panels/file-gone', 'The file is not there any more.', 'It was moved or deleted since the run.', file),

  noExperimentFile: (label: string) =>
    new PruneError(
      'panels/no-experiment-file',
      `The run ${label} does not know its experiment file.`,
      "Its folder's config.resolved.json holds the whole experiment.",
    ),
};
