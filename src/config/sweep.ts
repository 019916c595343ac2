/** A file with `sweep` or `seeds` as its single runs: the cartesian product in order of writing, seeds innermost. */
import type * as z from 'zod';
import { shortKey } from '../shared/keys';
import { configErrors } from './errors';
import { Experiment, type ExperimentFile } from './schema';

export interface Variant {
  /** `lambda=0.2 seed=1`, or the experiment's name where there is only one run. */
  label: string;
  /** What this run has of its own besides its seed: dotted key to value. */
  values: Record<string, Value>;
  experiment: Experiment;
}

/** Combinations beyond this are a mistake rather than a plan. */
export const MOST_RUNS = 10_000;

type Value = string | number | boolean;
type Axis = [key: string, values: readonly Value[]];
type Choice = { label: string; values: Record<string, Value> };

/** A file as it is written, before defaults are filled in: what sweeps are set into. */
export type WrittenExperiment = z.input<typeof ExperimentFile>;

/**
 * The runs of a file. Values are set into the file as it is written and the defaults are filled in after that, so that a sweep over
 * `prune.method` gets the defaults of each method.
 *
 * @throws PruneError config/too-many-runs; ZodError where a combination is no valid experiment (parseExperiment tells before)
 */
export function expandExperiment(file: WrittenExperiment, fallbackName: string): Variant[] {
  const runs = countRuns(file);
  if (runs > MOST_RUNS) throw configErrors.tooManyRuns(runs, MOST_RUNS);
  const name = file.name ?? fallbackName;
  return choices(file).map(({ label, values: { seed, ...values } }) => ({
    label: runs > 1 ? label : name,
    values,
    experiment: Experiment.parse({ ...withValues(file, seed === undefined ? values : { ...values, seed }), name }),
  }));
}

export function countRuns(file: Pick<WrittenExperiment, 'sweep' | 'seeds'>): number {
  return axes(file).reduce((product, [, values]) => product * values.length, 1);
}

/** Each combination with its label, in order. */
export function choices(file: Pick<WrittenExperiment, 'sweep' | 'seeds'>): Choice[] {
  const all = axes(file);
  const keys = all.map(([key]) => key);
  const short = keys.map((key) => shortKey(key, keys));
  let found: { parts: string[]; values: Record<string, Value> }[] = [{ parts: [], values: {} }];
  all.forEach(([key, values], i) => {
    found = found.flatMap((choice) =>
      values.map((value) => ({ parts: [...choice.parts, `${short[i]}=${String(value)}`], values: { ...choice.values, [key]: value } })),
    );
  });
  return found.map(({ parts, values }) => ({ label: parts.join(' '), values }));
}

function axes({ sweep, seeds }: Pick<WrittenExperiment, 'sweep' | 'seeds'>): Axis[] {
  // The schema looks at every key but `__proto__`, of which only the checks know that it is none.
  const lists = Object.entries(sweep ?? {}).filter(([, values]) => Array.isArray(values));
  return [...lists, ...(seeds ? [['seed', seeds] satisfies Axis] : [])];
}

/** The file with the values set, as one run: without `sweep`, `seeds` and `$schema`, and with a seed. Nothing of `file` changes. */
export function withValues(file: object, values: Record<string, unknown>): Record<string, unknown> {
  const { sweep: _sweep, seeds: _seeds, $schema: _schema, ...rest } = file as Record<string, unknown>;
  return Object.entries(values).reduce<Record<string, unknown>>((set, [key, value]) => withValue(set, key.split('.'), value), {
    seed: 0,
    ...rest,
  });
}

/** A copy with one value set, and the objects on the way to it made where they are missing. */
export function withValue(object: Record<string, unknown>, [key, ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  if (rest.length === 0) return { ...object, [key!]: value };
  const inner = Object.hasOwn(object, key!) ? object[key!] : undefined;
  return { ...object, [key!]: withValue(isObject(inner) ? inner : {}, rest, value) };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
