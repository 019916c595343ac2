import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balancedRows } from '../../../src/engine/lasso/balancedRows';
import { stream } from '../../../src/engine/random';

const CLASSES = 6;
/** Some classes common, some rare, some absent. */
const labelled = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: CLASSES, maxLength: CLASSES }), fc.nat())
  .map(([sizes, seed]) => stream(seed, 'labels').shuffle(Int32Array.from(sizes.flatMap((size, c) => Array<number>(size).fill(c)))));

function countsOf(labels: Int32Array): number[] {
  const counts = Array<number>(CLASSES).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}

const draw = (labels: Int32Array, samples: number, seed: number) => balancedRows(labels, CLASSES, samples, stream(seed, 'calibration'));

describe('balanced rows', () => {
  it('are as many as are wanted, distinct and sorted', () => {
    fc.assert(
      fc.property(labelled, fc.integer({ min: 1, max: 250 }), fc.nat(), (labels, samples, seed) => {
        const rows = [...draw(labels, samples, seed)];
        expect(rows.length).toBe(Math.min(samples, labels.length));
        rows.forEach((row, i) => {
          expect(row).toBeLessThan(labels.length);
          expect(row).toBeGreaterThan(i === 0 ? -1 : rows[i - 1]!);
        });
      }),
    );
  });

  it('are of each class as many as of any other, one more or less, unless they are all that the class has', () => {
    fc.assert(
      fc.property(labelled, fc.integer({ min: 1, max: 250 }), fc.nat(), (labels, samples, seed) => {
        const available = countsOf(labels);
        const given = countsOf(draw(labels, samples, seed).map((row) => labels[row]!));
        const most = Math.max(...given);
        given.forEach((count, c) => expect(count).toBeGreaterThanOrEqual(Math.min(available[c]!, most - 1)));
      }),
    );
  });

  it('are drawn: the same for a seed, any row for some seed, and no class always gives the odd one', () => {
    const labels = Int32Array.from({ length: 60 }, (_, row) => row % CLASSES);
    expect(draw(labels, 20, 7)).toEqual(draw(labels, 20, 7));
    const draws = Array.from({ length: 100 }, (_, seed) => draw(labels, 20, seed));
    expect(new Set(draws.flatMap((rows) => [...rows])).size).toBe(60);
    const more = draws.flatMap((rows) => countsOf(rows.map((row) => labels[row]!)).flatMap((count, c) => (count === 4 ? [c] : [])));
    expect(more.length).toBe(200);
    expect(new Set(more).size).toBe(CLASSES);
  });
});
