import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { largestEigenvalue, multiplyGram, squaredError } from '../../../src/engine/lasso/linear';
import type { ClassTree, LassoProblem, RowPenalty } from '../../../src/engine/lasso/problem';
import { solveByRows, violations } from '../../../src/engine/lasso/rowPenalty';
import { classTree } from '../../../src/engine/lasso/tree';
import { treePenalty, treeRowPenalty } from '../../../src/engine/lasso/treePenalty';
import { stream, type Rng } from '../../../src/engine/random';
import { correlatedProblem, nonzeroRows, permuted, permutedRows, problemOf, shapes, unitColumns, type Shape } from './correlatedProblem';

const Numbers = z.array(z.number());
const Groups = z.array(z.object({ members: Numbers, weight: z.number() }));

/** By oracles/tree_lasso.py. */
const oracle = z
  .object({
    prox: z.array(z.object({ classes: z.number(), groups: Groups, size: z.number(), l1: z.number(), row: Numbers, prox: Numbers })),
    problems: z.array(
      z.object({
        classes: z.number(),
        groups: Groups,
        lambda: z.number(),
        l1: z.number(),
        d: z.array(Numbers),
        t: z.array(Numbers),
        b: z.array(Numbers),
        objective: z.number(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('oracles/tree_lasso.json', import.meta.url), 'utf8')));

const columns = (of: readonly number[][]) => of.map((values) => Float64Array.from(values));
const peak = (x: Float64Array) => x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** A tree of classes that correlate at random. */
function randomTree({ seed, responses }: Pick<Shape, 'seed' | 'responses'>): ClassTree {
  const random = stream(seed, 'tree');
  const correlation = new Float64Array(responses * responses);
  for (let a = 0; a < responses; a++) {
    correlation[a * responses + a] = 1;
    for (let b = 0; b < a; b++) correlation[a * responses + b] = correlation[b * responses + a] = random.uniform();
  }
  return classTree({ classes: responses, correlation });
}

/** What a problem is made from; the problem itself would be pages of numbers in a counterexample. */
const cases = fc.record({ shape: shapes, l1: fc.constantFrom(0, 0.2), fraction: fc.constantFrom(0.8, 0.3, 0.1, 0.02) });

function make({ shape, l1, fraction }: { shape: Shape; l1: number; fraction: number }) {
  const problem = correlatedProblem(shape);
  const tree = randomTree(shape);
  const row = treeRowPenalty(tree, { l1 });
  const lambda = fraction * treePenalty(tree, { l1 }).lambdaMax(problem);
  // However long it takes: near-duplicates among the few channels here can be hard.
  const solve = (of: LassoProblem, start?: Float64Array) => solveByRows(of, row, lambda, start, 100_000);
  return { problem, solve, row, lambda, random: stream(shape.seed, 'case') };
}

/** A start far from the solution. */
const anywhere = (problem: LassoProblem, random: Rng) => problem.correlation.map(() => Math.max(0, random.normal()));

/** Channels of which none is like another, so that there is one solution and it is well settled. */
function apart(seed: number, fraction: number) {
  const random = stream(seed, 'apart');
  const column = () => Float64Array.from({ length: 60 }, () => random.normal());
  const d = unitColumns(Array.from({ length: 15 }, column));
  const t = unitColumns(Array.from({ length: 4 }, (_, c) => column().map((v, i) => v / 4 + d[c]![i]! + d[c + 1]![i]!)));
  const problem = problemOf(d, t);
  const tree = randomTree({ seed, responses: 4 });
  const penalty = treePenalty(tree, { l1: 0 });
  return { problem, penalty, row: treeRowPenalty(tree, { l1: 0 }), lambda: fraction * penalty.lambdaMax(problem), random };
}

function objective(problem: LassoProblem, row: RowPenalty, lambda: number, b: Float64Array): number {
  let sum = squaredError(problem, b, multiplyGram(problem, b));
  for (let at = 0; at < b.length; at += problem.responses) sum += lambda * row.norm(b.subarray(at, at + problem.responses));
  return sum;
}

/** FISTA (Beck and Teboulle 2009) on all rows at once, restarted where momentum points up (O'Donoghue and Candès 2015): another way to the same minimum. */
function fista(problem: LassoProblem, row: RowPenalty, lambda: number, steps: number): Float64Array {
  const { correlation, responses } = problem;
  const lipschitz = largestEigenvalue(problem);
  let b = new Float64Array(correlation.length);
  let y = b;
  let t = 1;
  for (let step = 0; step < steps; step++) {
    const product = multiplyGram(problem, y);
    const next = y.map((value, i) => value - (product[i]! - correlation[i]!) / lipschitz);
    for (let at = 0; at < next.length; at += responses) row.shrink(next.subarray(at, at + responses), lambda / lipschitz);
    const uphill = next.reduce((sum, value, i) => sum + (y[i]! - value) * (value - b[i]!), 0) > 0;
    const after = uphill ? 1 : (1 + Math.sqrt(1 + 4 * t * t)) / 2;
    const before = b;
    y = uphill ? next : next.map((value, i) => value + ((t - 1) / after) * (value - before[i]!));
    b = next;
    t = after;
  }
  return b;
}

describe('the proximal operator', () => {
  test('is that of the dual, to the duality gap', () => {
    for (const { classes, groups, size, l1, row, prox } of oracle.prox) {
      const shrunk = Float64Array.from(row);
      treeRowPenalty({ classes, merges: [], groups }, { l1 }).shrink(shrunk, size);
      for (const [c, value] of prox.entries()) expect(shrunk[c]!).toBeCloseTo(value, 6);
    }
    // Some of the oracle's rows vanish as a whole, some in part, some not at all.
    const zeros = new Set(
      oracle.prox.map(({ prox }) => Math.sign(prox.filter((value) => value === 0).length) + Number(prox.every((value) => value === 0))),
    );
    expect([...zeros].sort()).toEqual([0, 1, 2]);
  });

  test('cannot be bettered by any step nearby', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 12 }),
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.constantFrom(0, 0.3),
        (seed, classes, size, l1) => {
          const random = stream(seed, 'prox');
          const penalty = treeRowPenalty(randomTree({ seed, responses: classes }), { l1 });
          const row = Float64Array.from({ length: classes }, () => random.normal());
          const value = (x: Float64Array) => x.reduce((sum, v, c) => sum + (v - row[c]!) ** 2 / 2, 0) + size * penalty.norm(x);
          const shrunk = row.slice();
          penalty.shrink(shrunk, size);
          expect(shrunk.every((v) => v >= 0)).toBe(true);
          for (let i = 0; i < 60; i++) {
            const length = 10 ** -random.int(6);
            const single = random.int(classes);
            const step = shrunk.map((_, c) => (i % 2 || c === single ? length * random.normal() : 0));
            expect(value(shrunk.map((v, c) => Math.max(0, v + step[c]!)))).toBeGreaterThanOrEqual(value(shrunk) - 1e-13);
          }
        },
      ),
    );
  });

  test('with size 0 is the constraint alone', () => {
    const row = Float64Array.from([0.5, -0.5, 0, 2]);
    treeRowPenalty(randomTree({ seed: 1, responses: 4 }), { l1: 0.3 }).shrink(row, 0);
    expect([...row]).toEqual([0.5, 0, 0, 2]);
  });
});

test.each(oracle.problems)(
  'a problem solved from D and T themselves, lambda $lambda',
  ({ classes, groups, lambda, l1, d, t, b, objective }) => {
    const problem = problemOf(columns(d), columns(t));
    const found = treePenalty({ classes, merges: [], groups }, { l1 }).solve(problem, lambda);
    expect(found.objective).toBeCloseTo(objective, 9);
    for (const [i, value] of b.flat().entries()) expect(found.coefficients[i]!).toBeCloseTo(value, 4);
  },
);

describe('a solution', () => {
  test('meets the optimality conditions, and FISTA finds none better', () => {
    fc.assert(
      fc.property(cases, (made) => {
        const { problem, row, solve, lambda } = make(made);
        const found = solve(problem);
        expect(found.coefficients.every((value) => value >= 0)).toBe(true);
        expect(found.residual).toBeLessThanOrEqual(1e-6 * peak(problem.correlation));
        expect(peak(violations(problem, row, lambda, found.coefficients))).toBe(found.residual);
        expect(found.objective).toBeCloseTo(objective(problem, row, lambda, found.coefficients), 12);
        expect(found.objective).toBeLessThanOrEqual(objective(problem, row, lambda, fista(problem, row, lambda, 300)) + 1e-8);
      }),
      { numRuns: 50 },
    );
  });

  test('is that of FISTA, row by row, where channels are not near-duplicates', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(0.5, 0.1), (seed, fraction) => {
        const { problem, penalty, row, lambda } = apart(seed, fraction);
        const reference = fista(problem, row, lambda, 500);
        const found = penalty.solve(problem, lambda).coefficients;
        for (const [i, value] of reference.entries()) expect(found[i]!).toBeCloseTo(value, 5);
        expect(nonzeroRows(found, problem.responses)).toEqual(nonzeroRows(reference, problem.responses));
      }),
      { numRuns: 30 },
    );
  });

  test('is reached without the objective ever rising', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), (made, warm) => {
        const { problem, row, lambda, random } = make(made);
        const start = warm ? anywhere(problem, random) : undefined;
        let last = objective(problem, row, lambda, start ?? new Float64Array(problem.correlation.length));
        const sweeps = start ? [0, 1, 2, 3, 5, 6, 8, 12, 20, 40, 80, 200] : [1, 2, 3, 5, 6, 8, 12, 20, 40, 80, 200];
        for (const most of sweeps) {
          const found = solveByRows(problem, row, lambda, start, most);
          expect(found.iterations).toBeLessThanOrEqual(most);
          expect(found.coefficients.every((value) => value >= 0)).toBe(true);
          expect(found.objective).toBeLessThanOrEqual(last + 1e-12);
          last = found.objective;
        }
      }),
      { numRuns: 30 },
    );
  });

  test('does not hang on where it began', () => {
    fc.assert(
      fc.property(cases, (made) => {
        const { problem, solve, random } = make(made);
        const cold = solve(problem);
        expect(solve(problem, anywhere(problem, random)).objective).toBeCloseTo(cold.objective, 4);
        // Begun at a solution, it is one already.
        const again = solve(problem, cold.coefficients);
        expect(again.coefficients).toEqual(cold.coefficients);
        expect(again.iterations).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('leaves the coefficients it begins with as they are', () => {
    const problem = correlatedProblem({ seed: 1, channels: 10, responses: 3, equations: 20 });
    const start = new Float64Array(30).fill(0.5);
    treePenalty(randomTree({ seed: 1, responses: 3 }), { l1: 0 }).solve(problem, 0.01, start);
    expect([...start]).toEqual(new Array(30).fill(0.5));
  });

  test('permutes with the channels', () => {
    fc.assert(
      fc.property(cases, (made) => {
        const { problem, solve, random } = make(made);
        const order = [...random.permutation(problem.channels)];
        const one = solve(problem);
        const reordered = permuted(problem, order);
        const other = solve(reordered);
        expect(other.objective).toBeCloseTo(one.objective, 4);
        // Of near-duplicates the one or the other may be taken; what all explain together, D B, is the same.
        const apart = permutedRows(one.coefficients, order, problem.responses).map((value, i) => value - other.coefficients[i]!);
        const product = multiplyGram(reordered, apart);
        expect(apart.reduce((sum, value, i) => sum + value * product[i]!, 0)).toBeLessThan(1e-4);
      }),
      { numRuns: 30 },
    );
  });

  test('has the same rows in another order of the channels, where these are not near-duplicates', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { problem, penalty, lambda, random } = apart(seed, 0.3);
        const order = [...random.permutation(problem.channels)];
        const one = permutedRows(penalty.solve(problem, lambda).coefficients, order, problem.responses);
        const other = penalty.solve(permuted(problem, order), lambda).coefficients;
        for (const [i, value] of one.entries()) expect(other[i]!).toBeCloseTo(value, 5);
      }),
      { numRuns: 30 },
    );
  });

  test('that is not reached within the sweeps allowed says how far it is', () => {
    const { problem, row, lambda } = make({ shape: { seed: 3, channels: 30, responses: 4, equations: 40 }, l1: 0, fraction: 0.1 });
    const found = solveByRows(problem, row, lambda, undefined, 4);
    expect(found.iterations).toBe(4);
    expect(found.residual).toBeGreaterThan(1e-6 * peak(problem.correlation));
    expect(found.residual).toBe(peak(violations(problem, row, lambda, found.coefficients)));
  });

  test('without penalty is the least squares with B >= 0', () => {
    const problem = correlatedProblem({ seed: 5, channels: 8, responses: 3, equations: 40 });
    const { coefficients } = treePenalty(randomTree({ seed: 5, responses: 3 }), { l1: 0 }).solve(problem, 0);
    const product = multiplyGram(problem, coefficients);
    for (const [i, value] of coefficients.entries()) {
      const slope = product[i]! - problem.correlation[i]!;
      if (value > 0) expect(Math.abs(slope)).toBeLessThan(1e-6);
      else expect(slope).toBeGreaterThan(-1e-6);
    }
    expect(nonzeroRows(coefficients, 3).length).toBeGreaterThan(3);
  });
});

describe('the largest lambda', () => {
  test('empties all rows, and a little less does not', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(0, 0.2), (shape, l1) => {
        const problem = correlatedProblem(shape);
        const penalty = treePenalty(randomTree(shape), { l1 });
        const most = penalty.lambdaMax(problem);
        expect(most).toBeGreaterThan(0);
        const start = problem.correlation.map(() => 1);
        expect(nonzeroRows(penalty.solve(problem, most, start).coefficients, problem.responses)).toEqual([]);
        expect(nonzeroRows(penalty.solve(problem, most * (1 - 1e-5)).coefficients, problem.responses)).not.toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test('of two channels alike to two classes, in closed form', () => {
    // Both classes have correlation p with the channel: (0.9 lambda, 0.9 lambda) off by the classes' own norms, then 0.1 lambda of the length left.
    const p = 0.6;
    const problem: LassoProblem = {
      channels: 1,
      responses: 2,
      gram: Float64Array.of(1),
      correlation: Float64Array.of(p, p),
      energy: 2,
    };
    const tree = classTree({ classes: 2, correlation: Float64Array.of(1, 0, 0, 1) });
    expect(treePenalty(tree, { l1: 0 }).lambdaMax(problem)).toBeCloseTo((Math.SQRT2 * p) / (0.9 * Math.SQRT2 + 0.1), 10);
  });
});

describe('planted channels', () => {
  test('are found among ten times as many others, by the classes that they serve', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = stream(seed, 'planted');
        const column = () => Float64Array.from({ length: 300 }, () => random.normal());
        const d = unitColumns(Array.from({ length: 44 }, column));
        const classes = [[0, 1], [0, 1], [2, 3], [2, 3]]; // prettier-ignore
        const t = unitColumns(classes.map((of) => column().map((v, i) => v / 60 + of.reduce((sum, k) => sum + d[k]![i]!, 0))));
        const problem = problemOf(d, t);
        const correlation = Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : i >> 3 === (i % 4) >> 1 ? 0.9 : 0));
        const penalty = treePenalty(classTree({ classes: 4, correlation }), { l1: 0 });
        const { coefficients } = penalty.solve(problem, 0.45 * penalty.lambdaMax(problem));
        expect(nonzeroRows(coefficients, 4)).toEqual([0, 1, 2, 3]);
        for (const k of [0, 1, 2, 3]) {
          expect(classes.map((of, c) => [of.includes(k), coefficients[k * 4 + c]! > 0.1])).toEqual(
            classes.map((of) => [of.includes(k), of.includes(k)]),
          );
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('degenerate problems', () => {
  const tree = randomTree({ seed: 3, responses: 3 });
  const penalty = treePenalty(tree, { l1: 0.1 });
  const full = (size: number) => new Float64Array(size).fill(0.3);

  test('constant channels stay empty, whatever the start, and change nothing for the others', () => {
    const problem = correlatedProblem({ seed: 9, channels: 14, responses: 3, equations: 40 });
    for (const lambda of [0, 0.05 * penalty.lambdaMax(problem)]) {
      const rows = nonzeroRows(penalty.solve(problem, lambda, full(42)).coefficients, 3);
      expect(rows).not.toEqual([]);
      expect(rows).not.toContain(6);
      expect(rows).not.toContain(13);
    }
  });

  test.each([0, 0.1])('where nothing correlates with a class, nothing is kept (lambda %s)', (lambda) => {
    const problem = { ...correlatedProblem({ seed: 9, channels: 14, responses: 3, equations: 40 }), correlation: new Float64Array(42) };
    expect(penalty.lambdaMax(problem)).toBe(0);
    const found = penalty.solve(problem, lambda, full(42));
    expect(found).toEqual({ coefficients: new Float64Array(42), objective: problem.energy / 2, iterations: 0, residual: 0 });
  });

  test('channels that only correlate negatively are of no use to B >= 0', () => {
    const problem = {
      ...correlatedProblem({ seed: 9, channels: 14, responses: 3, equations: 40 }),
      correlation: new Float64Array(42).fill(-0.2),
    };
    expect(penalty.lambdaMax(problem)).toBe(0);
    expect(penalty.solve(problem, 0.01).coefficients.every((value) => value === 0)).toBe(true);
  });

  test('all channels the same one', () => {
    const column = unitColumns([Float64Array.from({ length: 20 }, (_, i) => Math.sin(i))])[0]!;
    const problem = problemOf(new Array<Float64Array>(30).fill(column), [column, column, column]);
    const found = penalty.solve(problem, 0.1 * penalty.lambdaMax(problem));
    expect(found.residual).toBeLessThanOrEqual(1e-6);
    expect(found.coefficients.every(Number.isFinite)).toBe(true);
    expect(nonzeroRows(found.coefficients, 3).length).toBeGreaterThan(0);
  });

  test('a single class, and classes that stand or fall together', () => {
    const one = correlatedProblem({ seed: 2, channels: 10, responses: 1, equations: 30 });
    const lasso = treePenalty(classTree({ classes: 1, correlation: Float64Array.of(1) }), { l1: 0 });
    // A tree of one leaf is the plain lasso, whose rows all vanish at the largest entry of D'T.
    expect(lasso.lambdaMax(one)).toBeCloseTo(Math.max(...one.correlation), 10);
    const alike = treePenalty(classTree({ classes: 3, correlation: new Float64Array(9).fill(1) }), { l1: 0 });
    const problem = correlatedProblem({ seed: 2, channels: 10, responses: 3, equations: 30 });
    const longest = Math.max(
      ...Array.from({ length: 10 }, (_, k) => Math.hypot(...problem.correlation.subarray(3 * k, 3 * k + 3).map((v) => Math.max(0, v)))),
    );
    expect(alike.lambdaMax(problem)).toBeCloseTo(longest, 10);
  });
});
