/** Checks of the methods that regress on channels. */
import { noEffect, type Run } from './finding';
import { samplesOf } from './layers';
import type { Finding, Path } from './problems';
import { isLasso, type LassoPrune } from './schema';

export function lasso(run: Run): Finding[] {
  const { prune } = run.experiment;
  return isLasso(prune) ? [...fewOfAClass(run, prune), ...graph(run, prune)] : [];
}

/** Fewer tell little of what the samples of a class have in common: 500 for the 100 classes of CIFAR-100. */
const LEAST_OF_A_CLASS = 5;

function fewOfAClass({ experiment: { data } }: Run, prune: LassoPrune): Finding[] {
  const { classes } = samplesOf(data);
  const { samples } = prune.calibration;
  // APIB compares outputs, not classes.
  if (prune.method === 'apib' || classes === null || samples >= LEAST_OF_A_CLASS * classes) return [];
  const enough = 2 ** Math.ceil(Math.log2(LEAST_OF_A_CLASS * classes));
  const path: Path = ['prune', 'calibration', 'samples'];
  return [
    {
      code: 'config/few-of-a-class',
      severity: 'warning',
      path,
      at: 'value',
      message: `prune.calibration.samples is ${samples}, ${Number((samples / classes).toFixed(1))} of each of the ${classes} classes: too few to tell what a class is known by.`,
      remedy: `Take at least ${LEAST_OF_A_CLASS * classes}.`,
      fixes: [{ title: `Write ${enough}`, write: enough, at: path }],
    },
  ];
}

function graph(run: Run, prune: LassoPrune): Finding[] {
  if (prune.method !== 'sglp-ib') return [];
  if (prune.tau === 0)
    return noEffect(
      run,
      ['prune', 'threshold'],
      'prune.tau is 0, so the class graph does not count',
      'Remove "threshold", or choose a tau above 0.',
    );
  if (prune.threshold === 1)
    return noEffect(
      run,
      ['prune', 'tau'],
      'prune.threshold is 1, and no two classes correlate by more than that',
      'Remove "tau", or choose a threshold below 1.',
    );
  return [];
}
