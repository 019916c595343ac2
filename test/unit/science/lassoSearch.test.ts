/** The search of one penalty for all layers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lassoPenalty } from '../../../src/engine/lasso/lassoPenalty';
import type { LassoProblem, Penalty } from '../../../src/engine/lasso/problem';
import { searchPenalty } from '../../../src/engine/lasso/search';
import { stream } from '../../../src/engine/random';
import { count } from './arbitraries';

/** Channels that have nothing to do with each other: a coefficient is what is left of its correlation beyond the penalty, max(c - lambda, 0). */
function orthogonal(correlation: readonly number[]): LassoProblem {
  const channels = correlation.length;
  const gram = Float64Array.from({ length: channels * channels }, (_, e) => (e % (channels + 1) === 0 ? 1 : 0));
  correlation.forEach((c, k) => c === 0 && (gram[k * (channels + 1)] = 0));
  return { channels, responses: 1, gram, correlation: Float64Array.from(correlation), energy: 1 };
}

const penalty = lassoPenalty({ signed: false });
const search = (problems: LassoProblem[], target: number, more: { floor?: number; penalty?: Penalty } = {}) =>
  searchPenalty({ problems, penalty, floor: 1, size: count, target, pause: () => Promise.resolve(), ...more });

describe('the search for the penalty', () => {
  const drawn = fc.record({
    widths: fc.array(fc.integer({ min: 2, max: 30 }), { minLength: 1, maxLength: 4 }),
    seed: fc.nat(),
    share: fc.integer({ min: 10, max: 90 }),
  });

  test('ends with as many channels as wanted, those that say most whatever their layer', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ widths, seed, share }) => {
        const rng = stream(seed, 'correlation');
        // A hundredth apart at least, and none at the path's end.
        const places = [...rng.permutation(widths.reduce((a, b) => a + b, 0))];
        const correlations = widths.map((width) => Array.from({ length: width }, () => 0.02 + places.pop()! / 130));
        const all = correlations.flat().sort((a, b) => b - a);
        const target = Math.max(widths.length, Math.round((share / 100) * all.length));
        const found = await search(correlations.map(orthogonal), target);
        const lambda = found.rho * all[0]!;
        const kept = found.scores.map((scores) => [...scores].map((score) => score > 1));
        expect(kept).toEqual(correlations.map((layer) => layer.map((c) => c > lambda)));
        // Where a layer says little it has its floor all the same, and fewer are left for the others.
        const floors = kept.filter((layer) => !layer.includes(true)).length;
        expect(kept.flat().filter(Boolean).length + floors).toBe(target);
        found.scores.forEach((scores, l) => {
          const largest = Math.max(...correlations[l]!);
          scores.forEach((score, k) => {
            const c = correlations[l]![k]!;
            expect(score).toBeCloseTo(c > lambda ? 1 + (c - lambda) / (largest - lambda) : c / largest, 3);
          });
        });
      }),
      { numRuns: 60 },
    );
  });

  test('leaves constant channels last, and does without a penalty that says nothing', async () => {
    const { scores } = await search([orthogonal([0.5, 0, 0.4, 0.3])], 2);
    expect([...scores[0]!].map((s) => (s > 1 ? 'kept' : s))).toEqual(['kept', 0, 'kept', 0.6]);
    const nothing = await search([orthogonal([0, 0]), orthogonal([0])], 2);
    expect(nothing).toMatchObject({ rho: 1, steps: 1 });
    expect(nothing.scores.map((s) => [...s])).toEqual([[0, 0], [0]]);
  });

  test('keeps what the floor holds, and asks for no less than nothing', async () => {
    const sizes: number[] = [];
    const { rho, steps } = await searchPenalty({
      problems: [orthogonal([0.5, 0.4, 0.3]), orthogonal([0.1, 0.2])],
      penalty,
      floor: 2,
      size: (masks) => (sizes.push(count(masks)), sizes.at(-1)!),
      target: 4,
      pause: () => Promise.resolve(),
    });
    expect([rho, steps, sizes]).toEqual([1, 1, [4]]);
  });

  test('begins each solution with the one before', async () => {
    const starts: (Float64Array | undefined)[] = [];
    const solutions: Float64Array[] = [];
    const watched: Penalty = {
      lambdaMax: (problem) => penalty.lambdaMax(problem),
      solve: (problem, lambda, start) => {
        starts.push(start);
        const solution = penalty.solve(problem, lambda, start);
        solutions.push(solution.coefficients);
        return solution;
      },
    };
    await search([orthogonal([0.5, 0.02, 0.015, 0.012])], 3, { penalty: watched });
    expect(starts.length).toBeGreaterThan(2);
    expect([...starts[0]!]).toEqual([0, 0, 0, 0]);
    expect(solutions).toEqual(expect.arrayContaining(starts.slice(1)));
  });

  test('ends at once where the run is cancelled', async () => {
    const pause = () => Promise.reject(new Error('cancelled'));
    await expect(searchPenalty({ problems: [orthogonal([1])], penalty, floor: 1, size: count, target: 1, pause })).rejects.toThrow(
      'cancelled',
    );
  });
});
