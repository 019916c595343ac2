/**
 * The JSON schema from which an editor completes and explains experiment files.
 *
 * It never complains: what is wrong is told by parseExperiment alone, once and with fixes. So everything that could fail is left out, or
 * stands where a failure has no effect: in `if`, or in an `anyOf` beside `{}`, where the editor's JSON service still reads it.
 */
import * as z from 'zod';
import { EDITOR_HELP } from './editorHelp';
import type { Help } from './help';
import { valueAt } from './issues';
import { allKeys, bare, inWords, isScalar, schemaAt } from './lookup';
import { ExperimentFile } from './schema';
import { withValue } from './sweep';
import { isSweepable } from './sweepChecks';

type Shape = z.core.JSONSchema.BaseSchema;
type Scalar = string | number | boolean;

/** What VS Code's JSON service reads: draft-07 and its own additions. */
export interface EditorSchema {
  $schema?: string;
  title?: string;
  description?: string;
  markdownDescription?: string;
  default?: unknown;
  examples?: unknown[];
  defaultSnippets?: { label: string; description?: string; body: unknown }[];
  type?: string;
  enum?: Scalar[];
  markdownEnumDescriptions?: string[];
  const?: Scalar;
  doNotSuggest?: boolean;
  required?: string[];
  properties?: Record<string, EditorSchema>;
  additionalProperties?: EditorSchema;
  items?: EditorSchema;
  anyOf?: EditorSchema[];
  allOf?: EditorSchema[];
  if?: EditorSchema;
  then?: EditorSchema;
  allowComments?: boolean;
  allowTrailingCommas?: boolean;
}

/** A key, and the choices that lead to it: `prune.criterion` where { prune: { method: 'cls' } }. */
interface Place {
  path: readonly string[];
  chosen: Record<string, unknown>;
}

const TOP: Place = { path: [], chosen: {} };
const below = ({ path, chosen }: Place, key: string): Place => ({ path: [...path, key], chosen });

export function editorSchema(): EditorSchema {
  const strict = z.toJSONSchema(ExperimentFile, { io: 'input', target: 'draft-7' }) as Shape;
  const { properties = {} } = strict;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Prune Lab experiment',
    description: 'A training run, how it prunes, and what is measured. Ratios are fractions in (0, 1]; keep is the fraction that stays.',
    properties: { ...relaxedAll(properties as Record<string, Shape>, TOP), sweep: sweep(properties['sweep'] as Shape, strict) },
    allowComments: true,
    allowTrailingCommas: true,
  };
}

function relaxedAll(properties: Record<string, Shape>, place: Place): Record<string, EditorSchema> {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, relaxed(value, below(place, key))]));
}

function relaxed(schema: Shape, place: Place): EditorSchema {
  const branches = branchesOf(schema);
  if (branches) return choice(schema, branches, place);
  if (schema.properties) return { ...explained(schema, place), properties: relaxedAll(schema.properties as Record<string, Shape>, place) };
  if (schema.type === 'object') {
    const values = schema.additionalProperties as Shape;
    return { ...explained(schema, place), ...examples(schema, place), additionalProperties: relaxed(values, below(place, '*')) };
  }
  const isList = schema.type === 'array';
  return {
    ...explained(schema, place),
    ...(schema.default !== undefined && { default: schema.default }),
    ...(isList ? { ...examples(schema, place), items: relaxed(schema.items as Shape, below(place, '*')) } : value(schema, place)),
  };
}

/** A single value: what can be chosen, else a number or a text to begin with. */
function value(schema: Shape, place: Place): EditorSchema {
  const choices = choicesOf(schema);
  if (choices.length > 0) return oneOf(choices, helpOf(place).values);
  if (schema.type === 'boolean') return { examples: [true, false], anyOf: [{ type: 'boolean' }, {}] };
  return examples(schema, place);
}

function oneOf(choices: readonly Scalar[], help: Help['values'] = {}): EditorSchema {
  return {
    // Read when the key is completed, so that the choices are offered at once.
    examples: [...choices],
    anyOf: [{ enum: [...choices], markdownEnumDescriptions: choices.map((choice) => markdown(help[String(choice)] ?? '')) }, {}],
  };
}

// ---- choices with keys of their own ---------------------------------------------------------------------------------------

interface Branch {
  name: string;
  shape: Shape;
}

function branchesOf(schema: Shape): { decider: string; branches: Branch[] } | null {
  const shapes = schema.oneOf ?? [];
  const decider = Object.entries(shapes[0]?.properties ?? {}).find(([, value]) => (value as Shape).const !== undefined)?.[0];
  if (decider === undefined) return null;
  return { decider, branches: shapes.map((shape) => ({ name: String((shape.properties![decider] as Shape).const), shape })) };
}

function choice(schema: Shape, { decider, branches }: { decider: string; branches: Branch[] }, place: Place): EditorSchema {
  const names = branches.map(({ name }) => name);
  const help = helpOf(below(place, decider)).values ?? {};
  const branchAt = (name: string): Place => ({ ...place, chosen: withValue(place.chosen, [...place.path, decider], name) });
  return {
    ...explained(schema, place),
    defaultSnippets: branches.map(({ name, shape }) => ({
      label: name,
      description: help[name] ?? '',
      body: startOf(decider, name, shape, branchAt(name)),
    })),
    properties: { [decider]: { markdownDescription: which(names), ...oneOf(names, help) } },
    allOf: branches.map(({ name, shape }) => {
      const { [decider]: _, ...own } = shape.properties as Record<string, Shape>;
      return {
        if: { required: [decider], properties: { [decider]: { const: name, doNotSuggest: true } } },
        then: { properties: relaxedAll(own, branchAt(name)) },
      };
    }),
  };
}

/** The choice with the keys that it cannot do without, as a snippet. A string that starts with ^ is inserted without its quotes. */
function startOf(decider: string, name: string, shape: Shape, place: Place): Record<string, unknown> {
  const needed = (shape.required ?? []).filter((key) => key !== decider);
  const start = needed.map((key, i) => {
    const own = shape.properties![key] as Shape;
    const [example] = [...choicesOf(own), ...(own.examples ?? []), ...(helpOf(below(place, key)).examples ?? [])];
    return [key, `^\${${i + 1}:${JSON.stringify(example ?? own.default ?? 0)}}`];
  });
  return { [decider]: name, ...(Object.fromEntries(start) as object) };
}

// ---- sweep ----------------------------------------------------------------------------------------------------------------

/** Each key that can be swept, with the help of the key itself; a list of its values. */
function sweep(schema: Shape, strict: Shape): EditorSchema {
  const swept = [...allKeys(ExperimentFile).keys()].filter((key) => !key.includes('*') && isSweepable(key));
  const own = below(TOP, 'sweep');
  return {
    ...explained(schema, own),
    ...examples(schema, own),
    properties: Object.fromEntries(
      swept.map((key) => {
        const found = everyAt(strict, TOP, key.split('.'));
        const [first] = found;
        const { shape, place } = first!;
        const choices = [...new Set(found.flatMap((one) => choicesOf(one.shape)))];
        const help = Object.assign({}, ...found.map((one) => helpOf(one.place).values ?? {})) as Help['values'];
        const isChoice = choices.length > 1;
        const { default: _, ...one } = isChoice ? { ...explained(shape, place, false), ...oneOf(choices, help) } : relaxed(shape, place);
        const { markdownDescription = which(choices) } = one;
        const values = isChoice ? choices : startOfSweep(shape, place);
        const body = values.length > 1 ? values : [...values.map((one) => `^\${1:${JSON.stringify(one)}}`), '^$2'];
        return [key, { markdownDescription, items: one, defaultSnippets: [{ label: `[${values.join(', ')}]`, body }] }];
      }),
    ),
  };
}

function startOfSweep(schema: Shape, place: Place): Scalar[] {
  if (schema.type === 'boolean') return [true, false];
  const own = [schema.default, ...(schema.examples ?? []), ...(helpOf(place).examples ?? [])].filter(
    (one) => one !== undefined,
  ) as Scalar[];
  return [...new Set(own)].sort((a, b) => Number(a) - Number(b));
}

/** What each branch says of a dotted key. */
function everyAt(schema: Shape, place: Place, rest: readonly string[]): { shape: Shape; place: Place }[] {
  const [key, ...further] = rest;
  if (key === undefined) return [{ shape: schema, place }];
  const decided = branchesOf(schema);
  const shapes = decided
    ? decided.branches.map(({ name, shape }) => ({
        shape,
        place: { ...place, chosen: withValue(place.chosen, [...place.path, decided.decider], name) },
      }))
    : [{ shape: schema, place }];
  return shapes.flatMap(({ shape, place }) => {
    const next = shape.properties?.[key] as Shape | undefined;
    return next ? everyAt(next, below(place, key), further) : [];
  });
}

// ---- words ----------------------------------------------------------------------------------------------------------------

/** Help of a key of one choice, `prune(cls).keep`, before that of the key in all of them. */
function helpOf({ path, chosen }: Place): Help {
  const names = path.slice(0, -1).reduce<string[]>(
    (all, key, i) => {
      const { name, method } = (valueAt(chosen, path.slice(0, i + 1)) ?? {}) as { name?: string; method?: string };
      const branch = name ?? method;
      return all.flatMap((start) => [...(branch === undefined ? [] : [`${start}${key}(${branch}).`]), `${start}${key}.`]);
    },
    [''],
  );
  const found = names.map((start) => `${start}${path.at(-1)}`).find((key) => Object.hasOwn(EDITOR_HELP, key));
  return found === undefined ? {} : EDITOR_HELP[found]!;
}

function choicesOf(schema: Shape): Scalar[] {
  const each = schema.anyOf ?? [];
  if (each.length > 0) return each.every((one) => one.const !== undefined) ? each.flatMap(choicesOf) : [];
  return (schema.const !== undefined ? [schema.const] : (schema.enum ?? [])) as Scalar[];
}

function examples(schema: Shape, place: Place): EditorSchema {
  const found = [...(schema.examples ?? []), ...(helpOf(place).examples ?? [])];
  return found.length > 0 ? { examples: [...new Set(found)] } : {};
}

/** The description, what is known about the key, and what the checks will expect. */
function explained({ description = '', default: preset }: Shape, place: Place, expects = true): EditorSchema {
  const known = expects ? schemaAt(ExperimentFile, [...place.path], place.chosen) : null;
  const expected =
    known && isScalar(known) && !(bare(known) instanceof z.ZodString || bare(known) instanceof z.ZodLiteral)
      ? capital(inWords(known))
      : null;
  const hasDefault = preset !== undefined && JSON.stringify(preset) !== '{}';
  const last = [expected && `${markdown(expected)}.`, hasDefault && `Default \`${JSON.stringify(preset)}\`.`].filter(Boolean).join(' ');
  const text = [markdown(description), helpOf(place).more, last].filter(Boolean).join('\n\n');
  return text === '' ? {} : { markdownDescription: text };
}

const which = (choices: readonly Scalar[]): string => `Which of ${choices.join(', ')}.`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Plain text as Markdown; `code` stays code. */
function markdown(text: string): string {
  return text.replace(/`[^`]*`|[\\*_{}[\]<>#|]/g, (found) => (found.startsWith('`') ? found : `\\${found}`));
}
