import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NestedTooDeep, parseJson } from '../../../src/shared/json';

const nested = (levels: number, inner = '1') => `${'['.repeat(levels)}${inner}${']'.repeat(levels)}`;

test('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
  for (const text of ['', '{', '[1,]', nested(1e5).slice(1)]) expect(() => parseJson(text)).toThrow(SyntaxError);
});

test('nesting has an end, where what goes through values would run out of stack', () => {
  expect(parseJson(nested(100))).toEqual(JSON.parse(nested(100)));
  for (const text of [nested(101), nested(1e6), `{"a":${'{"a":'.repeat(100)}1${'}'.repeat(101)}`])
    expect(() => parseJson(text)).toThrow(NestedTooDeep);
});

test('brackets in strings and beside each other are no nesting', () => {
  for (const inner of ['[', '{', '\\"[', '\\\\', '"']) {
    const text = JSON.stringify(Array.from({ length: 200 }, () => inner.repeat(3)));
    expect(parseJson(text)).toEqual(JSON.parse(text));
  }
  expect(parseJson(`[${'[],'.repeat(500)}{}]`)).toHaveLength(501);
});
