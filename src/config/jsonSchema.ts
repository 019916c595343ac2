/**
 * The JSON schema from which an editor completes and explains experiment files.
 *
 * It never complains: what is wrong is told by parseExperiment alone, once and with fixes. So everything that could fail is left out, or
 * stands where a failure has no effect: in `if`, or in an `anyOf` beside `{}`, where the editor's JSON service still reads it.
 */
import { z } from 'zod';
import { EDITOR_HELP, type Help } from './editorHelp';
import { allKeys, inWords, isScalar } from './lookup';
import { ExperimentFile } from './schema';
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

const KEYS = allKeys(ExperimentFile);

export function editorSchema(): EditorSchema {
  const strict = z.toJSONSchema(ExperimentFile, { io: 'input', target: 'draft-7' }) as Shape;
  const { properties = {} } = strict;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Prune Lab experiment',
    description: 'A training run, how it prunes, and what is measured. Ratios are fractions in (0, 1]; keep is the fraction that stays.',
    properties: { ...relaxedAll(properties as Record<string, Shape>, []), sweep: sweep(properties['sweep'] as Shape, strict) },
    allowComments: true,
    allowTrailingCommas: true,
  };
}

function relaxedAll(properties: Record<string, Shape>, path: readonly string[]): Record<string, EditorSchema> {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, relaxed(value, [...path, key])]));
}

function relaxed(schema: Shape, path: readonly string[]): EditorSchema {
  const branches = branchesOf(schema);
  if (branches) return choice(schema, branches, path);
  if (schema.properties) return { ...explained(schema, path), properties: relaxedAll(schema.properties as Record<string, Shape>, path) };
  if (schema.type === 'object') {
    const values = schema.additionalProperties as Shape;
    return { ...explained(schema, path), ...examples(schema, path), additionalProperties: relaxed(values, [...path, '*']) };
  }
  const isList = schema.type === 'array';
  return {
    ...explained(schema, path),
    ...(schema.default !== undefined && { default: schema.default }),
    ...(isList ? { ...examples(schema, path), items: relaxed(schema.items as Shape, [...path, '*']) } : value(schema, path)),
  };
}

/** A single value: what can be chosen, else a number or a text to begin with. */
function value(schema: Shape, path: readonly string[]): EditorSchema {
  const choices = choicesOf(schema);
  if (choices.length > 0) return oneOf(choices, path);
  if (schema.type === 'boolean') return { examples: [true, false], anyOf: [{ type: 'boolean' }, {}] };
  return examples(schema, path);
}

function oneOf(choices: readonly Scalar[], path: readonly string[]): EditorSchema {
  const help = helpOf(path).values ?? {};
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

function choice(schema: Shape, { decider, branches }: { decider: string; branches: Branch[] }, path: readonly string[]): EditorSchema {
  const names = branches.map(({ name }) => name);
  const help = helpOf([...path, decider]).values ?? {};
  return {
    ...explained(schema, path),
    defaultSnippets: branches.map(({ name, shape }) => ({
      label: name,
      description: help[name] ?? '',
      body: startOf(decider, name, shape, path),
    })),
    properties: { [decider]: { markdownDescription: which(names), ...oneOf(names, [...path, decider]) } },
    allOf: branches.map(({ name, shape }) => {
      const { [decider]: _, ...own } = shape.properties as Record<string, Shape>;
      return {
        if: { required: [decider], properties: { [decider]: { const: name, doNotSuggest: true } } },
        then: { properties: relaxedAll(own, path) },
      };
    }),
  };
}

/** The choice with the keys that it cannot do without, as a snippet. A string that starts with ^ is inserted without its quotes. */
function startOf(decider: string, name: string, shape: Shape, path: readonly string[]): Record<string, unknown> {
  const needed = (shape.required ?? []).filter((key) => key !== decider);
  const start = needed.map((key, i) => {
    const own = shape.properties![key] as Shape;
    const [example] = [...(own.examples ?? []), ...(helpOf([...path, key]).examples ?? [])];
    return [key, `^\${${i + 1}:${JSON.stringify(example ?? own.default ?? 0)}}`];
  });
  return { [decider]: name, ...(Object.fromEntries(start) as object) };
}

// ---- sweep ----------------------------------------------------------------------------------------------------------------

/** Each key that can be swept, with the help of the key itself; a list of its values. */
function sweep(schema: Shape, strict: Shape): EditorSchema {
  const swept = [...KEYS.keys()].filter((key) => !key.includes('*') && isSweepable(key));
  return {
    ...explained(schema, ['sweep']),
    ...examples(schema, ['sweep']),
    properties: Object.fromEntries(
      swept.map((key) => {
        const path = key.split('.');
        const found = everyAt(strict, path);
        const choices = [...new Set(found.flatMap(choicesOf))];
        const { default: _, ...one } =
          choices.length > 1 ? { ...explained(found[0]!, path), ...oneOf(choices, path) } : relaxed(found[0]!, path);
        const { markdownDescription = which(choices) } = one;
        const values = startOfSweep(found[0]!, path, choices);
        const body = values.length > 1 ? values : [...values.map((one) => `^\${1:${JSON.stringify(one)}}`), '^$2'];
        return [key, { markdownDescription, items: one, defaultSnippets: [{ label: `[${values.join(', ')}]`, body }] }];
      }),
    ),
  };
}

function startOfSweep(schema: Shape, path: readonly string[], choices: readonly Scalar[]): Scalar[] {
  if (choices.length > 1) return [...choices];
  if (schema.type === 'boolean') return [true, false];
  const own = [schema.default, ...(schema.examples ?? []), ...(helpOf(path).examples ?? [])].filter((one) => one !== undefined) as Scalar[];
  return [...new Set(own)].sort((a, b) => Number(a) - Number(b));
}

/** What each branch says of a dotted key. */
function everyAt(schema: Shape, path: readonly string[]): Shape[] {
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  return [schema, ...(schema.oneOf ?? [])].flatMap((shape) => {
    const next = shape.properties?.[key] as Shape | undefined;
    return next ? everyAt(next, rest) : [];
  });
}

// ---- words ----------------------------------------------------------------------------------------------------------------

const helpOf = (path: readonly string[]): Help => EDITOR_HELP[path.join('.')] ?? {};

function choicesOf(schema: Shape): Scalar[] {
  return (schema.const !== undefined ? [schema.const] : (schema.enum ?? [])) as Scalar[];
}

function examples(schema: Shape, path: readonly string[]): EditorSchema {
  const found = [...(schema.examples ?? []), ...(helpOf(path).examples ?? [])];
  return found.length > 0 ? { examples: [...new Set(found)] } : {};
}

/** The description, what is known about the key, and what the checks will expect. */
function explained({ description = '', default: preset }: Shape, path: readonly string[]): EditorSchema {
  const known = KEYS.get(path.join('.'));
  const expected =
    known && isScalar(known) && !(known instanceof z.ZodString || known instanceof z.ZodLiteral) ? capital(inWords(known)) : null;
  const hasDefault = preset !== undefined && JSON.stringify(preset) !== '{}';
  const last = [expected && `${markdown(expected)}.`, hasDefault && `Default \`${JSON.stringify(preset)}\`.`].filter(Boolean).join(' ');
  const text = [markdown(description), helpOf(path).more, last].filter(Boolean).join('\n\n');
  return text === '' ? {} : { markdownDescription: text };
}

const which = (choices: readonly Scalar[]): string => `Which of ${choices.join(', ')}.`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Plain text as Markdown; `code` stays code. */
function markdown(text: string): string {
  return text.replace(/`[^`]*`|[\\*_{}[\]<>#|]/g, (found) => (found.startsWith('`') ? found : `\\${found}`));
}
