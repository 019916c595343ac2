import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RateSchedule } from '../../../src/config/schema';
import { KeepSchedule } from '../../../src/config/schema';
import { keepCount, keepFraction } from '../../../src/engine/schedules/keep';
import { learningRate } from '../../../src/engine/train/learningRate';
import { uniform } from './arbitraries';

const span = { start: uniform(0, 0.5), end: uniform(0.5, 1) };
const anySchedule: fc.Arbitrary<KeepSchedule> = fc.oneof(
  fc.record({
    name: fc.constant('logistic' as const),
    steepness: uniform(1e-3, 100),
    midpoint: uniform(0, 1),
    ...span,
  }),
  fc.record({ name: fc.constant('inverse' as const), mu: uniform(0, 1000), ...span }),
  fc.record({ name: fc.constantFrom('cubic' as const, 'linear' as const, 'cosine' as const), ...span }),
  fc.record({
    name: fc.constant('one-cycle' as const),
    a: fc.oneof(uniform(1e-3, 30), uniform(1e-3, 1e5)),
    b: fc.oneof(uniform(-30, 30), uniform(-1e5, 1e5)),
    ...span,
  }),
  fc.record({
    name: fc.constant('staged' as const),
    first: uniform(0, 1),
    rate: uniform(0, 1),
    every: fc.integer({ min: 1, max: 20 }),
    start: span.start,
  }),
  fc.constant({ name: 'one-shot' as const }),
);

const parse = (schedule: Partial<KeepSchedule>) => KeepSchedule.parse(schedule);
const at = (schedule: Partial<KeepSchedule>, keep: number, epochs: number, which: number[]) =>
  which.map((e) => keepFraction(parse(schedule), keep, e, epochs));
const near = (actual: number[], expected: number[], tolerance = 5e-4) => {
  actual.forEach((value, i) => expect(Math.abs(value - expected[i]!), `value ${i}: ${value}`).toBeLessThanOrEqual(tolerance));
  expect(actual).toHaveLength(expected.length);
};

describe('keep schedules', () => {
  test('start at 1, end at the target exactly, never rise', () => {
    fc.assert(
      fc.property(anySchedule, uniform(1e-4, 1), fc.integer({ min: 1, max: 150 }), (schedule, keep, epochs) => {
        const fractions = Array.from({ length: epochs + 1 }, (_, e) => keepFraction(schedule, keep, e, epochs));
        expect(fractions[0]).toBe(1);
        expect(fractions[epochs]).toBe(keep);
        fractions.forEach((fraction, e) => {
          if ('start' in schedule && e < epochs && e / epochs <= schedule.start) expect(fraction).toBe(1);
          if ('end' in schedule && e / epochs > schedule.start && e / epochs >= schedule.end) expect(fraction).toBe(keep);
          expect(fraction).toBeGreaterThanOrEqual(keep - 1e-15);
          if (e > 0) expect(fraction).toBeLessThanOrEqual(fractions[e - 1]! + 1e-15);
        });
      }),
      { numRuns: 1000 },
    );
  });

  test('inverse: the values of the feature-selection-with-annealing formula for k = 0.043, N1 = 100, mu = 10', () => {
    // M_e = k + (1 - k) max(0, (N1 - 2e) / (2e·mu + N1)) reaches the target at e = N1/2, half of 100 epochs.
    const epochs = [0, 5, 10, 20, 30, 40, 50];
    const fractions = at({ name: 'inverse', mu: 10, start: 0, end: 0.5 }, 0.043, 100, epochs);
    near(fractions, [1, 0.474, 0.298, 0.158, 0.098, 0.064, 0.043]);
    near(
      fractions,
      epochs.map((e) => 0.043 + 0.957 * Math.max(0, (100 - 2 * e) / (2 * e * 10 + 100))),
      1e-12,
    );
    near(at({ name: 'inverse', mu: 0, start: 0.2, end: 0.6 }, 0.1, 10, [2, 3, 4, 5, 6, 7]), [1, 0.775, 0.55, 0.325, 0.1, 0.1], 1e-12);
  });

  test('logistic: slow, fast, slow', () => {
    const tenths = Array.from({ length: 11 }, (_, e) => e);
    near(
      at({ name: 'logistic', start: 0, end: 1 }, 11457 / 266200, 10, tenths),
      [1, 0.9945, 0.977, 0.922, 0.78, 0.522, 0.263, 0.121, 0.066, 0.049, 0.043],
    );
    const [s, t0, keep] = [9, 0.3, 0.2];
    const g = (t: number) => 1 / (1 + Math.exp(s * (t - t0)));
    near(
      at({ name: 'logistic', steepness: s, midpoint: t0, start: 0.1, end: 0.9 }, keep, 100, [20, 40, 77]),
      [20, 40, 77].map((e) => keep + ((1 - keep) * (g((e / 100 - 0.1) / 0.8) - g(1))) / (g(0) - g(1))),
      1e-12,
    );
    // The default span ends at three quarters of the epochs.
    expect(at({ name: 'logistic' }, 11457 / 266200, 120, [89, 90, 91]).map((k) => k === 11457 / 266200)).toEqual([false, true, true]);
  });

  test("one-cycle: fasterai's curve, stretched to end exactly", () => {
    const sparsity = (t: number) => (1 + Math.exp(-14 + 6)) / (1 + Math.exp(-14 * t + 6));
    near(
      at({ name: 'one-cycle', start: 0, end: 1 }, 0.1, 10, [0, 2, 4, 5, 8, 10]),
      [0, 0.2, 0.4, 0.5, 0.8, 1].map((t) => 1 - (0.9 * (sparsity(t) - sparsity(0))) / (1 - sparsity(0))),
      1e-12,
    );
  });

  test('cubic, linear and cosine in closed form', () => {
    near(at({ name: 'cubic', start: 0, end: 1 }, 0.2, 4, [1, 2, 3]), [0.2 + 0.8 * 0.421875, 0.3, 0.2125], 1e-12);
    near(at({ name: 'linear', start: 0, end: 1 }, 0.2, 4, [1, 2, 3]), [0.8, 0.6, 0.4], 1e-12);
    near(
      at({ name: 'cosine', start: 0, end: 1 }, 0.2, 4, [1, 2, 3]),
      [0.2 + 0.8 * (0.5 + Math.SQRT1_2 / 2), 0.6, 0.2 + 0.8 * (0.5 - Math.SQRT1_2 / 2)],
      1e-12,
    );
  });

  test('staged: a first cut, equal cuts every few epochs, the rest at the end', () => {
    near(
      at({ name: 'staged', first: 0.2, rate: 0.1, every: 3, start: 0.25 }, 0.3, 20, [5, 6, 8, 9, 12, 18, 19, 20]),
      [1, 0.8, 0.8, 0.7, 0.6, 0.4, 0.4, 0.3],
      1e-12,
    );
    near(at({ name: 'staged', first: 0.5, rate: 0.3 }, 0.3, 5, [1, 2, 3]), [0.5, 0.3, 0.3], 1e-12);
    // 0.29 · 100 is less than 29 in floating point.
    near(at({ name: 'staged', first: 0.2, rate: 0.1, every: 2, start: 0.29 }, 0.3, 100, [29, 30, 31, 32]), [1, 0.8, 0.8, 0.7], 1e-12);
  });

  test('one-shot: all until the end', () => {
    expect(at({ name: 'one-shot' }, 0.05, 3, [0, 1, 2, 3])).toEqual([1, 1, 1, 0.05]);
  });

  test('counts are rounded, as the published channel counts are', () => {
    expect(keepCount(0.4, 12112)).toBe(4845);
    expect(keepCount(0.3, 9360)).toBe(2808);
    expect(keepCount(11457 / 266200, 266200)).toBe(11457);
    expect(keepCount(1, 15_000_000)).toBe(15_000_000);
  });
});

describe('learning rates', () => {
  const rates = (schedule: RateSchedule, epochs: number, which: number[]) => which.map((e) => learningRate(schedule, 0.1, e, epochs));

  test('constant', () => {
    expect(rates({ name: 'constant' }, 9, [0, 8])).toEqual([0.1, 0.1]);
  });
  test('halved every 20 epochs', () => {
    expect(rates({ name: 'halve', every: 20 }, 120, [0, 19, 20, 39, 40, 119])).toEqual([0.1, 0.1, 0.05, 0.05, 0.025, 0.1 / 32]);
  });
  test('a tenth at half and three quarters of 160 epochs', () => {
    near(
      rates({ name: 'step', at: [0.5, 0.75], factor: 0.1 }, 160, [0, 79, 80, 119, 120, 159]),
      [0.1, 0.1, 0.01, 0.01, 0.001, 0.001],
      1e-15,
    );
  });
  test('steps fall where their fraction of the epochs says, in any decimal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 100 }), (epochs, percent) => {
        const first = Math.ceil((percent * epochs) / 100);
        for (let e = 0; e < epochs; e++)
          expect(learningRate({ name: 'step', at: [percent / 100], factor: 0.5 }, 1, e, epochs)).toBe(e >= first ? 0.5 : 1);
      }),
      { examples: [[25, 28]] }, // 0.28 · 25 is more than 7 in floating point
    );
  });
  test('cosine from the base towards 0', () => {
    near(rates({ name: 'cosine' }, 4, [0, 1, 2, 3]), [0.1, 0.05 * (1 + Math.SQRT1_2), 0.05, 0.05 * (1 - Math.SQRT1_2)], 1e-15);
  });
});
