/** Runs that select inputs, beside each other, apart from the DOM. */
import { left } from '../../src/shared/left';
import type { Inputs } from '../../src/shared/report';
import type { RunView } from '../../src/shared/view';
import type { Grid } from '../charts/cells';

export interface InputRun {
  folder: string;
  label: string;
  seed: number;
  inputs: Inputs;
  /** Of the last stage. */
  error: number;
}

/** Finished runs that select inputs, those that keep fewest first. */
export function inputRuns(runs: readonly RunView[]): InputRun[] {
  return runs
    .flatMap(({ folder, run, report }) => {
      const last = report?.stages.at(-1);
      return report?.inputs && last ? [{ folder, label: run.label, seed: run.seed, inputs: report.inputs, error: last.error }] : [];
    })
    .sort((a, b) => a.inputs.kept - b.inputs.kept);
}

export function inputRunGrid(runs: readonly InputRun[]): Grid {
  return {
    columns: ['run', 'seed', 'inputs_kept', 'inputs', 'kept_fraction', 'error'],
    rows: runs.map(({ label, seed, inputs: { kept, total }, error }) => [
      label,
      seed,
      kept,
      total,
      left('inputs', kept, total).fraction,
      error,
    ]),
  };
}
