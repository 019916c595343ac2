/** Damaged forms of good inputs, as a disk, a bad tool or an ill-willed person makes them; and inputs that were never good. */
import fc from 'fast-check';

/** Numbers at which parsers break: signs, widths of integers, the ends of what doubles can tell apart. */
const EXTREMES = [
  0,
  -1,
  1,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 40,
  2 ** 53 - 1,
  2 ** 53,
  1e308,
];

interface ByteEdit {
  kind: 'flip' | 'cut' | 'insert' | 'double' | 'drop' | 'zero' | 'number' | 'swap';
  /** Where, and how much or where to, as fractions of the length. */
  at: number;
  to: number;
  byte: number;
  number: number;
  width: 1 | 2 | 4 | 8;
  little: boolean;
}

// Not fc.double(), which draws among representations: nearly all of those below 1 are next to 0.
const fraction = fc.nat(2 ** 30 - 1).map((n) => n / 2 ** 30);
/** Half of the edits hit the beginning, where headers are. */
const place = fc.tuple(fraction, fc.boolean()).map(([at, early]) => (early ? at ** 3 : at));

const byteEdit: fc.Arbitrary<ByteEdit> = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'insert', 'double', 'drop', 'zero', 'number', 'swap'),
  at: place,
  to: place,
  byte: fc.nat(255),
  number: fc.constantFrom(...EXTREMES),
  width: fc.constantFrom(1, 2, 4, 8),
  little: fc.boolean(),
});

function withEdit(bytes: Buffer, { kind, at, to, byte, number, width, little }: ByteEdit): Buffer {
  if (bytes.length === 0) return Buffer.of(byte);
  const [i, j] = [at, to].map((place) => Math.floor(place * bytes.length)) as [number, number];
  const [low, high] = [Math.min(i, j), Math.max(i, j) + 1];
  const copy = Buffer.from(bytes);
  switch (kind) {
    case 'flip':
      copy[i]! ^= 1 << (byte % 8);
      return copy;
    case 'cut':
      return copy.subarray(0, i);
    case 'insert':
      return Buffer.concat([copy.subarray(0, i), Buffer.alloc(1 + (byte % 16), byte), copy.subarray(i)]);
    case 'double':
      return Buffer.concat([copy.subarray(0, high), copy.subarray(low)]);
    case 'drop':
      return Buffer.concat([copy.subarray(0, low), copy.subarray(high)]);
    case 'zero':
      return copy.fill(0, low, high);
    case 'swap':
      return Buffer.concat([copy.subarray(i), copy.subarray(0, i)]);
    case 'number': {
      const written = Buffer.alloc(8);
      if (number > 2 ** 63) written.writeDoubleBE(number);
      else written.writeBigInt64BE(BigInt(number));
      const piece = written.subarray(8 - width);
      (little ? piece.reverse() : piece).copy(copy, i);
      return copy;
    }
  }
}

/** One of the inputs with up to four edits, one time in sixteen bytes of pure chance instead. */
export function damagedBytes(good: readonly Uint8Array[]): fc.Arbitrary<Buffer> {
  const damaged = fc
    .tuple(fc.constantFrom(...good), fc.array(byteEdit, { minLength: 1, maxLength: 4 }))
    .map(([bytes, edits]) => edits.reduce(withEdit, Buffer.from(bytes)));
  return fc.oneof(
    { weight: 15, arbitrary: damaged },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)) },
  );
}

/** What may stand in the place of any value of a JSON text, as it is written. */
const LITERALS = [
  ...EXTREMES.flatMap((n) => [String(n), String(-n)]),
  ...[
    '0.5',
    '1e-320',
    '1e999',
    '-1e999',
    '-0',
    'null',
    'true',
    '""',
    '[]',
    '{}',
    '[[]]',
    '"\\ud800"',
    '"\\u0000"',
    '"../../x"',
    '"/etc/passwd"',
  ],
  ...[
    '"__proto__"',
    '"constructor"',
    '"toString"',
    '{"__proto__":{"a":1}}',
    '{"constructor":{"prototype":1}}',
    '{"toString":1,"length":-1}',
  ],
  ...[
    '"<script>alert(1)</script>"',
    '"\\u001b[2J"',
    '"(a+)+$"',
    `"${'x'.repeat(5000)}"`,
    `${'['.repeat(60)}${']'.repeat(60)}`,
    `${'['.repeat(5000)}${']'.repeat(5000)}`,
  ],
  `[${'0,'.repeat(3000)}0]`,
];
const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'length',
  'hasOwnProperty',
  '',
  '*',
  '.',
  'name',
  'digest',
  '\ud800',
  'x'.repeat(300),
];

interface JsonEdit {
  kind: 'replace' | 'remove' | 'add' | 'rename' | 'double' | 'nudge';
  /** Which value of the text, counted as they stand there. */
  at: number;
  literal: string;
  key: string;
  by: number;
}
const jsonEdit: fc.Arbitrary<JsonEdit> = fc.record({
  kind: fc.constantFrom('replace', 'remove', 'add', 'rename', 'double', 'nudge'),
  at: fraction,
  literal: fc.constantFrom(...LITERALS),
  key: fc.constantFrom(...KEYS),
  by: fc.constantFrom(-1, 1, 0.5, 1000, -1e9),
});

/** Text that stands for itself in the JSON that is written: numbers that no number of JavaScript is written as. */
const RAW = '\u0001raw:';
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function withJsonEdit(root: unknown, { kind, at, literal, key, by }: JsonEdit): unknown {
  const places: { holder: Record<string, unknown>; name: string }[] = [];
  const box: Record<string, unknown> = { root };
  const walk = (holder: Record<string, unknown>) => {
    for (const name of Object.keys(holder)) {
      places.push({ holder, name });
      if (isObject(holder[name])) walk(holder[name]);
    }
  };
  walk(box);
  const { holder, name } = places[Math.floor(at * places.length)]!;
  const value = holder[name];
  const put = (object: Record<string, unknown>, as: string, what: unknown) =>
    Object.defineProperty(object, as, { value: what, enumerable: true, configurable: true, writable: true });
  switch (kind) {
    case 'replace':
      put(holder, name, RAW + literal);
      break;
    case 'nudge':
      put(holder, name, typeof value === 'number' ? value + by : typeof value === 'string' ? value + literal : [value]);
      break;
    case 'remove':
      if (Array.isArray(holder)) holder.splice(Number(name), 1);
      else delete holder[name];
      break;
    case 'add':
      if (Array.isArray(value)) value.push(RAW + literal);
      else if (isObject(value)) put(value, key, RAW + literal);
      break;
    case 'rename':
      if (!Array.isArray(holder)) {
        delete holder[name];
        put(holder, key, value);
      }
      break;
    case 'double':
      if (Array.isArray(holder)) holder.splice(Number(name), 0, structuredClone(value));
      else put(holder, key, structuredClone(value));
  }
  return box['root'];
}

/** As JSON.stringify, but for what stands there raw. */
const written = (value: unknown): string =>
  (JSON.stringify(value) ?? 'null').replace(/"\\u0001raw:((?:[^"\\]|\\.)*)"/g, (_, raw: string) => JSON.parse(`"${raw}"`) as string);

/** One of the values with up to three changes to what it holds, or to its text; one time in sixteen any JSON instead. */
export function damagedJson(good: readonly unknown[]): fc.Arbitrary<string> {
  const changed = fc
    .tuple(fc.constantFrom(...good), fc.array(jsonEdit, { minLength: 1, maxLength: 3 }))
    .map(([value, edits]) => written(edits.reduce(withJsonEdit, structuredClone(value))));
  const texts = damagedBytes(good.map((value) => Buffer.from(JSON.stringify(value)))).map((bytes) => bytes.toString('utf8'));
  return fc.oneof({ weight: 10, arbitrary: changed }, { weight: 5, arbitrary: texts }, { weight: 1, arbitrary: fc.json() });
}
