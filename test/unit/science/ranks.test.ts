import fc from 'fast-check';
import { expect, it } from 'vitest';
import { midPercentiles } from '../../../src/engine/criteria/ranks';

/** By the definition: how many are below, and half of those that are equal. */
const byCounting = (values: readonly number[]) =>
  values.map((v) => (values.filter((w) => w < v).length + values.filter((w) => w === v).length / 2) / values.length);

const number = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer({ min: -3, max: 3 }),
  fc.float({ noNaN: true }),
  fc.constantFrom(0, -0, Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE, 1, 1 + Number.EPSILON),
);

it('counts those below and half of those that are equal, in any order of any numbers', () => {
  fc.assert(
    fc.property(fc.array(number, { maxLength: 60 }), (values) => {
      const given = Float64Array.from(values);
      expect([...midPercentiles(given)]).toEqual(byCounting(values));
      expect(given).toEqual(Float64Array.from(values));
    }),
    { numRuns: 1000 },
  );
});

it('of many numbers too: a shuffled range', () => {
  const n = 100_003;
  const values = Float64Array.from({ length: n }, (_, i) => (i * 7919) % n);
  const percentiles = midPercentiles(values);
  values.forEach((v, i) => {
    if (percentiles[i] !== (v + 0.5) / n) expect(percentiles[i]).toBe((v + 0.5) / n);
  });
});
