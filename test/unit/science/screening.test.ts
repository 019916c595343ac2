import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { stream } from '../../../src/engine/random';
import { ClassSums } from '../../../src/engine/screening/classSums';
import { fStatistic, type FStatistics } from '../../../src/engine/screening/fStatistic';
import { batchMoments, ClassMoments, GatedMoments, ScaledMoments, type BatchMoments } from '../../../src/engine/screening/moments';
import { pixelStatistics } from '../../../src/engine/screening/pixels';
import { uniform } from './arbitraries';

/** By oracles/f_oneway.py. */
const oracle = z
  .object({
    cases: z.array(
      z.object({
        name: z.string(),
        classes: z.number(),
        labels: z.array(z.number()),
        x: z.array(z.array(z.number())),
        f: z.array(z.union([z.number(), z.literal('nan'), z.literal('inf')])),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('oracles/f_oneway.json', import.meta.url), 'utf8')))
  .cases.map(({ x, f, ...rest }) => ({ ...rest, rows: x, features: f.length, x: Float32Array.from(x.flat()), f: expected(f) }));
type Case = (typeof oracle)[number];

/** scipy's answers with ours for what it leaves undefined: constant features 0, perfectly separated ones the largest finite F. */
function expected(f: readonly (number | 'nan' | 'inf')[]): number[] {
  const largest = Math.max(...f.filter((v) => typeof v === 'number'));
  return f.map((v) => (v === 'nan' ? 0 : v === 'inf' ? largest : v));
}

/** Largest relative difference; where the reference is 0 only 0 agrees. */
function relative(actual: Float64Array, reference: ArrayLike<number>): number {
  let worst = 0;
  for (let p = 0; p < reference.length; p++) {
    const difference = Math.abs(actual[p]! - reference[p]!);
    if (!(difference === 0)) worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference / Math.abs(reference[p]!));
  }
  return worst;
}

const rows = (x: ArrayLike<number>, features: number, of: ArrayLike<number>): Float32Array =>
  Float32Array.from({ length: of.length * features }, (_, i) => x[of[Math.floor(i / features)]! * features + (i % features)]!);

/** The case's samples in random order, in up to six parts (some may be empty). */
const splits = fc
  .record({ at: fc.nat(oracle.length - 1), seed: fc.nat(), cuts: fc.array(uniform(0, 1), { maxLength: 5 }) })
  .map(({ at, seed, cuts }) => {
    const c = oracle[at]!;
    const order = stream(seed, 'order').permutation(c.labels.length);
    const bounds = [0, ...cuts.map((cut) => Math.floor(cut * order.length)).sort((a, b) => a - b), order.length];
    const parts = bounds.slice(1).map((to, i) => {
      const of = order.slice(bounds[i], to);
      return { x: rows(c.x, c.features, of), labels: Array.from(of, (i) => c.labels[i]!) };
    });
    return { c, parts, seed };
  });

/** Merges accumulators two at a time, in random order. */
function mergeAll<M>(moments: M[], seed: number, merge: (into: M, other: M) => void): M {
  const rng = stream(seed, 'merge');
  while (moments.length > 1) {
    const [other] = moments.splice(rng.int(moments.length), 1);
    merge(moments[rng.int(moments.length)]!, other!);
  }
  return moments[0]!;
}

function moments(
  { classes, features }: Pick<Case, 'classes' | 'features'>,
  batches: { x: Float32Array; labels: number[] }[],
): ClassMoments {
  const m = new ClassMoments(classes, features);
  for (const { x, labels } of batches) if (labels.length > 0) m.add(batchMoments(x, labels, classes));
  return m;
}

describe('F-statistic against scipy.stats.f_oneway', () => {
  test.each(oracle)('by definition: $name', (c) => {
    expect(relative(fStatistic(c.x, c.labels, c.classes).f, c.f)).toBeLessThan(1e-8);
  });

  test('class moments, over batch splits and merge orders', () => {
    fc.assert(
      fc.property(splits, ({ c, parts, seed }) => {
        expect(relative(moments(c, parts).f().f, c.f)).toBeLessThan(1e-8);
        const merged = mergeAll(
          parts.map((part) => moments(c, [part])),
          seed,
          (into, other) => into.merge(other),
        );
        expect(relative(merged.f().f, c.f)).toBeLessThan(1e-8);
      }),
      { numRuns: 300 },
    );
  });

  test('class sums, over batch splits and merge orders', () => {
    fc.assert(
      fc.property(splits, ({ c, parts, seed }) => {
        const sums = parts.map(({ x, labels }) => {
          const s = new ClassSums(c.classes, c.features);
          s.add(x, labels);
          return s;
        });
        // Squares of 1e5 deviations cost the plain sums ten digits: that is what the class moments are for.
        const tolerance = c.name === 'mean of 1e5 deviations' ? 1e-3 : 1e-8;
        expect(relative(mergeAll(sums, seed, (into, other) => into.merge(other)).f().f, c.f)).toBeLessThan(tolerance);
      }),
      { numRuns: 300 },
    );
  });

  test('classes without samples do not count', () => {
    const c = oracle.find(({ name }) => name === 'classes without samples')!;
    const statistics: FStatistics[] = [fStatistic(c.x, c.labels, c.classes), moments(c, [c]).f()];
    for (const s of statistics) expect(s).toMatchObject({ classes: 3, samples: 45 });
  });

  test('eta² is F(C-1) / (F(C-1) + N-C), 0 for a dead feature and 1 for a perfectly separated one', () => {
    for (const c of oracle) {
      const s = moments(c, [c]).f();
      const df = [s.classes - 1, s.samples - s.classes] as const;
      const isSeparated = (p: number) => c.rows.every((row, i) => row[p] === c.rows[c.labels.indexOf(c.labels[i]!)]![p]) && c.f[p]! > 0;
      const reference = c.f.map((f, p) => (isSeparated(p) ? 1 : (f * df[0]) / (f * df[0] + df[1])));
      expect(relative(s.etaSquared, reference)).toBeLessThan(1e-8);
    }
  });
});

describe('properties of F', () => {
  const samples = fc
    .record({
      classes: fc.integer({ min: 2, max: 6 }),
      seed: fc.nat(),
      n: fc.integer({ min: 12, max: 80 }),
    })
    .map(({ classes, seed, n }) => {
      const rng = stream(seed, 'samples');
      const labels = Array.from({ length: n }, (_, i) => (i < classes ? i : rng.int(classes)));
      const x = Float64Array.from({ length: n * 3 }, (_, i) => rng.normal() + labels[Math.floor(i / 3)]! * (i % 3));
      return { classes, labels, x };
    });

  test('scale and shift of a feature change nothing', () => {
    fc.assert(
      fc.property(samples, uniform(-1e3, 1e3), uniform(1e-3, 1e3), fc.boolean(), ({ classes, labels, x }, shift, scale, flip) => {
        const reference = fStatistic(x, labels, classes).f;
        const moved = x.map((v) => (flip ? -scale : scale) * (v + shift));
        expect(relative(fStatistic(moved, labels, classes).f, reference)).toBeLessThan(1e-7);
        const m = new ClassMoments(classes, 3);
        m.add(batchMoments(moved, labels, classes));
        expect(relative(m.f().f, reference)).toBeLessThan(1e-7);
      }),
    );
  });

  test('decay weighs what was seen: twice half is once, and 0 forgets', () => {
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const classes = 6;
        const [first, second] = [a, b].map(({ x, labels }) => batchMoments(x, labels, classes)) as [BatchMoments, BatchMoments];
        const of = (steps: (m: ClassMoments) => void) => {
          const m = new ClassMoments(classes, 3);
          steps(m);
          return m.f();
        };
        const once = of((m) => [first, second].forEach((batch) => m.add(batch)));
        const halved = of((m) => {
          m.add(first);
          m.add(first);
          m.scale(0.5);
          m.add(second);
        });
        expect(halved.samples).toBeCloseTo(once.samples, 9);
        expect(relative(halved.f, once.f)).toBeLessThan(1e-9);
        const forgotten = of((m) => {
          m.add(first);
          m.scale(0);
          m.add(second);
        });
        expect(forgotten.f).toEqual(of((m) => m.add(second)).f);
      }),
    );
  });

  test('a constant feature stays dead though float32 means round', () => {
    // Means as a float32 kernel would return them, off by an ulp; the true feature is -0.4242129 everywhere.
    const m = new ClassMoments(3, 1);
    const rng = stream(1, 'ulps');
    for (let batch = 0; batch < 50; batch++) {
      const mean = Float64Array.from({ length: 3 }, () => Math.fround(-0.4242129) + (rng.int(3) - 1) * 2 ** -25);
      m.add({ n: new Float64Array(3).fill(40), mean, within: Float64Array.of(120 * 2 ** -50) });
    }
    expect(m.f().f[0]).toBe(0);
  });

  test('a feature that tells the classes apart perfectly has the largest F of the others, though its means round', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 8 }), (seed, batches) => {
        const rng = stream(seed, 'separated');
        const m = new ClassMoments(3, 2);
        for (let b = 0; b < batches; b++) {
          const labels = Array.from({ length: 5 + rng.int(9) }, (_, i) => (i < 3 ? i : rng.int(3)));
          m.add(
            batchMoments(
              labels.flatMap((c) => [[0.1, 0.7, 0.3][c]!, rng.normal() + c]),
              labels,
              3,
            ),
          );
        }
        const { f, etaSquared } = m.f();
        expect(f[0]).toBe(f[1]);
        expect(etaSquared[0]).toBe(1);
      }),
    );
  });

  test('nearly separated features keep their own F where the mean is large', () => {
    const x = Float64Array.from({ length: 40 }, (_, i) => 1e4 + (i % 2) + (i % 5) * 1e-3);
    const labels = Array.from({ length: 40 }, (_, i) => i % 2);
    const shifted = fStatistic(x, labels, 2).f[0]!;
    const plain = fStatistic(
      x.map((v) => v - 1e4),
      labels,
      2,
    ).f[0]!;
    expect(plain).toBeGreaterThan(1e5);
    expect(Math.abs(shifted / plain - 1)).toBeLessThan(1e-6);
  });

  test('too few samples and a single class are refused by name', () => {
    const m = new ClassMoments(3, 2);
    expect(() => m.f()).toThrow(expect.objectContaining({ code: 'screening/too-few-samples' }));
    m.add(batchMoments([1, 2, 3, 4], [0, 2], 3));
    expect(() => m.f()).toThrow(expect.objectContaining({ code: 'screening/too-few-samples' }));
    m.add(batchMoments([1, 5], [2], 3));
    expect(m.f().classes).toBe(2);
    expect(() => fStatistic([1, 2, 3], [1, 1, 1], 3)).toThrow(expect.objectContaining({ code: 'screening/one-class' }));
  });

  test('pixel statistics are those of the normalised pixels', () => {
    const rng = stream(5, 'pixels');
    const labels = Uint8Array.from({ length: 200 }, () => rng.int(10));
    const pixels = Uint8Array.from({ length: 200 * 9 }, (_, i) =>
      i % 9 === 0 ? 17 : i % 9 === 1 ? 0 : Math.min(255, rng.int(200) + 5 * labels[Math.floor(i / 9)]!),
    );
    const normalised = Float64Array.from(pixels, (v) => (v / 255 - 0.1307) / 0.3081);
    const s = pixelStatistics({ pixels, labels, count: 200 }, 10);
    expect([...s.f.slice(0, 2)]).toEqual([0, 0]);
    expect(relative(s.f, fStatistic(normalised, labels, 10).f)).toBeLessThan(1e-9);
  });
});

describe('features of connections', () => {
  const CLASSES = 4;

  /** A training-like sequence: weights drift, batches vary, and connections die on the way. */
  function sequence(seed: number, inputs: number, outputs: number, batches: number) {
    const rng = stream(seed, 'sequence');
    const weights = Float32Array.from({ length: inputs * outputs }, () => rng.normal());
    const mask = new Uint8Array(weights.length).fill(1);
    return Array.from({ length: batches }, (_, b) => {
      weights.forEach((w, e) => (weights[e] = w + 0.1 * rng.normal()));
      if (b > 0) mask[rng.int(mask.length)] = 0;
      weights.forEach((_, e) => {
        if (mask[e] === 0) weights[e] = 0;
      });
      const labels = Array.from({ length: 12 }, (_, i) => (i < 2 ? i : rng.int(CLASSES)));
      const a = Float32Array.from({ length: labels.length * inputs }, (_, i) =>
        Math.max(0, rng.normal() + 0.5 * labels[Math.floor(i / inputs)]!),
      );
      const gates = Float32Array.from({ length: labels.length * outputs }, () => rng.int(2));
      return { weights: weights.slice(), mask: mask.slice(), labels, a, gates };
    });
  }
  type Step = ReturnType<typeof sequence>[number];

  /** F of the features written out, sample by sample; a connection that is dead at the end has the feature 0. */
  function reference(
    steps: Step[],
    inputs: number,
    outputs: number,
    feature: (s: Step, row: number, i: number, o: number) => number,
  ): Float64Array {
    const x: number[] = [];
    const { mask } = steps.at(-1)!;
    for (const step of steps) {
      step.labels.forEach((_, row) => {
        for (let i = 0; i < inputs; i++)
          for (let o = 0; o < outputs; o++) x.push(mask[i * outputs + o] === 1 ? feature(step, row, i, o) : 0);
      });
    }
    return fStatistic(
      x,
      steps.flatMap((s) => s.labels),
      CLASSES,
    ).f;
  }

  const shapes = fc.record({
    seed: fc.nat(),
    inputs: fc.integer({ min: 1, max: 5 }),
    outputs: fc.integer({ min: 1, max: 4 }),
    batches: fc.integer({ min: 1, max: 6 }),
  });

  test('online: F of w(t)·a written out sample by sample, in one accumulator or two merged', () => {
    fc.assert(
      fc.property(shapes, ({ seed, inputs, outputs, batches }) => {
        const steps = sequence(seed, inputs, outputs, batches);
        const whole = new ScaledMoments(CLASSES, inputs, outputs);
        const halves = [0, 1].map(() => new ScaledMoments(CLASSES, inputs, outputs));
        steps.forEach((s, b) => {
          // With the final mask throughout, where two are merged: a connection that died in one would have died in the other.
          whole.add(s.weights, s.mask, batchMoments(s.a, s.labels, CLASSES));
          halves[b % 2]!.add(s.weights, steps.at(-1)!.mask, batchMoments(s.a, s.labels, CLASSES));
        });
        halves[0]!.merge(halves[1]!);
        const f = reference(steps, inputs, outputs, (s, row, i, o) => s.weights[i * outputs + o]! * s.a[row * inputs + i]!);
        expect(relative(whole.f().f, f)).toBeLessThan(1e-8);
        expect(relative(halves[0]!.f().f, f)).toBeLessThan(1e-8);
      }),
    );
  });

  test('online with weights that stand still: F of the input, whatever the weight', () => {
    const [step] = sequence(3, 4, 3, 1) as [Step];
    const m = new ScaledMoments(CLASSES, 4, 3);
    m.add(step.weights, step.mask, batchMoments(step.a, step.labels, CLASSES));
    const { f } = fStatistic(step.a, step.labels, CLASSES);
    expect(
      relative(
        m.f().f,
        Array.from({ length: 12 }, (_, e) => f[Math.floor(e / 3)]!),
      ),
    ).toBeLessThan(1e-9);
  });

  test('gated: F of w·a·g written out sample by sample', () => {
    fc.assert(
      fc.property(shapes, ({ seed, inputs, outputs, batches }) => {
        const steps = sequence(seed, inputs, outputs, batches);
        const m = new GatedMoments(CLASSES, inputs, outputs);
        for (const s of steps) {
          // Sums in float32, as the kernels give them; activations of 8 bits keep them exact.
          s.a = s.a.map((v) => Math.round(v * 64) / 64);
          const sums = new Float32Array(CLASSES * inputs * outputs);
          const squares = new Float32Array(inputs * outputs);
          const counts = new Float64Array(CLASSES);
          s.labels.forEach((label, row) => {
            counts[label]!++;
            for (let i = 0; i < inputs; i++) {
              for (let o = 0; o < outputs; o++) {
                const gated = s.a[row * inputs + i]! * s.gates[row * outputs + o]!;
                sums[(label * inputs + i) * outputs + o]! += gated;
                squares[i * outputs + o]! += gated * gated;
              }
            }
          });
          m.add(s.weights, s.mask, sums, counts, squares);
        }
        const f = reference(
          steps,
          inputs,
          outputs,
          (s, row, i, o) => s.weights[i * outputs + o]! * s.a[row * inputs + i]! * s.gates[row * outputs + o]!,
        );
        expect(relative(m.f().f, f)).toBeLessThan(1e-8);
      }),
    );
  });
});
