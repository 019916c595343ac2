import { PruneError } from '../../shared/errors';

export const screeningErrors = {
  tooFewSamples: (samples: number, classes: number) =>
    new PruneError(
      'screening/too-few-samples',
      `The screening statistics saw ${Math.floor(samples)} samples of ${classes} classes; an F-statistic needs more samples than classes.`,
      'Train on more samples, or let the statistics see more of them: lower prune.criterion.every, or raise prune.criterion.samples.',
    ),

  oneClass: (samples: number) =>
    new PruneError(
      'screening/one-class',
      `All ${Math.floor(samples)} samples that the screening statistics saw are of one class, so nothing tells classes apart.`,
      'Train on samples of at least two classes, or let the statistics see more of them: lower prune.criterion.every, or raise prune.criterion.samples.',
    ),
};
