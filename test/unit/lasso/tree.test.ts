import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { classCorrelation } from '../../../src/engine/lasso/classGraph';
import type { ClassStructure, ClassTree } from '../../../src/engine/lasso/problem';
import { classTree } from '../../../src/engine/lasso/tree';
import { stream } from '../../../src/engine/random';

/** By oracles/class_tree.py. */
const oracle = z
  .object({
    cases: z.array(
      z.object({
        name: z.string(),
        samples: z.number(),
        classes: z.number(),
        logits: z.array(z.number()),
        heights: z.array(z.number()),
        groups: z.array(z.object({ members: z.array(z.number()), weight: z.number() })),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('oracles/class_tree.json', import.meta.url), 'utf8'))).cases;

describe.each(oracle)('as scipy has it: $name', ({ samples, classes, logits, heights, groups }) => {
  const tree = classTree(classCorrelation(Float32Array.from(logits), samples, classes));

  test('heights of the merges', () => {
    expect(tree.merges).toHaveLength(classes - 1);
    for (const [i, merge] of tree.merges.entries()) expect(merge.height).toBeCloseTo(heights[i]!, 10);
  });

  test('groups and weights', () => {
    expect(tree.groups).toHaveLength(groups.length);
    expect(tree.groups.map((group) => group.members)).toEqual(groups.map((group) => group.members));
    for (const [i, group] of tree.groups.entries()) expect(group.weight).toBeCloseTo(groups[i]!.weight, 10);
  });
});

/** Correlations of random classes; with few values there are ties, and with 0 classes of which nothing is known. */
const structures = fc
  .record({
    classes: fc.integer({ min: 1, max: 30 }),
    seed: fc.nat(),
    values: fc.constantFrom(null, [0], [1], [0, 1], [-1, 0, 0.5], [0.2, 0.7]),
  })
  .map(({ classes, seed, values }): ClassStructure => {
    const random = stream(seed, 'structure');
    const r = () => (values ? values[Math.floor(random.uniform() * values.length)]! : 2 * random.uniform() - 1);
    const correlation = new Float64Array(classes * classes);
    for (let a = 0; a < classes; a++) {
      correlation[a * classes + a] = 1;
      for (let b = 0; b < a; b++) correlation[a * classes + b] = correlation[b * classes + a] = r();
    }
    return { classes, correlation };
  });

const contains = (outer: readonly number[], inner: readonly number[]) => inner.every((c) => outer.includes(c));

describe('of any classes', () => {
  test('weights of the groups that hold a class sum to 1, and none is negative', () => {
    fc.assert(
      fc.property(structures, fc.double({ min: 0, max: 1, noNaN: true }), (structure, clip) => {
        const { groups } = classTree(structure, { clip });
        for (let c = 0; c < structure.classes; c++) {
          expect(groups.reduce((sum, group) => sum + (group.members.includes(c) ? group.weight : 0), 0)).toBeCloseTo(1, 12);
        }
        expect(groups.every((group) => group.weight >= 0)).toBe(true);
      }),
    );
  });

  test('groups are nested or apart, come after what they contain, and end with all classes', () => {
    fc.assert(
      fc.property(structures, (structure) => {
        const { classes, groups } = classTree(structure);
        expect(groups.slice(0, classes).map((group) => group.members)).toEqual(Array.from({ length: classes }, (_, c) => [c]));
        expect(groups.at(-1)!.members).toEqual(Array.from({ length: classes }, (_, c) => c));
        for (const [j, later] of groups.entries()) {
          expect([...later.members].sort((a, b) => a - b)).toEqual(later.members);
          for (const earlier of groups.slice(0, j)) {
            expect(contains(later.members, earlier.members) || !earlier.members.some((c) => later.members.includes(c))).toBe(true);
          }
        }
      }),
    );
  });

  test('heights are in [0, 1] and do not fall, and each merge joins two of what came before, once', () => {
    fc.assert(
      fc.property(structures, (structure) => {
        const { classes, merges } = classTree(structure);
        expect(merges).toHaveLength(classes - 1);
        const used = merges.flatMap(({ left, right }, i) => {
          expect(Math.max(left, right)).toBeLessThan(classes + i);
          return [left, right];
        });
        expect(new Set(used).size).toBe(2 * merges.length);
        const heights = merges.map((merge) => merge.height);
        expect(heights).toEqual([...heights].sort((a, b) => a - b));
        for (const height of heights) expect(height >= 0 && height <= 1).toBe(true);
      }),
    );
  });

  test('the group of all classes weighs at least 1 less the clip', () => {
    fc.assert(
      fc.property(structures, (structure) => {
        if (structure.classes > 1) expect(classTree(structure).groups.at(-1)!.weight).toBeGreaterThanOrEqual(0.1 - 1e-12);
      }),
    );
  });
});

describe('degenerate', () => {
  const all = (classes: number, r: number): ClassTree =>
    classTree({ classes, correlation: Float64Array.from({ length: classes * classes }, (_, i) => (i % (classes + 1) === 0 ? 1 : r)) });

  test('classes that say nothing of each other have one group, of all of them', () => {
    const { groups } = all(6, 0);
    expect(groups).toHaveLength(7);
    expect(groups[0]!.weight).toBeCloseTo(0.9, 12);
    expect(groups[6]!.weight).toBeCloseTo(0.1, 12);
  });

  test('classes that are all alike stand or fall together', () => {
    const { groups, merges } = all(4, 1);
    expect(merges.map((merge) => merge.height)).toEqual([0, 0, 0]);
    expect(groups.map((group) => group.weight)).toEqual([0, 0, 0, 0, 1]);
  });

  test('correlations a rounding above 1 are no negative distance', () => {
    expect(all(3, 1 + 1e-15).merges.map((merge) => merge.height)).toEqual([0, 0]);
  });

  test('a single class', () => {
    expect(all(1, 0)).toEqual({ classes: 1, merges: [], groups: [{ members: [0], weight: 1 }] });
  });

  test('ties go to the classes that come first', () => {
    expect(all(4, 0).merges[0]).toMatchObject({ left: 0, right: 1 });
  });

  test('a pair close together and far from the rest keeps its own group', () => {
    const correlation = Float64Array.from([1, 0.9, 0, 0.9, 1, 0, 0, 0, 1]);
    const { groups } = classTree({ classes: 3, correlation }, { clip: 0.8 });
    // Heights 0.1 and 1: the root has s = 0.8, the pair 0.1.
    expect(groups.map((group) => group.members)).toEqual([[0], [1], [2], [0, 1], [0, 1, 2]]);
    for (const [i, weight] of [0.08, 0.08, 0.8, 0.72, 0.2].entries()) expect(groups[i]!.weight).toBeCloseTo(weight, 12);
  });
});
