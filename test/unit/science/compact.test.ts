import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compose, narrow, narrowVelocities, widen, widenVelocities, type Narrowed } from '../../../src/engine/compact/narrow';
import { channelSites, prunableLayers, type Graph } from '../../../src/engine/nn/graph';
import { aliveChannels, type NetworkValues, type Velocities } from '../../../src/engine/nn/values';
import { stream } from '../../../src/engine/random';
import { interpret, logits, randomSample } from '../nn/interpreter';
import { randomGraph, randomValues, withoutSigns } from './randomNetworks';

const cuts = fc.record({ channels: fc.constantFrom(0, 0.3, 0.6, 0.9, 1), weights: fc.constantFrom(0, 0, 0.3, 0.6, 0.9, 0.98) });
const networks = fc.record({ seed: fc.nat(), cut: cuts }).map(({ seed, cut }) => {
  const graph = randomGraph(seed);
  return { graph, values: randomValues(graph, seed, cut), seed };
});

/** Folded biases are rounded to float32; nothing else differs, so the same sums of absolute terms bound the error. */
const FOLDING = 1e-6;
/** Of two float64 sums that leave out different zeros. */
const EXACT = 1e-13;

function expectSameLogits(
  [graph, values]: readonly [Graph, NetworkValues],
  [other, otherValues]: readonly [Graph, NetworkValues],
  seed: number,
  tolerance: number,
): void {
  const rng = stream(seed, 'x');
  for (let n = 0; n < 3; n++) {
    const x = randomSample(graph, rng);
    const scale = logits(graph, withoutSigns(values), { ...x, data: x.data.map(Math.abs) });
    const [a, b] = [logits(graph, values, x), logits(other, otherValues, x)];
    expect(b).toHaveLength(a.length);
    a.forEach((v, c) => expect(Math.abs(v - b[c]!)).toBeLessThanOrEqual(tolerance * (1 + scale[c]!)));
  }
}

/** As plain data, for comparison: order of the layers included. */
const plain = ({ graph, values }: Pick<Narrowed, 'graph' | 'values'>) => ({ nodes: graph.nodes, values: [...values] });
const lists = (channels: ReadonlyMap<string, Int32Array>) => [...channels].map(([name, list]) => [name, [...list]]);
const isWhole = (channels: ReadonlyMap<string, Int32Array>) => [...channels.values()].every((list) => list.every((c, at) => c === at));

const both = (a: Uint8Array | undefined, b: Uint8Array | undefined) =>
  (a ?? b) ? { biasMask: (a ?? b)!.map((m, o) => m & (b?.[o] ?? 1)) } : {};

/** Switches off some of the channels that are still alive, as the next cut does. */
function cutMore(graph: Graph, values: NetworkValues, seed: number): NetworkValues {
  const more = randomValues(graph, seed, { channels: 0.3, weights: 0 });
  return new Map(
    [...values].map(([name, v]) => [
      name,
      {
        ...v,
        mask: v.mask.map((m, e) => m & more.get(name)!.mask[e]!),
        ...both(v.biasMask, more.get(name)!.biasMask),
      },
    ]),
  );
}

/** The values with the channels switched off that are off in `cut`, and nothing else changed. */
function sameCut(graph: Graph, values: NetworkValues, cut: NetworkValues): NetworkValues {
  const changed = new Map(values);
  for (const site of channelSites(graph)) {
    const alive = aliveChannels(site, cut);
    const v = values.get(site.name)!;
    const mask = v.mask.map((m, e) => m & alive[e % site.channels]!);
    changed.set(site.name, site.op === 'batch-norm' ? { ...v, mask } : { ...v, mask, biasMask: alive });
  }
  return changed;
}

describe('compaction', () => {
  test('the network computes what the masked one does', () => {
    fc.assert(
      fc.property(networks, ({ graph, values, seed }) => {
        const narrowed = narrow(graph, values);
        expectSameLogits([graph, values], [narrowed.graph, narrowed.values], seed, FOLDING);
      }),
      { numRuns: 400 },
    );
  });

  test('a second time finds nothing', () => {
    fc.assert(
      fc.property(networks, ({ graph, values }) => {
        const once = narrow(graph, values);
        const twice = narrow(once.graph, once.values);
        expect(plain(twice)).toEqual(plain(once));
        expect(isWhole(twice.kept) && isWhole(twice.inputs)).toBe(true);
        expect(twice.removed.neurons.every(({ before, after, folded }) => before === after && folded === 0)).toBe(true);
        expect(twice.removed.unusedInputs).toBe(once.removed.unusedInputs);
        expect(lists(compose(once, twice).kept)).toEqual(lists(once.kept));
      }),
      { numRuns: 400 },
    );
  });

  test('what is kept has its own numbers; nothing given is changed; counts add up', () => {
    fc.assert(
      fc.property(networks, ({ graph, values }) => {
        const given = structuredClone({ graph, values });
        const { graph: small, values: numbers, kept, inputs, removed } = narrow(graph, values);
        expect({ graph, values }).toEqual(given);
        const shrunk = new Map(prunableLayers(small).map((node) => [node.name, node]));
        for (const node of prunableLayers(graph)) {
          const [rows, columns] = [inputs.get(node.name)!, kept.get(node.name)!];
          const now = shrunk.get(node.name)!;
          expect([now.inputs, now.outputs]).toEqual([rows.length, columns.length]);
          expect(columns.length).toBeGreaterThan(0);
          const { weights, mask, biasMask } = values.get(node.name)!;
          const narrow = numbers.get(node.name)!;
          const taps = weights.length / (node.inputs * node.outputs);
          // Rows and columns are the original ones, or idle: zero as a whole.
          const idleRows = new Set(rows.keys());
          const idle = (c: number) => narrow.biasMask?.[c] === 0 && biasMask?.[columns[c]!] !== 0;
          narrow.mask.forEach((m, e) => m === 1 && idleRows.delete(Math.floor(e / columns.length) % rows.length));
          for (let tap = 0, e = 0; tap < taps; tap++) {
            for (const [r, i] of rows.entries()) {
              for (const [c, o] of columns.entries()) {
                const from = (tap * node.inputs + i) * node.outputs + o;
                const alive = idle(c) || idleRows.has(r) ? 0 : mask[from]!;
                expect([narrow.mask[e], narrow.weights[e]]).toEqual([alive, alive ? weights[from] : 0]);
                e++;
              }
            }
          }
        }
        for (const { layer, before, after, folded } of removed.neurons) {
          expect(after).toBe(kept.get(layer)!.length);
          expect(after + folded).toBeLessThanOrEqual(before);
        }
      }),
    );
  });

  test('widened, the narrow network computes the same in the original layout, and narrows to itself', () => {
    fc.assert(
      fc.property(networks, ({ graph, values, seed }) => {
        const narrowed = narrow(graph, values);
        const wide = widen(narrowed, graph);
        for (const [name, { weights, bias, mask }] of values) {
          const w = wide.get(name)!;
          expect([w.weights.length, w.bias.length, w.mask.length]).toEqual([weights.length, bias.length, mask.length]);
        }
        expectSameLogits([narrowed.graph, narrowed.values], [graph, wide], seed, EXACT);
        const again = narrow(graph, wide);
        expect(again.graph).toEqual(narrowed.graph);
        expect(lists(again.kept)).toEqual(lists(narrowed.kept));
      }),
      { numRuns: 200 },
    );
  });
});

describe('while a network is trained on (keepAlive)', () => {
  test('every living channel stays and gives what it gave', () => {
    fc.assert(
      fc.property(networks, ({ graph, values, seed }) => {
        const narrowed = narrow(graph, values, { keepAlive: true });
        expectSameLogits([graph, values], [narrowed.graph, narrowed.values], seed, EXACT);
        const x = randomSample(graph, stream(seed, 'x'));
        const [before, after] = [interpret(graph, values, x), interpret(narrowed.graph, narrowed.values, x)];
        for (const node of graph.nodes) {
          if (node.op !== 'batch-norm') continue;
          const kept = narrowed.kept.get(node.name)!;
          const [wide, small] = [before.get(node.name)!.data, after.get(node.name)!.data];
          values.get(node.name)!.mask.forEach((m, c) => m === 1 && expect(kept).toContain(c));
          small.forEach((v, e) => {
            const from = Math.floor(e / kept.length) * node.channels + kept[e % kept.length]!;
            expect(Math.abs(v - wide[from]!)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(v)));
          });
        }
        for (const [name, { bias, mask, biasMask }] of narrowed.values) {
          const original = values.get(name)!;
          const held = original.mean ? mask : biasMask;
          const expected = Array.from(narrowed.kept.get(name)!, (c, at) => (held?.[at] === 0 ? 0 : original.bias[c]!));
          if (original.bias.length > 0) expect([...bias]).toEqual(expected);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('narrowing from cut to cut ends where narrowing once does, and so does a resumed run', () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), (seed, last) => {
        const graph = randomGraph(seed);
        const values = randomValues(graph, seed, { channels: 0.3, weights: 0 });
        const first = narrow(graph, values, { keepAlive: true });
        const cut = cutMore(first.graph, first.values, seed);
        const options = { keepAlive: !last };
        const stepped = compose(first, narrow(first.graph, cut, options));
        const direct = narrow(graph, widen({ ...first, values: cut }, graph), options);
        // Idle channels may be others; widened, nothing is left of them.
        const wide = widen(stepped, graph);
        expect([...wide]).toEqual([...widen(direct, graph)]);
        // And so does a network that was only masked, where dead channels were still fed.
        const masked = narrow(graph, sameCut(graph, values, wide), options);
        if (!last) expect([...widen(masked, graph)]).toEqual([...wide]);
      }),
      { numRuns: 300 },
    );
  });

  test('momentum moves with its parameters, there and back', () => {
    fc.assert(
      fc.property(networks, ({ graph, values }) => {
        // Numbers that tell where they were, as parameters and as momentum; zero where a mask holds them.
        const marks = (of: NetworkValues): Velocities => new Map([...of].map(([name, { weights, bias }]) => [name, { weights, bias }]));
        const places = (length: number, mask?: Uint8Array) => Float32Array.from({ length }, (_, e) => (mask?.[e] === 0 ? 0 : e + 1));
        const numbered: NetworkValues = new Map(
          [...values].map(([name, v]) => [
            name,
            { ...v, weights: places(v.weights.length, v.mask), bias: places(v.bias.length, v.mean ? v.mask : v.biasMask) },
          ]),
        );
        const narrowed = narrow(graph, numbered, { keepAlive: true });
        const velocities = narrowVelocities(narrowed, graph, marks(numbered));
        expect([...velocities]).toEqual([...marks(narrowed.values)]);
        expect([...widenVelocities(narrowed, graph, velocities)]).toEqual([...marks(widen(narrowed, graph))]);
      }),
    );
  });
});
