/** Inputs that nothing reads: tracing against perturbation, crops against naive windows, and the smaller network against the masked one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cropImage } from '../../../src/engine/compact/crop';
import { trimmed, unreadRows, type Axis } from '../../../src/engine/compact/cropWindow';
import { narrowInputs } from '../../../src/engine/compact/inputs';
import { narrow } from '../../../src/engine/compact/narrow';
import { architecture } from '../../../src/engine/nn/architectures';
import type { ConvNode, Graph, InputNode, Node } from '../../../src/engine/nn/graph';
import { behindSelection } from '../../../src/engine/nn/keptInputs';
import { asRows } from '../../../src/engine/nn/rows';
import { shapes, windowsAlong } from '../../../src/engine/nn/shapes';
import type { NetworkValues } from '../../../src/engine/nn/values';
import { stream } from '../../../src/engine/random';
import { conv, graphOf, input, norm } from '../nn/graphs';
import { logits, randomSample, type Sample } from '../nn/interpreter';
import { randomGraph, randomValues } from './randomNetworks';

const inputOf = (graph: Graph) => graph.nodes[0] as InputNode;
const dense = (name: string, from: string, inputs: number, outputs: number): Node => ({
  op: 'dense',
  name,
  from,
  inputs,
  outputs,
  bias: true,
});

/** What the smaller network reads of a sample of the given one. */
function gathered(graph: Graph, kept: Int32Array, { data }: Sample): Sample {
  const { image, flat, features } = inputOf(graph);
  return { shape: image && !flat ? image : [features], data: Float64Array.from(kept, (at) => data[at]!) };
}

/** The smaller network on a part of a sample, and behind its selection on the whole, gives the masked one's logits. */
function expectSame(graph: Graph, values: NetworkValues, seed: number): ReturnType<typeof narrowInputs> {
  const small = narrowInputs(graph, values);
  const again = behindSelection(small, small.selected, inputOf(graph));
  const rng = stream(seed, 'x');
  for (let n = 0; n < 2; n++) {
    const x = randomSample(graph, rng);
    const expected = logits(graph, values, x);
    const size = 1 + Math.max(...expected.map(Math.abs));
    for (const got of [
      logits(small.graph, small.values, gathered(small.graph, small.selected.kept, x)),
      logits(again.graph, again.values, x),
    ]) {
      expect(got).toHaveLength(expected.length);
      expected.forEach((v, c) => expect(Math.abs(v - got[c]!) / size).toBeLessThan(1e-4));
    }
  }
  expect(small.removed.unusedInputs).toBe(inputOf(graph).features - small.selected.kept.length);
  return small;
}

const cuts = fc.record({ channels: fc.constantFrom(0, 0.3, 0.6), weights: fc.constantFrom(0.3, 0.6, 0.9, 0.98) });

/** Rows through dense layers, batch norms, additions, concatenations, selections and zeros; nothing that hides a change (no ReLU). */
function randomRows(seed: number): Graph {
  const rng = stream(seed, 'rows');
  const among = <T>(list: readonly T[]): T => list[rng.int(list.length)]!;
  const nodes: Node[] = [input([3 + rng.int(6)])];
  const width = new Map([['input', inputOf(graphOf(...nodes)).features]]);
  const put = (node: Node, outputs: number) => {
    nodes.push(node);
    width.set(node.name, outputs);
  };
  for (let i = 0, steps = 2 + rng.int(8); i < steps; i++) {
    const from = among([...width.keys()].slice(-4));
    const w = width.get(from)!;
    const name = `n${i}`;
    const kind = rng.int(7);
    if (kind <= 1) put(dense(name, from, w, 1 + rng.int(6)), (nodes.length, 0));
    else if (kind === 2) put(norm(name, from, w), w);
    else if (kind === 3) {
      const other = among([...width.keys()].filter((n) => width.get(n) === w));
      put({ op: 'add', name, from: [from, other] }, w);
    } else if (kind === 4) {
      const other = among([...width.keys()]);
      put({ op: 'concat', name, from: [from, other] }, w + width.get(other)!);
    } else if (kind === 5) {
      const indices = [...rng.permutation(w)].slice(0, 1 + rng.int(w));
      put({ op: 'select', name, from, indices }, indices.length);
    } else put({ op: 'pad-channels', name, from, before: rng.int(2), after: rng.int(2) }, 0);
    width.set(
      name,
      shapes(graphOf(...nodes))
        .get(name)!
        .at(-1)!,
    );
  }
  const last = nodes.at(-1)!.name;
  put(dense('out', last, width.get(last)!, 2), 2);
  return graphOf(...nodes);
}

describe('tracing', () => {
  test('an input of rows goes if and only if no change of it reaches the logits', () => {
    let [gone, stayed] = [0, 0];
    fc.assert(
      fc.property(fc.nat(), cuts, (seed, cut) => {
        const graph = randomRows(seed);
        const values = randomValues(graph, seed, cut);
        const x = randomSample(graph, stream(seed, 'base'));
        const base = logits(graph, values, x);
        const read = Array.from(x.data, (_, at) => {
          const changed = { ...x, data: x.data.map((v, i) => (i === at ? v + 100 : v)) };
          return logits(graph, values, changed).some((v, c) => v !== base[c]);
        });
        expect(narrow(graph, values, { input: 'read' }).removed.unusedInputs).toBe(read.filter((r) => !r).length);
        const { kept } = expectSame(graph, values, seed).selected;
        read.forEach((r, at) => r && expect(kept).toContain(at));
        // One that nobody reads stays only where a reader would have none.
        if (read.includes(true)) gone += read.length - kept.length;
        stayed += kept.length;
      }),
      { numRuns: 150 },
    );
    expect([gone > 60, stayed > 60]).toEqual([true, true]);
  });

  test('of images channels and sides go, and the logits stay, whatever the network', () => {
    let [channels, sides] = [0, 0];
    fc.assert(
      fc.property(fc.nat(), cuts, (seed, cut) => {
        const graph = randomGraph(seed);
        const values = bare(graph, randomValues(graph, seed, cut), seed);
        const { selected, graph: small } = expectSame(graph, values, seed);
        const [height, width, colours] = inputOf(graph).image as [number, number, number];
        if (!selected.crop) return expect(inputOf(small).flat).toBe(true);
        const { top, bottom, left, right } = selected.crop;
        expect(inputOf(small).image).toEqual([height - top - bottom, width - left - right, selected.channels!.length]);
        if (selected.channels!.length < colours) channels++;
        if (top + bottom + left + right > 0) sides++;
      }),
      { numRuns: 200 },
    );
    expect([channels > 8, sides > 8]).toEqual([true, true]);
  });

  test('a second time finds nothing', () => {
    fc.assert(
      fc.property(fc.nat(), cuts, (seed, cut) => {
        const graph = randomGraph(seed);
        const once = narrowInputs(graph, bare(graph, randomValues(graph, seed, cut), seed));
        // Where a selection was all between the image and its flattening, the image is read as a row only now.
        fc.pre(asRows(once.graph) === once.graph);
        const twice = narrowInputs(once.graph, once.values);
        expect(twice.graph.nodes).toEqual(once.graph.nodes);
        expect(twice.selected.kept).toEqual(Int32Array.from(once.selected.kept, (_, i) => i));
      }),
      { numRuns: 100 },
    );
  });

  test('an image that is only flattened loses single numbers; one that a convolution reads too does not', () => {
    const flat: Node = { op: 'flatten', name: 'flatten', from: 'input' };
    const alone = graphOf(input([2, 2, 2]), flat, dense('fc', 'flatten', 8, 3));
    const values = randomValues(alone, 1, { channels: 0, weights: 0 });
    for (const at of [1, 2, 6]) values.get('fc')!.mask.fill(0, 3 * at, 3 * at + 3);
    const small = expectSame(alone, values, 1);
    expect([...small.selected.kept]).toEqual([0, 3, 4, 5, 7]);
    expect(small.selected).toMatchObject({ shape: [2, 2, 2], crop: null, channels: null });
    expect(small.graph.nodes.map(({ name }) => name)).toEqual(['input', 'fc']);

    const both = graphOf(
      input([2, 2, 2]),
      flat,
      conv('conv', 'input', 2, 1),
      { op: 'flatten', name: 'maps', from: 'conv' },
      { op: 'concat', name: 'all', from: ['flatten', 'maps'] },
      dense('fc', 'all', 12, 3),
    );
    const wide = randomValues(both, 1, { channels: 0, weights: 0 });
    for (const at of [1, 3, 5]) wide.get('fc')!.mask.fill(0, 3 * at, 3 * at + 3);
    expect(expectSame(both, wide, 1).selected.kept).toHaveLength(8);
    // Channel 1 is read at one more position of the row, and by the convolution.
    wide.get('fc')!.mask.fill(0, 3 * 7, 3 * 7 + 3);
    wide.get('conv')!.mask.forEach((_, e, mask) => e % 2 === 1 && (mask[e] = 0));
    expect(expectSame(both, wide, 1).selected).toMatchObject({ channels: [0], crop: { top: 0, bottom: 0, left: 0, right: 0 } });
  });

  test('a batch norm channel of scale zero hides what it reads', () => {
    const graph = graphOf(input([3]), norm('bn', 'input', 3), dense('fc', 'bn', 3, 2));
    const values = randomValues(graph, 1, { channels: 0, weights: 0 });
    values.get('bn')!.weights[1] = 0;
    expect([...expectSame(graph, values, 1).selected.kept]).toEqual([0, 2]);
  });
});

/** Zeros in outer rows and columns of kernels, at random, as far as a kernel has any to give. */
function bare(graph: Graph, values: NetworkValues, seed: number): NetworkValues {
  const rng = stream(seed, 'borders');
  const changed = new Map(values);
  for (const node of graph.nodes) {
    if (node.op !== 'conv' || rng.uniform() < 0.3) continue;
    const [h, w] = node.kernel;
    const [top, left] = [rng.int(h), rng.int(w)];
    const [bottom, right] = [rng.int(h - top), rng.int(w - left)];
    changed.set(node.name, onlyTaps(node, values, [top, bottom, left, right]));
  }
  return changed;
}

function onlyTaps(node: ConvNode, values: NetworkValues, [top, bottom, left, right]: [number, number, number, number]) {
  const [h, w] = node.kernel;
  const v = values.get(node.name)!;
  const mask = v.mask.map((m, e) => {
    const tap = Math.floor(e / (node.inputs * node.outputs));
    const [y, x] = [Math.floor(tap / w), tap % w];
    return y >= top && y < h - bottom && x >= left && x < w - right ? m : 0;
  });
  return { ...v, mask };
}

// ---- one axis ------------------------------------------------------------------------------------------------------------

const axes: fc.Arbitrary<Axis> = fc
  .record({
    length: fc.integer({ min: 1, max: 12 }),
    kernel: fc.integer({ min: 1, max: 6 }),
    stride: fc.integer({ min: 1, max: 4 }),
    padding: fc.constantFrom('same' as const, 'valid' as const),
    start: fc.nat(5),
    end: fc.nat(5),
  })
  .filter(({ kernel, length, padding, start, end }) => start + end < kernel && (padding === 'same' || kernel <= length))
  .map(({ start, end, ...rest }) => ({ ...rest, zeros: [start, end] }));

/** A convolution along one axis, without any of the code under test but for where TensorFlow's windows lie. */
function along(x: readonly number[], w: readonly number[], { stride, padding }: Pick<Axis, 'stride' | 'padding'>): number[] {
  const { count, before } = windowsAlong(x.length, w.length, stride, padding);
  return Array.from({ length: Math.max(0, count) }, (_, o) => w.reduce((sum, v, r) => sum + v * (x[o * stride - before + r] ?? 0), 0));
}

const numbers = (n: number, seed: number) => {
  const rng = stream(seed, 'numbers');
  return Array.from({ length: n }, () => 1 + rng.uniform());
};
const kernelOf = ({ kernel, zeros }: Axis) => numbers(kernel, 2).map((v, r) => (r < zeros[0] || r >= kernel - zeros[1] ? 0 : v));

describe('the arithmetic of crops', () => {
  test('rows are unread at the sides if and only if changing them changes nothing', () => {
    fc.assert(
      fc.property(axes, (axis) => {
        const [x, w] = [numbers(axis.length, 1), kernelOf(axis)];
        const base = along(x, w, axis);
        const read = x.map((_, at) => String(along(x.with(at, 9), w, axis)) !== String(base));
        const [start, end] = unreadRows(axis);
        expect(start + end).toBeLessThan(axis.length);
        expect([...read.slice(0, start), ...read.slice(axis.length - end)]).not.toContain(true);
        if (!read.includes(true)) return;
        expect([read[start], read[axis.length - 1 - end]]).toEqual([true, true]);
      }),
      { numRuns: 1000 },
    );
  });

  test('a kernel is found for a crop if and only if there is one', () => {
    let [found, none] = [0, 0];
    fc.assert(
      fc.property(axes, fc.nat(), fc.nat(), fc.constantFrom('same' as const, 'valid' as const), (axis, a, b, padding) => {
        const most = unreadRows(axis);
        const crop = [a % (most[0] + 1), b % (most[1] + 1)] as const;
        const [x, w] = [numbers(axis.length, 1), kernelOf(axis)];
        const expected = along(x, w, axis).map((v) => v.toFixed(9));
        const part = x.slice(crop[0], axis.length - crop[1]);
        const gives = (start: number, end: number) =>
          along(part, w.slice(start, w.length - end), { ...axis, padding })
            .map((v) => v.toFixed(9))
            .join() === expected.join();
        const trim = trimmed(axis, crop, padding);
        const all: [number, number][] = [];
        for (let start = 0; start <= axis.zeros[0]; start++)
          for (let end = 0; end <= axis.zeros[1]; end++) if (gives(start, end)) all.push([start, end]);
        if (trim) expect(all).toContainEqual([...trim]);
        else if (expected.some((v) => Number(v) !== 0)) expect(all).toEqual([]);
        if (trim) found++;
        else none++;
      }),
      { numRuns: 2000 },
    );
    expect([found > 300, none > 60]).toEqual([true, true]);
  });
});

describe('the image', () => {
  const zeroed = (graph: Graph, name: string, sides: [number, number, number, number]) => {
    const values = randomValues(graph, 1, { channels: 0, weights: 0 });
    const node = graph.nodes.find((n): n is ConvNode => n.op === 'conv' && n.name === name)!;
    return values.set(name, onlyTaps(node, values, sides));
  };
  const lenet = architecture({ name: 'lenet-5' }, [16, 17, 1], 3);

  test('of a LeNet-5 loses what its kernel gives up', () => {
    const { selected, graph, limits } = expectSame(lenet, zeroed(lenet, 'conv1', [1, 0, 0, 2]), 1);
    expect(selected.crop).toEqual({ top: 1, bottom: 0, left: 0, right: 2 });
    expect(graph.nodes[1]).toMatchObject({ kernel: [4, 3], padding: 'valid' });
    expect(limits).toEqual([]);
  });

  const same = (change: Partial<ConvNode> = {}) =>
    graphOf(
      input([6, 6, 2]),
      conv('c', 'input', 2, 3, change),
      { op: 'global-average-pool', name: 'gap', from: 'c' },
      dense('fc', 'gap', 3, 2),
    );

  test.each([
    ['one row: all of the image is still read', [1, 0, 0, 0], '1 row', 'still reads all others'],
    ['the rows above and beside: zeros would be needed below', [2, 0, 0, 2], '2 rows and 2 columns', 'would lie elsewhere'],
  ] as const)('with "same" padding stays whole, and why is said: %s', (_, sides, gave, why) => {
    const graph = same();
    const { selected, graph: small, limits } = expectSame(graph, zeroed(graph, 'c', [...sides]), 1);
    expect(selected.kept).toHaveLength(72);
    expect(small.nodes[1]).toMatchObject({ kernel: [3, 3], padding: 'same' });
    expect(limits).toEqual([expect.stringMatching(new RegExp(`kernel of c gave up ${gave}, but the image can lose none: .*${why}`))]);
  });

  test('with "same" padding loses rows where a stride leaves no zeros to be placed', () => {
    // Kernel 5 with stride 2 on 6 rows: one row of zeros above, two below. Without its outer rows it needs none.
    const graph = same({ kernel: [5, 5], strides: [2, 2] });
    const { selected, graph: small } = expectSame(graph, zeroed(graph, 'c', [2, 2, 2, 2]), 1);
    expect(selected.crop).toEqual({ top: 1, bottom: 0, left: 1, right: 0 });
    expect(small.nodes[1]).toMatchObject({ kernel: [1, 1], padding: 'valid' });
  });

  test('loses only what none of several readers reads', () => {
    const readers = (padding: 'same' | 'valid'): Graph =>
      graphOf(
        input([6, 6, 1]),
        { op: 'relu', name: 'relu', from: 'input' },
        conv('a', 'relu', 1, 2, { padding: 'valid' }),
        conv('b', 'input', 1, 2, { padding }),
        { op: 'global-average-pool', name: 'ga', from: 'a' },
        { op: 'global-average-pool', name: 'gb', from: 'b' },
        { op: 'add', name: 'sum', from: ['ga', 'gb'] },
        dense('fc', 'sum', 2, 2),
      );
    const graph = readers('valid');
    const values = zeroed(graph, 'a', [2, 0, 1, 0]);
    values.set('b', onlyTaps(graph.nodes[3] as ConvNode, values, [1, 0, 1, 1]));
    const both = expectSame(graph, values, 1);
    expect(both.selected.crop).toEqual({ top: 1, bottom: 0, left: 1, right: 0 });
    expect(both.limits).toHaveLength(2);
    const one = readers('same');
    expect(expectSame(one, zeroed(one, 'a', [1, 1, 0, 0]), 1).selected.crop).toEqual({ top: 0, bottom: 0, left: 0, right: 0 });
  });

  test('that is pooled or added to before it is convolved stays whole, and that is said', () => {
    const pooled = graphOf(
      input([6, 6, 1]),
      conv('c', 'input', 1, 1),
      { op: 'add', name: 'sum', from: ['c', 'input'] },
      { op: 'flatten', name: 'flat', from: 'sum' },
      dense('fc', 'flat', 36, 2),
    );
    const values = zeroed(pooled, 'c', [1, 1, 1, 1]);
    expect(cropImage(pooled, values).limits).toEqual([
      'The kernel of c gave up rows or columns, but the image can lose none: sum reads all of it.',
    ]);
    expect(expectSame(pooled, values, 1).selected.kept).toHaveLength(36);
  });
});
