/** Runs of a sweep side by side: one row for each combination of values, over its seeds. */
import { join } from 'node:path';
import * as z from 'zod';
import { csv } from '../shared/csv';
import { shortKey } from '../shared/keys';
import { groupBy } from '../shared/lists';
import { percent, RunState, type Report } from '../shared/report';
import { mean, sample, Sample } from '../shared/sample';
import { integer } from '../shared/text';
import { toJson, writeAtomic } from '../store/atomic';
import { short, table, type Column, type Colours } from './text';

/** Swept values by dotted key: the kinds that a sweep's lists may hold. */
const Values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** comparison.json. Errors and kept fractions are fractions in [0,1], of each run's last stage. */
export const Comparison = z.object({
  schema: z.literal(1),
  name: z.string(),
  /** Dotted keys in which the runs differ, the seed left out. */
  keys: z.array(z.string()),
  groups: z.array(
    z.object({
      values: Values,
      /** Runs that finished; the means are over them. */
      n: z.int(),
      /** Runs that did not. */
      missing: z.int(),
      seeds: z.array(z.int()),
      /** null where no run finished. */
      error: z.nullable(Sample),
      keptWeights: z.nullable(Sample),
      /** null where no run cut channels, or selected inputs. */
      keptChannels: z.nullable(Sample),
      keptInputs: z.nullable(Sample),
      /** Multiply-accumulates of the last stage. */
      macs: z.nullable(Sample),
      /** Mean kept fraction by layer: of its weights, or of its channels where the runs cut these. */
      layers: z.record(z.string(), z.number()),
    }),
  ),
  runs: z.array(
    z.object({
      label: z.string(),
      folder: z.string(),
      state: RunState,
      seed: z.int(),
      values: Values,
      stage: z.string().nullable(),
      error: z.number().nullable(),
      errorCount: z.int().nullable(),
      samples: z.int().nullable(),
      keptWeights: z.int().nullable(),
      keptChannels: z.int().nullable(),
      keptInputs: z.int().nullable(),
      macs: z.int().nullable(),
    }),
  ),
});
export type Comparison = z.infer<typeof Comparison>;

export interface Compared {
  label: string;
  folder: string;
  state: RunState;
  seed: number;
  /** The values that make this variant, by dotted key; the seed is not among them. */
  values: Readonly<Record<string, unknown>>;
  /** null where the run did not finish. */
  report: Measured | null;
}

/** What a comparison takes from a report. */
export type Measured = Pick<Report, 'stages' | 'kept' | 'channels' | 'inputs' | 'layers'>;

/** Only that, so that what else reports hold of thousands of runs need not be held at a time: histories, histograms, maps. */
export const measured = ({ stages, kept, channels, inputs, layers }: Report): Measured => ({ stages, kept, channels, inputs, layers });

export function compare(name: string, runs: readonly Compared[]): Comparison {
  const keys = differingKeys(runs);
  const byValues = groupBy(runs, (run) => JSON.stringify(keys.map((k) => run.values[k])));
  return {
    schema: 1,
    name,
    keys,
    groups: [...byValues.values()].map((group) => summary(keys, group)),
    runs: runs.map(({ label, folder, state, seed, values, report }) => {
      const last = report?.stages.at(-1);
      return {
        label,
        folder,
        state,
        seed,
        values: Values.parse(values),
        stage: last?.name ?? null,
        error: last?.error ?? null,
        errorCount: last?.errorCount ?? null,
        samples: last?.samples ?? null,
        keptWeights: report?.kept.weights ?? null,
        keptChannels: report?.channels?.kept ?? null,
        keptInputs: report?.inputs?.kept ?? null,
        macs: last?.macs ?? null,
      };
    }),
  };
}

function differingKeys(runs: readonly Compared[]): string[] {
  const keys = [...new Set(runs.flatMap((run) => Object.keys(run.values)))];
  return keys.filter((key) => new Set(runs.map((run) => JSON.stringify(run.values[key]))).size > 1);
}

function summary(keys: readonly string[], group: readonly Compared[]): Comparison['groups'][number] {
  const reports = group.map((run) => run.report).filter((report) => report !== null);
  const layers = groupBy(reports.flatMap(keptByLayer), ([layer]) => layer);
  return {
    values: Values.parse(
      Object.fromEntries(keys.map((key) => [key, group[0]!.values[key]] as const).filter(([, value]) => value !== undefined)),
    ),
    n: reports.length,
    missing: group.length - reports.length,
    seeds: group.map((run) => run.seed),
    error: sample(reports.map((report) => report.stages.at(-1)?.error).filter((error) => error !== undefined)),
    keptWeights: sample(reports.map((report) => report.kept.weights)),
    keptChannels: sample(reports.flatMap((report) => report.channels?.kept ?? [])),
    keptInputs: sample(reports.flatMap((report) => report.inputs?.kept ?? [])),
    macs: sample(reports.flatMap((report) => report.stages.at(-1)?.macs ?? [])),
    layers: Object.fromEntries([...layers].map(([layer, rows]) => [layer, mean(rows.map(([, fraction]) => fraction))])),
  };
}

function keptByLayer({ channels, layers }: Measured): [layer: string, fraction: number][] {
  if (channels) return channels.layers.map(({ layer, keptFraction }) => [layer, keptFraction]);
  return layers.map(({ name, keptFraction }) => [name, keptFraction]);
}

const layerNames = (comparison: Comparison) => [...new Set(comparison.groups.flatMap((group) => Object.keys(group.layers)))];

/** More layers than this have no room for a column each. */
const MOST_LAYERS = 5;

interface Measure {
  title: string;
  /** Of the CSV, before `_mean` and `_deviation`. */
  column: string;
  of: (group: Comparison['groups'][number]) => Sample | null;
  format: (n: number) => string;
}

/** What is told of all groups, where any of them has it. Connections that go leave the multiply-accumulates as they are. */
function measuresOf({ groups }: Comparison): Measure[] {
  const cut = (['keptChannels', 'keptInputs'] as const).filter((key) => groups.some((group) => group[key]));
  const measures: Measure[] = cut.map((key) => {
    const unit = key === 'keptChannels' ? 'channels' : 'inputs';
    return { title: `kept ${unit}`, column: `kept_${unit}`, of: (group) => group[key], format: integer };
  });
  return cut.length > 0 ? [...measures, { title: 'MACs', column: 'macs', of: ({ macs }) => macs, format: short }] : [];
}

/** The table, and under it what it does not show. */
export function comparisonText(comparison: Comparison, c: Colours): string {
  const { keys, groups } = comparison;
  const all = layerNames(comparison);
  const measures: Measure[] = [
    { title: 'test error', column: 'error', of: ({ error }) => error, format: (x) => percent(x) },
    ...measuresOf(comparison),
    { title: 'kept weights', column: 'kept_weights', of: ({ keptWeights }) => keptWeights, format: integer },
  ];
  // What is cut whole leaves no room for layers, which tell less there.
  const layers = all.length > MOST_LAYERS || measures.length > 2 ? [] : all;
  const columns: Column[] = [
    ...keys.map((key) => ({ title: shortKey(key, keys), align: 'right' }) as const),
    ...['n', ...measures.map(({ title }) => title), ...layers.map((layer) => `${layer} %`)].map(
      (title) => ({ title, align: 'right' }) as const,
    ),
  ];
  const rows = groups.map((group) => [
    ...keys.map((key) => String(group.values[key] ?? '')),
    String(group.n),
    ...measures.map(({ of, format }) => {
      const found = of(group);
      return found ? spread(found, format) : '-';
    }),
    ...layers.map((layer) => (group.layers[layer] === undefined ? '' : percent(group.layers[layer]))),
  ]);
  const missing = groups.reduce((sum, group) => sum + group.missing, 0);
  return [
    c.bold(`${comparison.name}: ${comparison.runs.length} runs compared`),
    ...table(columns, rows, c),
    '',
    `Test error of the last stage and what is kept: mean ± sample deviation over n seeds${layers.length ? '; layers: mean kept %' : ''}.`,
    ...(layers.length < all.length ? [`The mean kept part of each of the ${all.length} layers is in comparison.csv.`] : []),
    ...(missing ? [c.yellow(`${missing} of ${comparison.runs.length} runs did not finish and are not in the means.`)] : []),
  ].join('\n');
}

function spread({ mean: m, deviation }: Sample, format: (x: number) => string): string {
  return deviation === null ? format(m) : `${format(m)} ±${format(deviation)}`;
}

/** The groups as CSV (RFC 4180), a row each. */
export function comparisonCsv(comparison: Comparison): string {
  const layers = layerNames(comparison);
  const measures = measuresOf(comparison);
  const header = [
    ...comparison.keys,
    'n',
    'missing',
    'error_mean',
    'error_deviation',
    'kept_weights_mean',
    'kept_weights_deviation',
    ...measures.flatMap(({ column }) => [`${column}_mean`, `${column}_deviation`]),
    ...layers.map((layer) => `${layer}_kept_fraction_mean`),
  ];
  const rows = comparison.groups.map((group) => [
    ...comparison.keys.map((key) => group.values[key]),
    group.n,
    group.missing,
    group.error?.mean,
    group.error?.deviation,
    group.keptWeights?.mean,
    group.keptWeights?.deviation,
    ...measures.flatMap(({ of }) => [of(group)?.mean, of(group)?.deviation]),
    ...layers.map((layer) => group.layers[layer]),
  ]);
  return csv([header, ...rows]);
}

/** Writes comparison.json and comparison.csv. */
export async function writeComparison(folder: string, comparison: Comparison): Promise<void> {
  await writeAtomic(join(folder, 'comparison.json'), toJson(comparison));
  await writeAtomic(join(folder, 'comparison.csv'), comparisonCsv(comparison));
}
