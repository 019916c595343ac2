/** The experiment file that a command names, with --seed and --set applied, and its problems told. */
import { dirname } from 'node:path';
import { loadExperiment } from '../config/load';
import { findMissingData } from '../config/missingData';
import { formatProblem, type Problem } from '../config/problems';
import type { Variant } from '../config/sweep';
import { searchedInVain } from '../engine/data/locate';
import { wholeNumber } from './args';
import { printJson, write } from './io';
import { plural } from '../shared/text';

export const EXPERIMENT_OPTIONS = {
  json: { type: 'boolean' },
  seed: { type: 'string' },
  set: { type: 'string', multiple: true },
} as const;

export interface ExperimentValues {
  json?: boolean | undefined;
  seed?: string | undefined;
  set?: string[] | undefined;
}

export interface Loaded {
  variants: Variant[];
  problems: Problem[];
  /** Data sets that are not on this machine: no fault of the file, but it cannot be run here. */
  missingData: Problem[];
}

/** Throws config/not-found, config/bad-set and so on; what is wrong inside the file is in `problems`. */
export async function load(command: { usage: string }, file: string, values: ExperimentValues): Promise<Loaded> {
  const seed = values.seed === undefined ? undefined : wholeNumber(command, 'seed', values.seed, 0, 2 ** 31 - 1);
  const loaded = await loadExperiment(file, { sets: values.set ?? [], ...(seed !== undefined && { seed }) });
  const missingData = await findMissingData(loaded, searchedInVain({ experimentDir: dirname(file) }));
  return { ...loaded, missingData };
}

export const hasErrors = (problems: readonly Problem[]): boolean => problems.some((problem) => problem.severity === 'error');

/** Each problem with its place, and in the end how many there are. */
export function printProblems(file: string, problems: readonly Problem[], json: boolean, stream: NodeJS.WriteStream): void {
  for (const problem of problems) {
    if (json) printJson({ type: 'problem', file, ...problem });
    else write(`${formatProblem(file, problem)}\n`, stream);
  }
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  if (errors && !json)
    write(
      `${plural(errors, 'error')}${problems.length > errors ? ` and ${plural(problems.length - errors, 'warning')}` : ''} in ${file}\n`,
      stream,
    );
}
