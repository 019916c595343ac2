import fc from 'fast-check';
import { expect, test } from 'vitest';
import { graphRowPenalty } from '../../../src/engine/lasso/graphRowPenalty';
import { stream } from '../../../src/engine/random';
import { randomEdges } from './correlatedProblem';

const cases = fc.record({
  seed: fc.nat(),
  responses: fc.integer({ min: 2, max: 8 }),
  signed: fc.boolean(),
  tau: fc.constantFrom(0.1, 1, 10),
  size: fc.constantFrom(0.05, 0.3, 1),
});

function shrunk({ seed, responses, signed, tau, size }: { seed: number; responses: number; signed: boolean; tau: number; size: number }) {
  const chance = stream(seed, 'row');
  const v = Float64Array.from({ length: responses }, () => chance.normal());
  const penalty = graphRowPenalty(randomEdges({ seed, responses }, signed), { tau, signed });
  const x = v.slice();
  penalty.shrink(x, size);
  const value = (y: Float64Array) => y.reduce((sum, entry, i) => sum + (entry - v[i]!) ** 2 / 2, 0) + size * penalty.norm(y);
  return { v, x, penalty, value, chance };
}

test('no other point is better: near, far, with classes tied or at zero', () => {
  fc.assert(
    fc.property(cases, (shape) => {
      const { v, x, value, chance } = shrunk(shape);
      if (!shape.signed) expect(x.every((entry) => entry >= 0)).toBe(true);
      const best = value(x);
      const allowed = (y: Float64Array) => (shape.signed ? y : y.map((entry) => Math.max(0, entry)));
      for (const length of [1e-4, 1e-2, 1]) {
        for (let i = 0; i < 30; i++) {
          // Some classes move together, as a tie has to be left by all at once.
          const step = length * chance.normal();
          const together = x.map((entry) => (chance.uniform() < 0.5 ? entry + step : entry));
          const apart = x.map((entry) => entry + length * chance.normal());
          for (const y of [together, apart]) expect(value(allowed(y))).toBeGreaterThanOrEqual(best - 1e-9);
        }
      }
      for (const y of [new Float64Array(v.length), allowed(v)]) expect(value(y)).toBeGreaterThanOrEqual(best - 1e-9);
    }),
  );
});

test('strongly convex: far from the best a value is as much higher as it has to be', () => {
  fc.assert(
    fc.property(cases, (shape) => {
      const { x, value, chance } = shrunk(shape);
      const y = x.map((entry) => Math.max(shape.signed ? -Infinity : 0, entry + 0.1 * chance.normal()));
      const distance = y.reduce((sum, entry, i) => sum + (entry - x[i]!) ** 2, 0);
      expect(value(y) - value(x)).toBeGreaterThanOrEqual(distance / 2 - 1e-8);
    }),
  );
});

test('in closed form: two classes', () => {
  const shrink = (values: number[], size: number, tau: number, r: number, signed: boolean) => {
    const row = Float64Array.from(values);
    graphRowPenalty([{ a: 0, b: 1, r }], { tau, signed }).shrink(row, size);
    return [...row].map((value) => Number(value.toFixed(9)));
  };
  expect(shrink([1, 0.5], 0.1, 1, 0.5, false)).toEqual([0.85, 0.45]); // apart by more than flows can take: 1 - 0.1 - 0.05, 0.5 - 0.1 + 0.05
  expect(shrink([1, 0.95], 0.1, 1, 0.5, false)).toEqual([0.875, 0.875]); // tied at the mean
  expect(shrink([1, -0.95], 0.1, 1, -0.5, true)).toEqual([0.875, -0.875]); // opposed, tied at opposites
  expect(shrink([0.3, -2], 0.2, 1, 1, false)).toEqual([0, 0]); // flow to the other class takes what the l1 norm leaves
  expect(shrink([-1, 2], 0, 1, 1, false)).toEqual([0, 2]); // no penalty: the projection
});
