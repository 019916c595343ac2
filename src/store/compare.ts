/** Runs side by side: in what they differ, which of them no other beats, and means over seeds. */
import { shortKey } from '../shared/keys';
import { whatIsLeft } from '../shared/left';
import { groupBy } from '../shared/lists';
import type { Report } from '../shared/report';
import { sample } from '../shared/sample';
import type { CompareView, RunView } from '../shared/view';

type Values = ReadonlyMap<string, string>;
type Group = CompareView['groups'][number];

export function compareRuns(runs: readonly RunView[]): CompareView {
  const values = runs.map(({ config }) => (config ? flatten(config) : new Map<string, string>()));
  const keys = differingKeys(values);
  return {
    runs: [...runs],
    differences: keys.map((key) => ({ key, values: values.map((of) => of.get(key) ?? null) })),
    points: points(runs),
    groups: groups(
      runs,
      values,
      keys.filter((key) => key !== 'seed'),
    ),
  };
}

/** Leaves of a resolved experiment by dotted key, as text; without what changes no number. Lists are one value. */
function flatten(config: Record<string, unknown>): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (value: unknown, key: string) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value)) walk(inner, key ? `${key}.${name}` : name);
    } else found.set(key, typeof value === 'string' ? value : JSON.stringify(value));
  };
  const { name: _name, $schema: _schema, ...rest } = config;
  walk(rest, '');
  return found;
}

/** In the order in which the experiments have them. */
function differingKeys(values: readonly Values[]): string[] {
  const keys = [...new Set(values.flatMap((of) => [...of.keys()]))];
  return keys.filter((key) => values.some((of) => of.get(key) !== values[0]!.get(key)));
}

function points(runs: readonly RunView[]): CompareView['points'] {
  const all = runs.flatMap(({ folder, run, report }) => {
    const last = report?.stages.at(-1);
    return report && last ? [{ folder, label: run.label, keep: keptFraction(report), unit: unitOf(report), error: last.error }] : [];
  });
  const fronts = new Map([...new Set(all.map(({ unit }) => unit))].map((unit) => [unit, unbeaten(all.filter(comparableTo(unit)))]));
  return all.map((point) => ({ ...point, front: fronts.get(point.unit)!.has(point) }));
}

type Costs = Pick<CompareView['points'][number], 'keep' | 'unit' | 'error'>;

/** A fraction of the weights and one of the channels are not compared; a run that cut nothing is compared with all. */
const comparableTo =
  (unit: Costs['unit']) =>
  (other: Costs): boolean =>
    unit === null || other.unit === null || other.unit === unit;

/** Those that no other beats: at least as good in both, better in one. By one sort, since a sweep may have thousands. */
function unbeaten<Point extends Costs>(points: readonly Point[]): Set<Point> {
  const front = new Set<Point>();
  let best: Costs | null = null;
  for (const point of [...points].sort((a, b) => a.keep - b.keep || a.error - b.error)) {
    if (best && (point.error > best.error || (point.error === best.error && point.keep > best.keep))) continue;
    front.add(point);
    best = point;
  }
  return front;
}

const keptFraction = (report: Report): number => whatIsLeft(report).fraction;

const unitOf = (report: Report): CompareView['points'][number]['unit'] => (report.method === 'none' ? null : whatIsLeft(report).unit);

/** Runs that differ in nothing but the seed are one group. A run whose experiment cannot be read is alone. */
function groups(runs: readonly RunView[], values: readonly Values[], keys: readonly string[]): Group[] {
  const members = groupBy(runs.keys(), (i) => {
    const { config, folder } = runs[i]!;
    return config ? JSON.stringify(keys.map((k) => values[i]!.get(k) ?? null)) : folder;
  });
  return [...members.values()]
    .sort(([a], [b]) => byValues(values[a!]!, values[b!]!, keys))
    .map((indices) => {
      const reports = indices.map((i) => runs[i]!.report).filter((report) => report !== null);
      const first = runs[indices[0]!]!;
      return {
        label: groupLabel(first, values[indices[0]!]!, keys),
        lambda: lambdaOf(first),
        n: reports.length,
        error: sample(reports.map((report) => report.stages.at(-1)?.error).filter((error) => error !== undefined)),
        keptFraction: sample(reports.map(keptFraction)),
        unit: reports[0] ? unitOf(reports[0]) : null,
      };
    });
}

function byValues(a: Values, b: Values, keys: readonly string[]): number {
  for (const key of keys) {
    const order = (a.get(key) ?? '').localeCompare(b.get(key) ?? '', 'en', { numeric: true });
    if (order !== 0) return ordered(Number(a.get(key)), Number(b.get(key))) ?? order;
  }
  return 0;
}

/** null where one is no number. */
function ordered(a: number, b: number): number | null {
  return Number.isNaN(a) || Number.isNaN(b) ? null : a - b;
}

function groupLabel({ experiment, run, config }: RunView, values: Values, keys: readonly string[]): string {
  if (!config) return run.label;
  const parts = keys.filter((key) => values.has(key)).map((key) => `${shortKey(key, keys)}=${values.get(key)}`);
  return parts.join(' ') || experiment;
}

function lambdaOf({ report, config }: RunView): number | null {
  if (report) return report.lambda;
  const lambda = config ? Number(flatten(config).get('prune.criterion.lambda')) : NaN;
  return Number.isNaN(lambda) ? null : lambda;
}
