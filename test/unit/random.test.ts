import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rng, stream } from '../../src/engine/random';

/** The first `n` of a stream's numbers. */
const first = (rng: Rng, n: number) => Array.from({ length: n }, () => rng.next());
const name = fc.oneof(fc.string({ maxLength: 12 }), fc.nat());
const names = fc.array(name, { minLength: 1, maxLength: 4 });
const seed = fc.nat();

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
const variance = (values: ArrayLike<number>, about: number) => mean(Array.from(values, (v) => (v - about) ** 2));
/** How many standard errors `value` lies from `expected`. */
const errors = (value: number, expected: number, standardError: number) => Math.abs(value - expected) / standardError;
/** Pearson's statistic against equal counts. */
const chiSquare = (counts: readonly number[]) => {
  const each = mean(counts);
  return counts.reduce((sum, count) => sum + (count - each) ** 2 / each, 0);
};

describe('the generator', () => {
  // Blackman and Vigna's xoshiro128starstar.c from the state 1, 2, 3, 4. The first by hand: rotl(2·5, 7)·9 = 1280·9 = 11520.
  test("is xoshiro128**: its authors' numbers from a known state", () => {
    const rng = new Rng('');
    for (const [word, value] of Object.entries({ a: 1, b: 2, c: 3, d: 4 })) {
      expect(Reflect.has(rng, word)).toBe(true);
      Reflect.set(rng, word, value);
    }
    expect(first(rng, 8)).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849]);
  });

  test('gives whole numbers of 32 bits', () => {
    const values = first(stream(0, 'words'), 100_000);
    expect(values.every((v) => Number.isInteger(v) && v >= 0 && v < 2 ** 32)).toBe(true);
    // Each bit is set half of the time.
    for (let bit = 0; bit < 32; bit++) {
      const set = mean(values.map((v) => (v >>> bit) & 1));
      expect(errors(set, 0.5, Math.sqrt(0.25 / values.length))).toBeLessThan(5);
    }
  });
});

describe('a named stream', () => {
  // Made by this code and by a program of its own from its description. Another answer: a seed no longer gives the run that it gave.
  test('gives the same numbers in every version', () => {
    expect(first(stream(3, 'shuffle', 'train', 12), 5)).toEqual([170694525, 3457596062, 1386062061, 3136374408, 1213097872]);
    expect(first(stream(0, 'digits', 'test', 0), 5)).toEqual([3029727244, 1759119741, 777634320, 992456095, 1699042667]);
  });

  test('depends on nothing but seed and names', () => {
    fc.assert(
      fc.property(seed, names, fc.array(fc.tuple(seed, names, fc.nat(20))), (s, path, others) => {
        const expected = first(stream(s, ...path), 20);
        for (const [otherSeed, otherNames, taken] of others) first(stream(otherSeed, ...otherNames), taken);
        const rng = stream(s, ...path);
        const interleaved = expected.map(() => {
          stream(s, ...path).normal();
          return rng.next();
        });
        expect(interleaved).toEqual(expected);
      }),
    );
  });

  test('is another for another seed or other names', () => {
    fc.assert(
      fc.property(seed, names, seed, names, (s, path, otherSeed, otherNames) => {
        fc.pre(JSON.stringify([s, path]) !== JSON.stringify([otherSeed, otherNames]));
        expect(first(stream(s, ...path), 4)).not.toEqual(first(stream(otherSeed, ...otherNames), 4));
      }),
      { numRuns: 1000 },
    );
  });

  test('is another where names are cut, typed or ordered otherwise', () => {
    const paths = [
      ['a', 'b'],
      ['ab'],
      ['a,b'],
      ['b', 'a'],
      ['a', 'b', ''],
      ['a', '1'],
      ['a', 1],
      ['a', 11],
      ['a', 1, 1],
      ['a', 'é'],
      ['a', '\u{1d11e}'],
    ];
    const starts = [0, 1].flatMap((s) => paths.map((path) => first(stream(s, ...path), 4).join()));
    expect(new Set(starts).size).toBe(2 * paths.length);
  });

  test('of neighbouring names is no neighbour: their first numbers are uniform and uncorrelated', () => {
    const n = 20_000;
    const byName = Array.from({ length: n }, (_, i) => stream(0, 'sample', i).uniform());
    const bySeed = Array.from({ length: n }, (_, i) => stream(i, 'sample').uniform());
    for (const values of [byName, bySeed]) {
      const tenths = Array<number>(10).fill(0);
      for (const v of values) tenths[Math.floor(10 * v)]!++;
      // 9 degrees of freedom: 27.9 is exceeded once in 1000.
      expect(chiSquare(tenths)).toBeLessThan(27.9);
      const products = values.slice(1).map((v, i) => (v - 0.5) * (values[i]! - 0.5));
      expect(errors(mean(products), 0, 1 / 12 / Math.sqrt(n - 1))).toBeLessThan(5);
    }
  });
});

describe('distributions, over 100,000 numbers', () => {
  const n = 100_000;

  test('uniform: in [0, 1), mean 1/2, variance 1/12, equal tenths', () => {
    for (const s of [0, 1, 2]) {
      const rng = stream(s, 'uniform');
      const values = Float64Array.from({ length: n }, () => rng.uniform());
      expect(values.every((v) => v >= 0 && v < 1)).toBe(true);
      expect(errors(mean(values), 1 / 2, Math.sqrt(1 / 12 / n))).toBeLessThan(5);
      // Of (x - 1/2)²: mean 1/12, variance 1/80 - 1/144.
      expect(errors(variance(values, 1 / 2), 1 / 12, Math.sqrt((1 / 80 - 1 / 144) / n))).toBeLessThan(5);
      const tenths = Array<number>(10).fill(0);
      for (const v of values) tenths[Math.floor(10 * v)]!++;
      expect(chiSquare(tenths)).toBeLessThan(27.9);
    }
  });

  test('uniform: has bits beyond the 32 of one word', () => {
    const rng = stream(0, 'bits');
    const low = Array.from({ length: 1000 }, () => (rng.uniform() * 2 ** 53) % 2 ** 21);
    expect(low.every(Number.isInteger)).toBe(true);
    expect(new Set(low).size).toBeGreaterThan(990);
  });

  test('normal: mean 0, variance 1, skewness 0, kurtosis 3, and its tails', () => {
    for (const s of [0, 1, 2]) {
      const rng = stream(s, 'normal');
      const values = Float64Array.from({ length: n }, () => rng.normal());
      // Variance of xᵏ: 1, 2, 15 and 96, from the moments 1, 3, 15, 105 of even order.
      expect(errors(mean(values), 0, Math.sqrt(1 / n))).toBeLessThan(5);
      expect(errors(variance(values, 0), 1, Math.sqrt(2 / n))).toBeLessThan(5);
      expect(errors(mean(values.map((v) => v ** 3)), 0, Math.sqrt(15 / n))).toBeLessThan(5);
      expect(errors(mean(values.map((v) => v ** 4)), 3, Math.sqrt(96 / n))).toBeLessThan(5);
      // P(|x| > 1.959964) = 0.05.
      const beyond = mean(values.map((v) => (Math.abs(v) > 1.959964 ? 1 : 0)));
      expect(errors(beyond, 0.05, Math.sqrt((0.05 * 0.95) / n))).toBeLessThan(5);
    }
  });

  test('normal: the two of a pair are uncorrelated', () => {
    const rng = stream(0, 'pairs');
    const products = Array.from({ length: n }, () => rng.normal() * rng.normal());
    expect(errors(mean(products), 0, Math.sqrt(1 / n))).toBeLessThan(5);
  });

  test('int: each of 0..n-1 equally often', () => {
    // Bounds that are exceeded once in 1000, at n - 1 degrees of freedom.
    for (const [sides, bound] of [
      [1, 0],
      [2, 10.83],
      [3, 13.82],
      [7, 22.46],
      [10, 27.88],
    ] as const) {
      const rng = stream(0, 'int', sides);
      const counts = Array<number>(sides).fill(0);
      for (let i = 0; i < n; i++) counts[rng.int(sides)]!++;
      expect(counts.reduce((a, b) => a + b)).toBe(n);
      expect(chiSquare(counts)).toBeLessThanOrEqual(bound);
    }
  });

  test('int: without the bias of a remainder', () => {
    // Of n = 3·2³⁰ a plain remainder gives the lowest third twice as often as each other.
    const rng = stream(0, 'bias');
    const lowest = mean(Array.from({ length: n }, () => (rng.int(3 * 2 ** 30) < 2 ** 30 ? 1 : 0)));
    expect(errors(lowest, 1 / 3, Math.sqrt(2 / 9 / n))).toBeLessThan(5);
  });
});

describe('shuffle', () => {
  test('keeps what it shuffles, in place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), seed, (values, s) => {
        const shuffled = Uint8Array.from(values);
        expect(stream(s, 'shuffle').shuffle(shuffled)).toBe(shuffled);
        expect(shuffled.toSorted()).toEqual(values.toSorted());
      }),
    );
  });

  test('permutation: each of 0..n-1 once', () => {
    fc.assert(
      fc.property(fc.nat(500), seed, (n, s) => {
        expect(stream(s, 'permutation').permutation(n).toSorted()).toEqual(Int32Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  test('each of the 6 orders of 3 equally often, from one stream and from many', () => {
    const rng = stream(0, 'orders');
    for (const next of [() => rng.permutation(3), (i: number) => stream(i, 'orders').permutation(3)]) {
      const counts = new Map<string, number>();
      for (let i = 0; i < 12_000; i++) {
        const order = next(i).join('');
        counts.set(order, (counts.get(order) ?? 0) + 1);
      }
      expect(counts.size).toBe(6);
      // 5 degrees of freedom: 20.5 is exceeded once in 1000.
      expect(chiSquare([...counts.values()])).toBeLessThan(20.5);
    }
  });

  test('each value in each place equally often, for a longer one', () => {
    const [size, n] = [10, 20_000];
    const counts = Array.from({ length: size }, () => Array<number>(size).fill(0));
    for (let i = 0; i < n; i++)
      stream(1, 'places', i)
        .permutation(size)
        .forEach((value, place) => counts[place]![value]!++);
    // 9 degrees of freedom each, 10 of them: 33.7 is exceeded once in 10,000.
    for (const place of counts) expect(chiSquare(place)).toBeLessThan(33.7);
  });
});
