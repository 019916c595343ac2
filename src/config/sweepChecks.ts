/** Checks of `sweep` and `seeds` themselves, and where in them the fault of a single run lies. */
import { allKeys, isScalar, nearest } from './lookup';
import { dotted, show, type Finding, type Fix, type Path } from './problems';
import { ExperimentFile } from './schema';
import { countRuns, MOST_RUNS, type WrittenExperiment } from './sweep';

type Sweep = Readonly<NonNullable<WrittenExperiment['sweep']>>;

/** Two values for each would be far more runs than are allowed. */
const MOST_KEYS = 50;

const error = (finding: Omit<Finding, 'severity'>): Finding => ({ severity: 'error', ...finding });

const KEYS = allKeys(ExperimentFile);
/** Keys that a sweep can give values to. */
const SWEEPABLE = [...KEYS]
  .filter(([key, schema]) => isScalar(schema) && !['$schema', 'name', 'sweep.*'].includes(key))
  .map(([key]) => key);

/** @param file whose `sweep`, `seed` and `seeds` satisfy the schema */
export function checkSweep(file: Pick<WrittenExperiment, 'sweep' | 'seed' | 'seeds'>): Finding[] {
  const { sweep = {}, seed, seeds } = file;
  const findings: Finding[] = [];
  if (seed !== undefined && seeds) {
    findings.push(
      error({
        code: 'config/seed-and-seeds',
        path: ['seed'],
        at: 'key',
        message: 'The experiment has both seed and seeds.',
        remedy: 'Keep "seeds" for one run each, or "seed" for one run.',
        fixes: [{ title: 'Remove "seed"', remove: true }],
      }),
    );
  }
  if (seeds) findings.push(...repeated(['seeds'], seeds));
  const swept = Object.entries(sweep);
  if (swept.length > MOST_KEYS) {
    findings.push(
      error({
        code: 'config/out-of-range',
        path: ['sweep'],
        at: 'key',
        message: `The sweep has ${swept.length} keys, but at most ${MOST_KEYS} are allowed.`,
        remedy: 'Sweep only what the runs differ in.',
      }),
    );
    return findings;
  }
  for (const [key, values] of swept) {
    const path = ['sweep', key];
    if (!isSweepable(key)) {
      findings.push(unknownSweepKey(path, key));
      continue;
    }
    if (key === 'seed' && (seeds || seed !== undefined)) {
      findings.push(
        error({
          code: 'config/sweep-seed-twice',
          path,
          at: 'key',
          message: `The seed is swept, and given by ${seeds ? 'seeds' : 'seed'} too.`,
          remedy: `Keep one of them; "seeds" is the usual one.`,
          fixes: [{ title: 'Remove it from the sweep', remove: true }],
        }),
      );
    }
    if (values.length === 1) {
      findings.push({
        code: 'config/sweep-one-value',
        severity: 'warning',
        path,
        at: 'value',
        message: `The sweep of ${key} has one value, so there is nothing to compare.`,
        remedy: `Add values, or write ${show(values[0])} at ${key} itself.`,
        fixes: [
          {
            title: `Write ${show(values[0])} at ${key}`,
            write: values[0],
            at: key.split('.'),
            without: swept.length === 1 ? ['sweep'] : path,
          },
        ],
      });
    }
    findings.push(...repeated(path, values));
  }
  const runs = countRuns(file);
  if (runs > MOST_RUNS) {
    findings.push(
      error({
        code: 'config/too-many-runs',
        path: [Object.keys(sweep).length > 0 ? 'sweep' : 'seeds'],
        at: 'key',
        message: `The sweep and the seeds make ${runs} runs, but at most ${MOST_RUNS} are allowed.`,
        remedy: 'Leave values out, or split the sweep over several files.',
      }),
    );
  }
  return findings;
}

/** Is this a dotted key of a single value, or one of a record? */
export function isSweepable(key: string): boolean {
  const parts = key.split('.');
  return SWEEPABLE.some((known) => {
    const knownParts = known.split('.');
    return (
      knownParts.length === parts.length &&
      knownParts.every((part, i) => (part === '*' ? parts[i] !== '' && parts[i] !== '__proto__' : part === parts[i]))
    );
  });
}

function unknownSweepKey(path: Path, key: string): Finding {
  const known = SWEEPABLE.filter((candidate) => !candidate.includes('*'));
  const within = known.find((candidate) => candidate.startsWith(`${key}.`));
  // `lambda` for prune.criterion.lambda, where no other key ends so.
  const tails = known.filter((candidate) => candidate.endsWith(`.${key}`));
  const meant = tails.length === 1 ? tails[0]! : within !== undefined ? null : nearest(key, known);
  const fix: Fix[] = meant === null ? [] : [{ title: `Change to ${show(meant)}`, rename: meant }];
  const which =
    within !== undefined
      ? `Sweep one of its keys, for example ${show(within)}.`
      : tails.length > 1 && tails.length <= 4
        ? `Write the whole key: ${tails.join(' or ')}.`
        : 'Write a whole key with dots, for example "prune.criterion.lambda".';
  return error({
    code: 'config/sweep-unknown-key',
    path,
    at: 'key',
    message: `The sweep names ${show(key)}, ${KEYS.has(key) ? 'which is not a single value of a run' : 'but there is no such key'}.`,
    remedy: meant === null ? which : `Did you mean ${show(meant)}?`,
    fixes: fix,
  });
}

/** Two equal values would be two equal runs. */
function repeated(path: Path, values: readonly unknown[]): Finding[] {
  const seen = new Set<unknown>();
  return values.flatMap((value, i) => {
    const again = seen.has(value);
    seen.add(value);
    if (!again) return [];
    return [
      error({
        code: 'config/repeated-value',
        path: [...path, i],
        at: 'value',
        message: `${show(value)} is listed twice, which would run the same experiment twice.`,
        remedy: 'Remove it.',
        fixes: [{ title: `Remove ${show(value)}`, remove: true }],
      }),
    ];
  });
}

/** What one run of a sweep found, beside what makes the run. */
export interface RunFindings {
  values: Record<string, unknown>;
  findings: readonly Finding[];
}

/**
 * Findings of the runs put where a person can mend them: at their own place where the file is wrong whatever the sweep does, else at the
 * swept value that all runs with it share the fault of, or at the swept key where each of its values is wrong.
 *
 * @param base findings of the file without its sweep
 * @param isThere is this path written in the file?
 */
export function settle(runs: readonly RunFindings[], base: readonly Finding[], sweep: Sweep, isThere: (path: Path) => boolean): Finding[] {
  const inBase = new Set(base.map(signature));
  const { all, found } = faultsOf(runs);
  const settled = new Map<string, Finding>();
  const places = new Map(
    Object.entries(sweep).map(([axis, values]) => [axis, new Map(values.map((value, i) => [value, i] as const).reverse())]),
  );
  for (const { finding, fault, values } of found) {
    const always = fault.tally.runs === runs.length;
    if (finding.everywhere && !always) continue;
    const axis = fault.axes.find((each) => fault.tally.of(each, values) === all.of(each, values)) ?? fault.axes[0] ?? null;
    const inside = axis !== null && startsWith(finding.path, axis.split('.'));
    const own = axis === null || (!inside && (inBase.has(fault.signature) || (always && isThere(finding.path))));
    // Thousands of runs may share a place: it is worked out for the first of them.
    const place = own ? '' : `${finding.severity} ${axis} ${JSON.stringify(values[axis])}`;
    if (fault.places.has(place)) continue;
    fault.places.add(place);
    const placed = own
      ? finding
      : atAxis(finding, axis, { value: values[axis], index: places.get(axis)?.get(values[axis] as never) ?? -1 }, inside, always);
    const key = `${signature(placed)} ${own ? '' : fault.signature}`;
    if (!settled.has(key)) settled.set(key, placed);
  }
  return [...settled.values()];
}

/** One mistake, whichever runs make it. */
interface Fault {
  signature: string;
  /** Of the runs that make it. */
  tally: Tally;
  /** The swept keys, those nearest to it first. */
  axes: readonly string[];
  /** Where it has been put. */
  places: Set<string>;
}

/** How many runs there are, and how many have each swept value. */
class Tally {
  runs = 0;
  private readonly counts: ReadonlyMap<string, Map<unknown, number>>;

  constructor(axes: readonly string[]) {
    this.counts = new Map(axes.map((axis) => [axis, new Map<unknown, number>()]));
  }

  add(values: Record<string, unknown>): void {
    this.runs++;
    for (const [axis, counts] of this.counts) counts.set(values[axis], (counts.get(values[axis]) ?? 0) + 1);
  }

  of(axis: string, values: Record<string, unknown>): number {
    return this.counts.get(axis)?.get(values[axis]) ?? 0;
  }
}

/** The tally of all runs, and each finding of theirs with its fault, in order. */
function faultsOf(runs: readonly RunFindings[]) {
  const axes = Object.keys(runs[0]?.values ?? {});
  const all = new Tally(axes);
  const faults = new Map<string, Fault>();
  const faultOf = (finding: Finding): Fault => {
    const s = signature(finding);
    const known = faults.get(s);
    if (known) return known;
    const fault = { signature: s, tally: new Tally(axes), axes: nearestFirst(finding.path, axes), places: new Set<string>() };
    faults.set(s, fault);
    return fault;
  };
  const found = runs.flatMap(({ values, findings }) => {
    all.add(values);
    const here = findings.map((finding) => ({ finding, fault: faultOf(finding), values }));
    for (const { tally } of new Set(here.map(({ fault }) => fault))) tally.add(values);
    return here;
  });
  return { all, found };
}

const signature = ({ code, path, at }: Finding): string => JSON.stringify([code, path, at]);

/** Swept keys by how long a beginning they share with a path, the longest first. */
function nearestFirst(path: Path, keys: readonly string[]): string[] {
  const shared = (key: string) => {
    const parts = key.split('.');
    const differs = parts.findIndex((part, i) => part !== path[i]);
    return differs < 0 ? parts.length : differs;
  };
  return [...keys].sort((a, b) => shared(b) - shared(a));
}

const startsWith = (path: Path, beginning: readonly string[]): boolean => beginning.every((part, i) => part === path[i]);

/** @param swept a value of the axis, and the place of its first mention in the list */
function atAxis(
  finding: Finding,
  axis: string,
  { value, index }: { value: unknown; index: number },
  inside: boolean,
  always: boolean,
): Finding {
  const place: Path = ['sweep', axis];
  const { code, severity, message, remedy, fixes = [] } = finding;
  const keyIsAtFault = always && !inside;
  if (keyIsAtFault && code === 'config/no-effect') {
    const title = `Remove ${show(axis)} from the sweep`;
    return {
      code,
      severity,
      path: place,
      at: 'key',
      message,
      remedy: `${title}, or change what it depends on.`,
      fixes: [{ title, remove: true }],
    };
  }
  return {
    code: severity === 'error' ? 'config/sweep-value' : code,
    severity,
    path: keyIsAtFault ? place : [...place, index],
    at: keyIsAtFault ? 'key' : 'value',
    message: inside || keyIsAtFault ? message : `With ${axis} ${show(value)}: ${message}`,
    remedy:
      code === 'config/no-effect' && !inside
        ? `Take ${show(value)} out of this sweep, and run it from a file without ${show(finding.path.at(-1))}.`
        : remedy,
    fixes: dotted(finding.path) === axis && !keyIsAtFault ? fixes.filter((fix) => 'replace' in fix) : [],
  };
}
