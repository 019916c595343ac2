/** `--set key=value` and `--seed N`: values that take the place of what an experiment file says. */
import { configErrors } from './errors';
import type { Path } from './problems';
import { isObject, withValue } from './sweep';

export interface Overrides {
  /** `prune.keep=0.05`; a value that is not JSON is taken as a string. */
  sets: readonly string[];
  /** Takes the place of `seed` and of `seeds`. */
  seed?: number;
}

export interface Override {
  /** As it was given, for messages: `--set prune.keep=5`. */
  option: string;
  path: readonly string[];
  value: unknown;
}

/** @throws PruneError config/bad-set */
export function overridesOf({ sets, seed }: Partial<Overrides>): Override[] {
  return [...(sets ?? []).map(parseSet), ...(seed === undefined ? [] : [{ option: `--seed ${seed}`, path: ['seed'], value: seed }])];
}

function parseSet(set: string): Override {
  const at = set.indexOf('=');
  if (at < 0) throw configErrors.badSet(set, 'there is no = in it.');
  const path = set.slice(0, at).trim().split('.');
  if (path.some((part) => part === '')) throw configErrors.badSet(set, 'the key before = is incomplete.');
  const value = set.slice(at + 1);
  if (value.trim() === '') throw configErrors.badSet(set, 'there is no value after =.');
  // The keys of a sweep have dots themselves.
  const [first, ...rest] = path;
  return { option: `--set ${set}`, path: first === 'sweep' && rest.length > 0 ? [first, rest.join('.')] : path, value: jsonOr(value) };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Three ways to say which seeds there are; the last one said counts. */
const SEEDS: readonly (readonly string[])[] = [['seed'], ['seeds'], ['sweep', 'seed']];

/**
 * What is set takes the place of a sweep over the same key, and seeds that of all seeds. `written` is not changed; what is no object is
 * returned as it is, for the checks to report.
 *
 * @throws PruneError config/bad-set where a key leads through something that has no keys
 */
export function applyOverrides(written: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce((current: unknown, { option, path, value }) => {
    if (!isObject(current)) return current;
    for (let length = 1; length < path.length; length++) {
      const inner = path
        .slice(0, length)
        .reduce<unknown>((at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), current);
      if (inner !== undefined && !isObject(inner))
        throw configErrors.badSet(
          option.slice('--set '.length),
          `${path.slice(0, length).join('.')} is not an object in the file, so it has no key ${path[length]}.`,
        );
    }
    const isSeed = SEEDS.some((key) => same(key, path));
    const replaced = [['sweep', path.join('.')], ...(isSeed ? SEEDS : [])].filter((key) => !same(key, path));
    return withValue(replaced.reduce(without, current), path, value);
  }, written);
}

function without(object: Record<string, unknown>, [key, ...rest]: readonly string[]): Record<string, unknown> {
  if (!Object.hasOwn(object, key!)) return object;
  const { [key!]: inner, ...others } = object;
  if (rest.length === 0) return others;
  return isObject(inner) ? { ...object, [key!]: without(inner, rest) } : object;
}

/** The option that a path of the overridden experiment comes from, if it is not from the file. */
export function overrideOf(path: Path, overrides: readonly Override[], isInFile: boolean): Override | undefined {
  const begins = (beginning: readonly unknown[], whole: readonly unknown[]) => beginning.every((part, i) => part === whole[i]);
  return overrides.findLast((override) => begins(override.path, path) || (!isInFile && begins(path, override.path)));
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((part, i) => part === b[i]);
