import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { graphRowPenalty } from '../../../src/engine/lasso/graphRowPenalty';
import { graphNormBound, smoothedGraphNorm } from '../../../src/engine/lasso/smoothedGraphNorm';
import { stream } from '../../../src/engine/random';
import { randomEdges } from './correlatedProblem';
import { graphOracle } from './graphOracle';

const cases = fc.record({
  seed: fc.nat(),
  responses: fc.integer({ min: 2, max: 8 }),
  rows: fc.integer({ min: 1, max: 6 }),
  signed: fc.boolean(),
});
const weight = 0.7;

/** B' [responses × rows], some of it tied or zero, and edges. */
function random({ seed, responses, rows, signed }: { seed: number; responses: number; rows: number; signed: boolean }) {
  const chance = stream(seed, 'b');
  const b = Float64Array.from({ length: responses * rows }, () => (chance.uniform() < 0.3 ? 0 : chance.normal()));
  return { b, edges: randomEdges({ seed, responses }, signed), size: b.length };
}

test('the gradient is that of finite differences', () => {
  fc.assert(
    fc.property(cases, fc.constantFrom(0.01, 0.1, 1), (shape, mu) => {
      const { b, edges, size } = random(shape);
      const value = (x: Float64Array) => smoothedGraphNorm(edges, shape.rows, x, weight, mu, new Float64Array(size));
      // What the gradient is added to stays.
      const gradient = new Float64Array(size).fill(3);
      smoothedGraphNorm(edges, shape.rows, b, weight, mu, gradient);
      const h = 1e-6;
      for (let i = 0; i < size; i++) {
        const shifted = (by: number) => value(b.map((x, k) => (k === i ? x + by : x)));
        expect(Math.abs((shifted(h) - shifted(-h)) / (2 * h) - (gradient[i]! - 3))).toBeLessThan(1e-6 + (h / mu) * edges.length);
      }
    }),
  );
});

test('smoothing takes off at most mu/2 for each edge and row, and nothing of what is not', () => {
  fc.assert(
    fc.property(cases, fc.constantFrom(1e-6, 0.01, 1), (shape, mu) => {
      const { b, edges, size } = random(shape);
      const smoothed = smoothedGraphNorm(edges, shape.rows, b, weight, mu, new Float64Array(size));
      const penalty = graphRowPenalty(edges, { tau: 1, signed: true });
      let exact = 0;
      for (let k = 0; k < shape.rows; k++) {
        const row = Float64Array.from({ length: shape.responses }, (_, c) => b[c * shape.rows + k]!);
        exact += weight * (penalty.norm(row) - row.reduce((sum, value) => sum + Math.abs(value), 0));
      }
      expect(smoothed).toBeLessThanOrEqual(exact + 1e-12);
      expect(smoothed).toBeGreaterThanOrEqual(exact - (mu / 2) * edges.length * shape.rows - 1e-12);
    }),
  );
});

test('gradients are as far apart as the bound allows, at most', () => {
  fc.assert(
    fc.property(cases, (shape) => {
      const { b, edges, size } = random(shape);
      const mu = 0.05;
      const other = random({ ...shape, seed: shape.seed + 1 }).b.map((value, i) => b[i]! + 0.01 * value);
      const at = (x: Float64Array) => {
        const gradient = new Float64Array(size);
        smoothedGraphNorm(edges, shape.rows, x, weight, mu, gradient);
        return gradient;
      };
      const length = (x: Float64Array, y: Float64Array) => Math.hypot(...x.map((value, i) => value - y[i]!));
      const lipschitz = (weight ** 2 * graphNormBound(edges, shape.responses)) / mu;
      expect(length(at(b), at(other))).toBeLessThanOrEqual(lipschitz * length(b, other) + 1e-12);
    }),
  );
});

describe('the bound is the eigenvalue, and never less', () => {
  test.each(graphOracle.bounds)('$classes classes', ({ classes, edges, bound }) => {
    expect(graphNormBound(edges, classes) / bound).toBeCloseTo(1, 11);
    expect(graphNormBound(edges, classes)).toBeGreaterThan(bound * (1 - 1e-14));
  });

  test('one edge', () => {
    expect(graphNormBound([{ a: 0, b: 1, r: -0.5 }], 2)).toBeCloseTo(0.5, 11);
  });
});
