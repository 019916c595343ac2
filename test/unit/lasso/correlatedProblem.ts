import fc from 'fast-check';
import type { ClassEdge, LassoProblem } from '../../../src/engine/lasso/problem';
import { stream } from '../../../src/engine/random';

/** Columns [length × n] by column, each scaled to length 1; columns of zeros stay. */
export function unitColumns(columns: readonly Float64Array[]): Float64Array[] {
  return columns.map((x) => {
    const size = Math.sqrt(inner(x, x));
    return size > 0 ? x.map((value) => value / size) : x;
  });
}

/** The problem of unit columns D (channels) and T (responses). */
export function problemOf(channels: readonly Float64Array[], responses: readonly Float64Array[]): LassoProblem {
  return {
    channels: channels.length,
    responses: responses.length,
    gram: Float64Array.from(channels.flatMap((x) => channels.map((y) => inner(x, y)))),
    correlation: Float64Array.from(channels.flatMap((x) => responses.map((y) => inner(x, y)))),
    energy: responses.reduce((sum, y) => sum + inner(y, y), 0),
  };
}

export interface Shape {
  seed: number;
  channels: number;
  responses: number;
  equations: number;
}

export const shapes = fc.record({
  seed: fc.nat(),
  channels: fc.integer({ min: 1, max: 40 }),
  responses: fc.integer({ min: 2, max: 8 }),
  equations: fc.integer({ min: 5, max: 80 }),
});

/** Channels that have a direction in common, every third nearly the one before, every seventh constant; responses that lean on some of them. */
export function correlatedProblem({ seed, channels, responses, equations }: Shape): LassoProblem {
  const random = stream(seed, 'problem');
  const vector = () => Float64Array.from({ length: equations }, () => random.normal());
  const shared = vector();
  const d: Float64Array[] = [];
  for (let k = 0; k < channels; k++) {
    const own = vector();
    if (k % 7 === 6) d.push(new Float64Array(equations));
    else if (k % 3 === 2) d.push(d[k - 1]!.map((value, i) => value + 0.05 * own[i]!));
    else d.push(own.map((value, i) => value + shared[i]!));
  }
  const t = Array.from({ length: responses }, (_, c) => {
    const own = vector();
    return own.map((value, i) => value + 0.7 * shared[i]! + (c % 2 ? 1 : 2) * d[(c >> 1) % channels]![i]!);
  });
  return problemOf(unitColumns(d), unitColumns(t));
}

/** About half of all pairs of classes, with random r: in (0, 1), or with signed in (-1, 1). */
export function randomEdges({ seed, responses }: Pick<Shape, 'seed' | 'responses'>, signed: boolean): ClassEdge[] {
  const random = stream(seed, 'edges');
  const edges: ClassEdge[] = [{ a: 0, b: 1, r: 0.5 }];
  for (let a = 0; a < responses; a++) {
    for (let b = Math.max(2, a + 1); b < responses; b++) {
      const r = (signed && random.uniform() < 0.5 ? -1 : 1) * (0.05 + 0.95 * random.uniform());
      if (random.uniform() < 0.5) edges.push({ a, b, r });
    }
  }
  return edges;
}

/** Channels with coefficients. */
export function nonzeroRows(b: Float64Array, responses: number): number[] {
  const rows = Array.from({ length: b.length / responses }, (_, k) => k);
  return rows.filter((k) => b.subarray(k * responses, (k + 1) * responses).some((value) => value !== 0));
}

/** The problem with its channels in another order: channel k of the new one is channel order[k]. */
export function permuted(problem: LassoProblem, order: readonly number[]): LassoProblem {
  const { channels: d, responses } = problem;
  return {
    ...problem,
    gram: Float64Array.from({ length: d * d }, (_, i) => problem.gram[order[Math.floor(i / d)]! * d + order[i % d]!]!),
    correlation: permutedRows(problem.correlation, order, responses),
  };
}

export function permutedRows(b: Float64Array, order: readonly number[], responses: number): Float64Array {
  return Float64Array.from(b, (_, i) => b[order[Math.floor(i / responses)]! * responses + (i % responses)]!);
}

function inner(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0);
}
