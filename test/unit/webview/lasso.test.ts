import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  angleOf,
  byStrength,
  describeClass,
  describeEdge,
  edgeAt,
  edgeGrid,
  edgeWidth,
  onCircle,
  onCurve,
} from '../../../webview/charts/circle';
import {
  coefficientAt,
  coefficientMap,
  coefficientPixels,
  coefficientTable,
  describeCoefficient,
} from '../../../webview/charts/coefficientGrid';
import { branchAt, dendrogram, describeMerge, leafOrder, namesOf, treeGrid } from '../../../webview/charts/dendrogram';
import { diverging, groundOf, luma, viridis, type Rgb } from '../../../webview/charts/palette';
import { budgetText, searchText } from '../../../webview/parts/lassoText';
import { coefficients, graphLassoReport, lassoReport } from '../../fixtures/lassoReport';

const lasso = lassoReport().lasso!;

/** Random trees: n classes, joined pair by pair at heights that do not fall. */
const trees = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.infiniteStream(fc.nat())).map(([n, numbers]) => {
  const open = Array.from({ length: n }, (_, c) => c);
  const tree: typeof lasso.tree = [];
  const take = () => open.splice(numbers.next().value! % open.length, 1)[0]!;
  for (let i = 0; open.length > 1; i++) {
    tree.push({ left: take(), right: take(), height: (i + 1) / (n - 1), weight: 0.1 });
    open.push(n + i);
  }
  return { classes: Array.from({ length: n }, (_, c) => `class ${c}`), tree };
});

describe('the dendrogram', () => {
  it('has every class once, and the classes of a merge side by side, so that branches do not cross', () => {
    fc.assert(
      fc.property(trees, (of) => {
        const { leaves, branches } = dendrogram(of);
        expect([...leaves].sort((a, b) => a - b)).toEqual(of.classes.map((_, c) => c));
        for (const { members, top, bottom, y, x, topX, bottomX } of branches) {
          const rows = members.map((c) => leaves.indexOf(c));
          const [first, last] = [Math.min(...rows), Math.max(...rows)];
          expect(last - first + 1).toBe(members.length);
          // A branch stays within the rows of its own classes, and begins left of where it ends.
          expect(first <= top && top < bottom && bottom <= last).toBe(true);
          expect(y).toBe((top + bottom) / 2);
          expect(Math.max(topX, bottomX)).toBeLessThanOrEqual(x);
        }
      }),
    );
  });

  it('lays the classes of the fixture out', () => {
    const { branches } = dendrogram(lasso);
    const leaves = ['cat', 'dog', 'bird', 'frog', 'deer', 'horse', 'automobile', 'truck', 'airplane', 'ship'];
    expect(leafOrder(lasso).map((c) => lasso.classes[c])).toEqual(leaves);
    expect(describeMerge(branches[0]!, lasso.classes)).toBe(`cat, dog: merge at height 0.28, weight ${lasso.tree[0]!.weight.toFixed(3)}`);
    expect(branches.at(-1)!.members).toHaveLength(10);
    expect(treeGrid(lasso).rows[0]).toEqual([1, 0.28, lasso.tree[0]!.weight, 'cat dog']);
  });

  it('leaves classes in their order where there is no tree', () => {
    expect(leafOrder({ classes: lasso.classes, tree: [] })).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('finds the branch that is pointed at', () => {
    const { branches } = dendrogram(lasso);
    const [wide, tall] = [500, 20];
    for (const [i, { x, y }] of branches.entries()) expect(branchAt(branches, x * wide, y * tall, wide, tall)).toBe(i);
    const root = branches.at(-1)!;
    expect(branchAt(branches, root.x * wide + 30, root.y * tall, wide, tall)).toBeNull();
  });

  it('lists few classes and counts many', () => {
    expect(namesOf([3, 5], lasso.classes)).toBe('cat, dog');
    expect(namesOf([0, 1, 2, 3, 4, 5, 6, 7], lasso.classes)).toBe('airplane, automobile, bird, cat, deer, dog and 2 more');
  });
});

describe('the class graph', () => {
  const { classes, edges } = graphLassoReport().lasso!;

  it('begins at the top and goes clockwise', () => {
    const near = ({ x, y }: { x: number; y: number }) => [x, y].map((n) => Math.round(n * 1000) / 1000 + 0);
    expect(near(onCircle(0, 4, 10))).toEqual([0, -10]);
    expect(near(onCircle(1, 4, 10))).toEqual([10, 0]);
    expect(angleOf(2, 4)).toBeCloseTo(Math.PI, 12);
  });

  it('draws edges from class to class, inside the circle, as wide as their correlation', () => {
    fc.assert(
      fc.property(fc.nat(19), fc.nat(19), fc.double({ min: 0, max: 1, noNaN: true }), (a, b, t) => {
        const [from, to] = [onCircle(a, 20, 100), onCircle(b, 20, 100)];
        expect(onCurve(from, to, 0)).toEqual(from);
        expect(onCurve(from, to, 1)).toEqual(to);
        const { x, y } = onCurve(from, to, t);
        expect(Math.hypot(x, y)).toBeLessThanOrEqual(100 + 1e-9);
      }),
    );
    expect(edgeWidth({ a: 0, b: 1, r: -0.8 }, 10)).toBe(2 * edgeWidth({ a: 0, b: 1, r: 0.4 }, 10));
  });

  it('finds the edge that is pointed at', () => {
    const place = (node: number) => onCircle(node, classes.length, 180);
    // Near its first class's end other edges are as near; at a place of its own each is found.
    const found = edges.map(({ a, b }, i) =>
      [0.2, 0.35, 0.5, 0.65, 0.8].some((t) => edgeAt(edges, classes.length, place, onCurve(place(a), place(b), t)) === i),
    );
    expect(found).toEqual(edges.map(() => true));
    expect(edgeAt(edges, classes.length, place, { x: 0, y: -250 })).toBeNull();
  });

  it('is told strongest first', () => {
    const strongest = byStrength(edges)[0]!;
    expect(describeEdge(strongest, classes)).toBe(`cat – dog: correlation ${strongest.r.toFixed(2)}`);
    expect(edgeGrid({ classes, edges }).rows[0]).toEqual(['cat', 'dog', strongest.r]);
    expect(
      byStrength([
        { a: 0, b: 1, r: 0.4 },
        { a: 1, b: 2, r: -0.9 },
      ])[0]!.r,
    ).toBe(-0.9);
    expect(describeClass(0, [{ a: 0, b: 8, r: 0.46 }], classes)).toBe('airplane: 1 edge, to ship 0.46');
    expect(
      describeClass(
        3,
        [
          { a: 3, b: 5, r: 0.706 },
          { a: 2, b: 3, r: 0.31 },
        ],
        classes,
      ),
    ).toBe('cat: 2 edges, to dog 0.71, bird 0.31');
    expect(describeClass(1, [], classes)).toBe('automobile: no edges');
  });
});

describe('the diverging scale', () => {
  /** Machado, Oliveira and Fernandes 2009, severity 1, on linear light. */
  const BLIND = {
    protan: [
      [0.152286, 1.052583, -0.204868],
      [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
    deutan: [
      [0.367322, 0.860646, -0.227968],
      [0.280085, 0.672501, 0.047413],
      [-0.01182, 0.04294, 0.968881],
    ],
  };
  const seen = (colour: Rgb, matrix: readonly (readonly number[])[]) => {
    const linear = colour.map((c) => (c / 255) ** 2.2);
    return matrix.map(
      (row) =>
        255 *
        Math.max(
          0,
          row.reduce((sum, m, i) => sum + m * linear[i]!, 0),
        ) **
          (1 / 2.2),
    );
  };

  it.each(['light', 'dark'] as const)('goes away from its middle evenly on a %s ground', (ground) => {
    const steps = Array.from({ length: 51 }, (_, i) => i / 50);
    const sign = ground === 'light' ? -1 : 1;
    for (const side of [-1, 1]) {
      const lights = steps.map((t) => luma(diverging(side * t, ground)));
      for (let i = 1; i < lights.length; i++) expect((lights[i]! - lights[i - 1]!) * sign).toBeGreaterThan(-1e-9);
      expect(Math.abs(lights.at(-1)! - lights[0]!)).toBeGreaterThan(150);
    }
    // Zero is grey, and the arms meet in it.
    const middle = diverging(0, ground);
    expect(new Set(middle).size).toBe(1);
    expect(diverging(-1e-9, ground)).toEqual(middle);
    expect(diverging(7, ground)).toEqual(diverging(1, ground));
  });

  it.each(['light', 'dark'] as const)('tells signs apart for the colour-blind too, on a %s ground', (ground) => {
    for (const t of [0.2, 0.4, 0.6, 0.8, 1]) {
      for (const matrix of Object.values(BLIND)) {
        const [below, above] = [seen(diverging(-t, ground), matrix), seen(diverging(t, ground), matrix)];
        expect(Math.hypot(...below.map((value, i) => value - above[i]!))).toBeGreaterThan(30);
      }
    }
  });

  it('knows the ground', () => {
    expect(groundOf([255, 255, 255])).toBe('light');
    expect(groundOf([31, 31, 31])).toBe('dark');
    expect(groundOf(null)).toBe('light');
  });
});

describe('the coefficients of a layer', () => {
  const values = Float32Array.from([0.3, 0.4, 0, 0, 0.6, 0.8, 0, 0.1]);
  const of = { rows: 4, cols: 2, values };
  const mask = { rows: 1, cols: 4, bytes: Uint8Array.from([1, 0, 1, 0]) };

  it('are shown in order or by their norms', () => {
    const map = coefficientMap(of, mask, ['cat', 'dog'], 'network');
    expect(map.order).toEqual([0, 1, 2, 3]);
    expect(map.norms.map((n) => Number(n.toFixed(6)))).toEqual([0.5, 0, 1, 0.1]);
    expect(coefficientMap(of, mask, ['cat', 'dog'], 'norm').order).toEqual([2, 0, 3, 1]);
    expect(coefficientAt(coefficientMap(of, mask, ['cat', 'dog'], 'norm'), { column: 0, row: 1 })).toBeCloseTo(0.8, 6);
    expect(map).toMatchObject({ signed: false, responses: ['cat', 'dog'] });
    expect(map.largest).toBeCloseTo(0.8, 6);
  });

  it('take what is left from the mask, of a batch norm or of a layer, and without one from the coefficients', () => {
    expect(coefficientMap(of, mask, ['cat', 'dog'], 'network').kept).toEqual([true, false, true, false]);
    const weights = { rows: 2, cols: 4, bytes: Uint8Array.from([0, 0, 1, 0, 1, 0, 0, 0]) };
    expect(coefficientMap(of, weights, ['cat', 'dog'], 'network').kept).toEqual([true, false, true, false]);
    expect(coefficientMap(of, null, ['cat', 'dog'], 'network').kept).toEqual([true, false, true, true]);
    const layer = lasso.layers[0]!;
    const read = { rows: layer.channels, cols: 10, values: coefficients(layer) };
    expect(coefficientMap(read, null, lasso.classes, 'network').kept.filter(Boolean)).toHaveLength(layer.kept);
  });

  it('are told in words and in lines', () => {
    const map = coefficientMap(of, mask, ['cat', 'dog'], 'norm');
    expect(describeCoefficient(map, { column: 0, row: 1 })).toBe('channel 3 (kept, norm 1), dog: 0.8');
    expect(describeCoefficient(map, { column: 2, row: 0 })).toBe('channel 4 (cut, norm 0.1), cat: 0');
    const { columns, rows } = coefficientTable(map);
    expect(columns).toEqual(['channel', 'kept', 'norm', 'cat', 'dog']);
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      [3, 'yes'],
      [1, 'yes'],
      [4, 'no'],
      [2, 'no'],
    ]);
  });

  it('of one response stand in one row, with their signs', () => {
    const map = coefficientMap({ rows: 3, cols: 1, values: Float32Array.from([0.2, -0.5, 0]) }, null, ['cat', 'dog'], 'network');
    expect(map).toMatchObject({ signed: true, largest: 0.5, responses: ['all classes'] });
    expect(describeCoefficient(map, { column: 1, row: 0 })).toBe('channel 2 (kept, norm 0.5), all classes: −0.5');
  });

  it('become pixels, channels across; those that went are dimmed', () => {
    const map = coefficientMap(of, mask, ['cat', 'dog'], 'norm');
    const pixels = coefficientPixels(map, viridis);
    expect(pixels).toHaveLength(4 * 2 * 4);
    const at = (column: number, row: number) => [...pixels.subarray((row * 4 + column) * 4, (row * 4 + column + 1) * 4)];
    expect(at(0, 1)).toEqual([...viridis(1), 255]);
    expect(at(3, 0).slice(0, 3)).toEqual([...viridis(0)]);
    expect(at(3, 0)[3]).toBeLessThan(128);
    // Nothing but zeros has a picture too.
    const none = coefficientMap({ rows: 2, cols: 1, values: new Float32Array(2) }, null, ['a'], 'network');
    expect([...coefficientPixels(none, viridis).subarray(0, 3)]).toEqual([...viridis(0)]);
  });
});

describe('the budget', () => {
  const budget = (of: 'channels' | 'macs' | 'params', reached: number, target: number) => ({
    ...lasso,
    rho: 0.01234,
    budget: { of, reached, target, steps: 14 },
  });

  it('is told with what was asked for', () => {
    expect(searchText(budget('macs', 126_013_440, 125_800_000))).toBe(
      '126.0 M of 125.8 M multiply-accumulates asked for, rho 0.0123, 14 steps',
    );
    expect(budgetText(budget('params', 1_467_100, 1_470_000))).toBe('1.467 M of 1.470 M parameters asked for');
    expect(budgetText(budget('channels', 1690, 1695))).toBe('1,690 of 1,695 channels asked for');
    expect(budgetText(budget('macs', 2_513_000_000, 2_520_000_000))).toBe('2.513 G of 2.520 G multiply-accumulates asked for');
  });
});
