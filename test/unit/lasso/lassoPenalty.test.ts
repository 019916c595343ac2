import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lassoPenalty } from '../../../src/engine/lasso/lassoPenalty';
import { gradient, multiplyGram } from '../../../src/engine/lasso/linear';
import { correlatedProblem, nonzeroRows, shapes } from './correlatedProblem';
import { graphOracle } from './graphOracle';

const plain = graphOracle.cases.filter(({ edges }) => edges.length === 0);

test('the oracle has problems without edges, with signs and without', () => {
  expect(plain.map(({ signed }) => signed)).toEqual([false, true]);
});

describe.each(plain)('against a convex solver: $name', (problem) => {
  const penalty = lassoPenalty(problem);

  test('lambda max', () => {
    expect(penalty.lambdaMax(problem)).toBeCloseTo(problem.lambdaMax, 10);
  });

  test.each(problem.solutions)('lambda $lambda', ({ lambda, objective, b }) => {
    const found = penalty.solve(problem, lambda);
    expect(found.objective).toBeCloseTo(objective, 6);
    const difference = found.coefficients.map((value, i) => Math.abs(value - b.flat()[i]!));
    expect(Math.max(...difference)).toBeLessThan(1e-3);
  });
});

describe('any problem', () => {
  test.each([true, false])('KKT conditions, entry by entry (signed: %s)', (signed) => {
    fc.assert(
      fc.property(shapes, fc.double({ min: 0.02, max: 0.99, noNaN: true }), (shape, rho) => {
        const problem = correlatedProblem({ ...shape, equations: 80 });
        const penalty = lassoPenalty({ signed });
        const lambda = rho * penalty.lambdaMax(problem);
        const { coefficients } = penalty.solve(problem, lambda);
        const slope = gradient(problem, multiplyGram(problem, coefficients));
        for (const [i, value] of coefficients.entries()) {
          if (!signed) expect(value).toBeGreaterThanOrEqual(0);
          const wrong =
            value !== 0 ? slope[i]! + lambda * Math.sign(value) : Math.max(0, (signed ? Math.abs(slope[i]!) : -slope[i]!) - lambda);
          expect(Math.abs(wrong)).toBeLessThan(1e-3);
        }
      }),
      { numRuns: 40 },
    );
  });

  test.each([true, false])('lambda max is the largest of the correlations, and empties all (signed: %s)', (signed) => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const problem = correlatedProblem(shape);
        const penalty = lassoPenalty({ signed });
        const lambdaMax = penalty.lambdaMax(problem);
        const expected = Math.max(0, ...(signed ? problem.correlation.map(Math.abs) : problem.correlation));
        expect(Math.abs(lambdaMax - expected)).toBeLessThan(1e-11);
        expect(nonzeroRows(penalty.solve(problem, lambdaMax, problem.correlation.map(Math.abs)).coefficients, problem.responses)).toEqual(
          [],
        );
        if (lambdaMax > 0) expect(nonzeroRows(penalty.solve(problem, 0.999 * lambdaMax).coefficients, problem.responses)).not.toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

test('one channel: the soft threshold', () => {
  const problem = { channels: 1, responses: 3, gram: Float64Array.of(1), correlation: Float64Array.of(0.5, -0.5, 0.1), energy: 3 };
  const rounded = (signed: boolean) =>
    [...lassoPenalty({ signed }).solve(problem, 0.2).coefficients].map((value) => Number(value.toFixed(12)));
  expect(rounded(true)).toEqual([0.3, -0.3, 0]);
  expect(rounded(false)).toEqual([0.3, 0, 0]);
});

test('constant channels and responses have no coefficients, and nothing is not a number', () => {
  const problem = { channels: 2, responses: 2, gram: Float64Array.of(1, 0, 0, 0), correlation: Float64Array.of(0.5, 0, 0, 0), energy: 1 };
  const { coefficients, objective } = lassoPenalty({ signed: true }).solve(problem, 0.1, Float64Array.of(0, 1, 1, 1));
  expect([...coefficients].map((value) => Number(value.toFixed(9)))).toEqual([0.4, 0, 0, 0]);
  expect(objective).toBeCloseTo(0.5 - 0.16 / 2, 9);
});
