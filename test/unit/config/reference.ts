/** The reference of experiment files in Markdown, from the schema: docs/experiment-files.md, which its test keeps up to date. */
import { z } from 'zod';
import { ExperimentFile } from '../../../src/config/schema';

interface Schema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  description?: string;
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  additionalProperties?: Schema | boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

const INTRO = `# Experiment files

<!-- Written from the schema by test/unit/config/reference.test.ts: run \`npx vitest run --project unit -u\` after a change of the schema. -->

An experiment file is JSON with comments whose name ends in \`.prune.json\`. Ratios are fractions; \`keep\` is what stays. A key that is
unknown, or that would do nothing, is an error. Relative paths start from the file's folder.
`;

export function reference(): string {
  const schema = z.toJSONSchema(ExperimentFile, { io: 'input', target: 'draft-7' }) as Schema;
  const { $schema: _, ...keys } = schema.properties!;
  const objects = Object.entries(keys).filter(([, s]) => hasKeys(s));
  return [INTRO, '## The whole\n', table(Object.entries(keys), schema.required), ...objects.flatMap(([key, s]) => section(key, s, 2))]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

const hasKeys = (s: Schema): boolean => Boolean(s.properties ?? (s.oneOf?.every((o) => o.properties) ? true : undefined));

/** @param of the choices that have the section in this form, where others have another */
function section(name: string, s: Schema, level: number, of: readonly unknown[] = []): string[] {
  const heading = `\n${'#'.repeat(level)} \`${name}\`${of.length > 0 ? ` of ${quoted(of)}` : ''}\n`;
  const description = s.description ? [`${s.description}\n`] : [];
  if (s.properties) {
    const nested = Object.entries(s.properties).filter(([, child]) => hasKeys(child));
    return [
      heading,
      ...description,
      table(Object.entries(s.properties), s.required),
      ...nested.flatMap(([key, child]) => section(`${name}.${key}`, child, level + 1)),
    ];
  }
  const { shared, own, decidedBy } = variants(s.oneOf!);
  return [
    heading,
    ...description,
    `${own.map(({ value, keys }) => `- \`"${decidedBy}": ${JSON.stringify(value)}\`${keys.length ? `: ${keys.map(([key]) => `\`${key}\``).join(', ')}` : ''}`).join('\n')}\n`,
    ...(shared.length ? [table(shared, [])] : []),
    ...grouped(own).map(({ names, keys }) => `\nOf ${quoted(names)}:\n\n${table(keys, requiredOf(own, names, keys))}`),
    ...nestedOf(shared, own).flatMap(({ key, child, names }) => section(`${name}.${key}`, child, level + 1, names)),
  ];
}

const quoted = (names: readonly unknown[]): string => names.map((name) => `\`${JSON.stringify(name)}\``).join(', ');

interface Choice {
  value: unknown;
  keys: [string, Schema][];
  required: readonly string[];
}

/** Those of `keys` that the choices `names` cannot do without. */
function requiredOf(own: readonly Choice[], names: readonly unknown[], keys: readonly [string, Schema][]): string[] {
  const choices = own.filter(({ value }) => names.includes(value));
  return keys.map(([key]) => key).filter((key) => choices.every(({ required }) => required.includes(key)));
}

interface Nested {
  key: string;
  child: Schema;
  names: unknown[];
}

/** The objects among the keys. One that differs only in its default is told once; one that differs in its keys for each of its forms. */
function nestedOf(shared: readonly [string, Schema][], own: readonly Choice[]): Nested[] {
  const forms = new Map<string, Nested>();
  const form = ([key, { default: _, ...s }]: [string, Schema]) => JSON.stringify([key, s]);
  for (const [names, keys] of [[[], shared] as const, ...own.map(({ value, keys }) => [[value], keys] as const)]) {
    for (const entry of keys.filter(([, child]) => hasKeys(child))) {
      const known = forms.get(form(entry));
      if (known) known.names.push(...names);
      else forms.set(form(entry), { key: entry[0], child: entry[1], names: [...names] });
    }
  }
  const all = [...forms.values()];
  return all.map((one) => ({ ...one, names: all.some((other) => other !== one && other.key === one.key) ? one.names : [] }));
}

/** Keys that the same choices have alike, together. */
function grouped(own: { value: unknown; keys: [string, Schema][] }[]) {
  const groups = new Map<string, { names: unknown[]; keys: [string, Schema][] }>();
  const isAlike =
    (key: string, s: Schema) =>
    ({ keys }: (typeof own)[number]) =>
      keys.some(([k, other]) => k === key && JSON.stringify(other) === JSON.stringify(s));
  for (const { keys } of own) {
    for (const [key, s] of keys) {
      const names = own.filter(isAlike(key, s)).map(({ value }) => value);
      const group = groups.get(JSON.stringify(names)) ?? { names, keys: [] };
      if (!group.keys.some(([k]) => k === key)) group.keys.push([key, s]);
      groups.set(JSON.stringify(names), group);
    }
  }
  return [...groups.values()];
}

/** The keys that every choice with keys of its own has alike, and those that only some have. */
function variants(choices: Schema[]) {
  const decidedBy = Object.keys(choices[0]!.properties!).find((key) => choices.every((c) => c.properties?.[key]?.const !== undefined))!;
  const withKeys = choices.filter((c) => Object.keys(c.properties!).length > 1);
  const same = (key: string, s: Schema) => withKeys.every((c) => JSON.stringify(c.properties![key]) === JSON.stringify(s));
  const shared =
    withKeys.length > 1 ? Object.entries(withKeys[0]!.properties!).filter(([key, s]) => key !== decidedBy && same(key, s)) : [];
  const isShared = new Set(shared.map(([key]) => key));
  const own = choices.map((c) => ({
    value: c.properties![decidedBy]!.const,
    keys: Object.entries(c.properties!).filter(([key]) => key !== decidedBy && !isShared.has(key)),
    required: c.required ?? [],
  }));
  return { decidedBy, shared, own };
}

function table(entries: [string, Schema][], required: string[] | undefined): string {
  const rows = entries.map(
    ([key, s]) => `| \`${key}\` | ${values(s)} | ${defaultOf(s, required?.includes(key) ?? false)} | ${cell(s.description ?? '')} |`,
  );
  return ['| key | values | default | |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

const cell = (text: string) => text.replaceAll('|', '\\|');

function values(s: Schema): string {
  if (s.const !== undefined) return `\`${JSON.stringify(s.const)}\``;
  if (s.enum) return s.enum.map((v) => `\`${JSON.stringify(v)}\``).join(', ');
  if (hasKeys(s)) return 'object, below';
  if (s.anyOf) return s.anyOf.map(values).join(' or ');
  if (Array.isArray(s.type)) return s.type.join(' or ');
  if (s.type === 'array') return `list of ${values(s.items!)}`;
  if (s.type === 'object') return `keys to ${typeof s.additionalProperties === 'object' ? values(s.additionalProperties) : 'values'}`;
  if (s.type !== 'number' && s.type !== 'integer') return s.type ?? 'value';
  const low = s.exclusiveMinimum !== undefined ? `> ${s.exclusiveMinimum}` : s.minimum !== undefined ? `≥ ${s.minimum}` : '';
  const most = s.maximum !== undefined && s.maximum < 2 ** 31 - 1 ? `≤ ${s.maximum}` : '';
  const high = s.exclusiveMaximum !== undefined ? `< ${s.exclusiveMaximum}` : most;
  return [s.type === 'integer' ? 'whole number' : 'number', [low, high].filter(Boolean).join(', ')].filter(Boolean).join(' ');
}

function defaultOf(s: Schema, isRequired: boolean): string {
  if (isRequired) return 'required';
  if (s.default === undefined) return '';
  const text = JSON.stringify(s.default);
  return text === '{}' ? '' : `\`${text}\``;
}
