/** What the schema says about a key: its type, its bounds, and where else the key exists. */
import { closest, distance } from 'fastest-levenshtein';
import * as z from 'zod';
import type { Path } from './problems';

type Schema = z.core.$ZodType;
type Shape = Readonly<Record<string, Schema>>;

/** A choice with options of its own: which key decides, and the shape that goes with each of its values. */
export interface Union {
  decidedBy: string;
  shapes: ReadonlyMap<string, Shape>;
}

/** Without `optional` and defaults. */
export function bare(schema: Schema): Schema {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) inner = inner.unwrap();
  return inner;
}

export function unionOf(schema: Schema): Union | null {
  const inner = bare(schema);
  if (!(inner instanceof z.ZodDiscriminatedUnion)) return null;
  const decidedBy = inner.def.discriminator;
  const objects = inner.options.filter((option): option is z.ZodObject => option instanceof z.ZodObject);
  return { decidedBy, shapes: new Map(objects.map((option) => [String((option.shape[decidedBy] as z.ZodLiteral).value), option.shape])) };
}

/** The keys of an object; of a union, those of the branch that `value` chose. */
export function shapeOf(schema: Schema, value: unknown): Shape | null {
  const inner = bare(schema);
  if (inner instanceof z.ZodObject) return inner.shape;
  const union = unionOf(inner);
  const choice = union && (value as Record<string, unknown> | null | undefined)?.[union.decidedBy];
  // Not anything that could be turned into a string: what a file holds there may have a `toString` that is no function.
  return (typeof choice === 'string' && union?.shapes.get(choice)) || null;
}

/** The schema at a path, following the branches that `value` chose; null where there is none. */
export function schemaAt(schema: Schema, path: Path, value: unknown): Schema | null {
  let at: Schema | undefined = schema;
  let here = value;
  for (const part of path) {
    const inner: Schema = bare(at);
    if (inner instanceof z.ZodArray) at = inner.element;
    else if (inner instanceof z.ZodRecord) at = inner.valueType;
    else {
      const shape: Shape | null = shapeOf(inner, here);
      at = shape && Object.hasOwn(shape, part) ? shape[part] : undefined;
      // Which branch is meant is not known, but what decides it is.
      const union: Union | null = shape ? null : unionOf(inner);
      if (union?.decidedBy === part) at = z.enum([...union.shapes.keys()] as [string, ...string[]]);
    }
    if (!at) return null;
    here = (here as Record<string | number, unknown> | null | undefined)?.[part];
  }
  return at;
}

/** Every dotted key that some experiment may have, with its schema, objects included; `*` is any name in a record. */
export function allKeys(schema: Schema, prefix: readonly string[] = []): Map<string, Schema> {
  const inner = bare(schema);
  const keys = new Map<string, Schema>(prefix.length > 0 ? [[prefix.join('.'), inner]] : []);
  const shapes: Readonly<Record<string, Schema>>[] =
    inner instanceof z.ZodObject
      ? [inner.shape]
      : inner instanceof z.ZodRecord
        ? [{ '*': inner.valueType }]
        : [...(unionOf(inner)?.shapes.values() ?? [])];
  for (const shape of shapes) {
    for (const [key, value] of Object.entries(shape)) for (const [name, found] of allKeys(value, [...prefix, key])) keys.set(name, found);
  }
  return keys;
}

/** Does it take a single number, string or truth value? */
export function isScalar(schema: Schema): boolean {
  const inner = bare(schema);
  return unionOf(inner) === null && ![z.ZodObject, z.ZodRecord, z.ZodArray].some((composite) => inner instanceof composite);
}

interface Bounds {
  minimum: number;
  maximum: number;
  /** May the value be the bound itself? */
  closed: [boolean, boolean];
  whole: boolean;
}

export function boundsOf(schema: Schema): Bounds | null {
  const inner = bare(schema);
  if (!(inner instanceof z.ZodNumber)) return null;
  const limit = (value: number | null, none: number) => (value === null || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? none : value);
  const minimum = limit(inner.minValue, -Infinity);
  const maximum = limit(inner.maxValue, Infinity);
  return {
    minimum,
    maximum,
    closed: [inner.safeParse(minimum).success, inner.safeParse(maximum).success],
    whole: inner.format === 'safeint',
  };
}

/** A fraction of something, which a person may have written as a percentage. Decay and learning rates are not. */
export function isFraction(schema: Schema, key: string | number | undefined): boolean {
  const bounds = boundsOf(schema);
  return bounds !== null && bounds.minimum === 0 && bounds.maximum > 0 && bounds.maximum <= 1 && key !== 'weightDecay';
}

export function interval({ minimum, maximum, closed }: Bounds): string {
  return `${closed[0] ? '[' : '('}${minimum}, ${maximum}${closed[1] ? ']' : ')'}`;
}

/** The values of a choice, null where it is none. */
export function choicesOf(schema: Schema): (string | number | boolean)[] | null {
  const inner = bare(schema);
  if (inner instanceof z.ZodEnum) return [...inner.options];
  if (inner instanceof z.ZodLiteral) return [...inner.values] as (string | number | boolean)[];
  if (inner instanceof z.ZodBoolean) return [true, false];
  if (inner instanceof z.ZodUnion && unionOf(inner) === null) {
    const each = inner.options.map(choicesOf);
    return each.includes(null) ? null : each.flatMap((values) => values ?? []);
  }
  return null;
}

/** What belongs there, in words: `a whole number from 1 to 256`. */
export function inWords(schema: Schema): string {
  const inner = bare(schema);
  const bounds = boundsOf(inner);
  if (bounds) {
    const { minimum, maximum, whole } = bounds;
    if (whole && Number.isFinite(minimum + maximum)) return `a whole number from ${minimum} to ${maximum}`;
    const kind = whole ? 'a whole number' : 'a number';
    if (Number.isFinite(minimum + maximum)) return `${kind} in ${interval(bounds)}`;
    if (Number.isFinite(minimum)) return `${kind} ${bounds.closed[0] ? 'of at least' : 'above'} ${minimum}`;
    return kind;
  }
  const choices = choicesOf(inner);
  if (choices) return oneOf(choices);
  const union = unionOf(inner);
  if (union) return `an object whose "${union.decidedBy}" is ${oneOf([...union.shapes.keys()])}`;
  if (inner instanceof z.ZodUnion) return either(inner.options.map(inWords));
  if (inner instanceof z.ZodArray) return `a list in [ ], each entry ${inWords(inner.element)}`;
  if (inner instanceof z.ZodObject || inner instanceof z.ZodRecord) return 'an object in { }';
  return 'a string in double quotes';
}

export function oneOf(values: readonly unknown[]): string {
  return either(values.map((value) => JSON.stringify(value)));
}

function either(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** The known word that was probably meant: the same but for case, separators or order of letters, one that begins so, or one of few other letters. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (known.length === 0 || word.length > 100) return null;
  const plain = (text: string) => text.toLowerCase().replace(/[\s_-]/g, '');
  const letters = (text: string) => [...plain(text)].sort().join('');
  const begun = known.filter((candidate) => word.length >= 3 && candidate.startsWith(word));
  const alike =
    known.find((candidate) => plain(candidate) === plain(word)) ??
    known.find((candidate) => letters(candidate) === letters(word)) ??
    (begun.length === 1 ? begun[0] : undefined);
  if (alike !== undefined) return alike;
  const found = closest(word, known);
  const longer = Math.max(word.length, found.length);
  return distance(word, found) <= Math.max(1, Math.floor(longer / 3)) && distance(word, found) < longer ? found : null;
}
