import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { narrow } from '../../../src/engine/compact/narrow';
import { mlp } from '../../../src/engine/nn/mlp';
import { prunableLayers, type Graph } from '../../../src/engine/nn/graph';
import type { NetworkValues } from '../../../src/engine/nn/values';
import { stream } from '../../../src/engine/random';
import { logits, randomSample } from '../nn/interpreter';
import { withoutSigns } from './randomNetworks';

/** Dense layers fc1, fc2, ... with ReLU between them; what the masks drop is left in the weights: it must not count. */
function randomMlp(widths: readonly number[], density: number, seed: number): { graph: Graph; values: NetworkValues } {
  const rng = stream(seed, 'mlp');
  const graph = mlp('mlp', widths[0]!, null, widths.slice(1, -1), widths.at(-1)!);
  const values: NetworkValues = new Map();
  for (const { name, inputs, outputs } of prunableLayers(graph)) {
    const mask = Uint8Array.from({ length: inputs * outputs }, () => (rng.uniform() < density ? 1 : 0));
    const weights = Float32Array.from(mask, () => rng.normal());
    values.set(name, { weights, mask, bias: Float32Array.from({ length: outputs }, () => rng.normal()) });
  }
  return { graph, values };
}

const networks = fc
  .record({
    widths: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 6 }),
    density: fc.constantFrom(0, 0.05, 0.1, 0.2, 0.4, 1),
    seed: fc.nat(),
  })
  .map(({ widths, density, seed }) => ({ ...randomMlp(widths, density, seed), seed }));

/** The layers with their numbers, in order. */
const layers = ({ graph, values }: { graph: Graph; values: NetworkValues }) =>
  prunableLayers(graph).map(({ name, inputs, outputs }) => ({ name, inputs, outputs, ...values.get(name)! }));

describe('removal of dead neurons', () => {
  test('the network computes what it did', () => {
    fc.assert(
      fc.property(networks, ({ graph, values, seed }) => {
        const narrowed = narrow(graph, values);
        const rng = stream(seed, 'x');
        for (let n = 0; n < 5; n++) {
          const x = randomSample(graph, rng);
          const scale = logits(graph, withoutSigns(values), { ...x, data: x.data.map(Math.abs) });
          const [before, after] = [logits(graph, values, x), logits(narrowed.graph, narrowed.values, x)];
          before.forEach((v, o) => expect(Math.abs(v - after[o]!)).toBeLessThanOrEqual(1e-6 * scale[o]!));
          expect(after).toHaveLength(before.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("afterwards every hidden neuron has inputs and outputs, but for a layer's only one; a second time removes nothing", () => {
    fc.assert(
      fc.property(networks, ({ graph, values }) => {
        const once = narrow(graph, values);
        const narrowed = layers(once);
        narrowed.slice(0, -1).forEach((layer, l) => {
          const next = narrowed[l + 1]!;
          expect(next.inputs).toBe(layer.outputs);
          if (layer.outputs === 1) return;
          for (let h = 0; h < layer.outputs; h++) {
            expect(layer.mask.some((m, e) => m === 1 && e % layer.outputs === h)).toBe(true);
            expect(next.mask.subarray(h * next.outputs, (h + 1) * next.outputs)).toContain(1);
          }
        });
        const twice = narrow(once.graph, once.values);
        expect(layers(twice)).toEqual(narrowed);
        expect(twice.graph).toEqual(once.graph);
        expect(twice.removed).toEqual({
          neurons: once.removed.neurons.map(({ layer, after }) => ({ layer, before: after, after, folded: 0 })),
          unusedInputs: once.removed.unusedInputs,
        });
      }),
      { numRuns: 500 },
    );
  });

  test('weights, masks and inputs of what is kept are the original ones; counts add up', () => {
    fc.assert(
      fc.property(networks, ({ graph, values }) => {
        const given = structuredClone(values);
        const once = narrow(graph, values);
        expect(values).toEqual(given);
        const [wide, narrowed] = [layers({ graph, values }), layers(once)];
        narrowed.forEach((layer, l) => {
          const [rows, columns] = [once.inputs.get(layer.name)!, once.kept.get(layer.name)!];
          expect([layer.inputs, layer.outputs]).toEqual([rows.length, columns.length]);
          // A layer's only neuron may be there for its place alone: nobody feeds or reads it.
          const idle = layer.mask.includes(1) ? 1 : 0;
          rows.forEach((i, r) =>
            columns.forEach((o, c) => {
              const [at, from] = [r * layer.outputs + c, i * wide[l]!.outputs + o];
              expect(layer.mask[at]).toBe(wide[l]!.mask[from]! & idle);
              expect(layer.weights[at]).toBe(layer.mask[at] === 1 ? wide[l]!.weights[from] : 0);
            }),
          );
          const next = narrowed[l + 1];
          if (next) expect(once.inputs.get(next.name)).toEqual(columns);
        });
        expect(once.removed.neurons.map(({ layer, before, after }) => [layer, before, after])).toEqual(
          wide.slice(0, -1).map(({ name, outputs }, l) => [name, outputs, narrowed[l]!.outputs]),
        );
        const fed = (i: number) => narrowed[0]!.mask.some((m, e) => m === 1 && Math.floor(e / narrowed[0]!.outputs) === i);
        expect(narrowed[0]!.inputs).toBe(wide[0]!.inputs);
        expect(once.removed.unusedInputs).toBe([...Array(narrowed[0]!.inputs).keys()].filter((i) => !fed(i)).length);
      }),
    );
  });

  test('by hand: a neuron nobody reads takes its source with it, a constant is folded along the way', () => {
    // 2-3-3-1. Hidden 1: a reads x0; b reads nothing (bias 2); c reads x1, and only r reads it. Hidden 2: p reads a and b; q reads b alone;
    // r reads c, and nobody reads r.
    const graph = mlp('by hand', 2, null, [3, 3], 1);
    const layer = (weights: number[], bias: number[]) => ({
      weights: Float32Array.from(weights),
      bias: Float32Array.from(bias),
      mask: Uint8Array.from(weights, (w) => (w === 0 ? 0 : 1)),
    });
    const narrowed = narrow(
      graph,
      new Map([
        ['fc1', layer([1, 0, 0, 0, 0, 1], [0.5, 2, 3])],
        ['fc2', layer([4, 0, 0, 5, 6, 0, 0, 0, 7], [1, -2, 0])],
        ['fc3', layer([8, 9, 0], [0.25])],
      ]),
    );
    expect(narrowed.graph.nodes).toEqual(mlp('by hand', 2, null, [1, 1], 1).nodes);
    expect([...narrowed.values]).toEqual([
      ['fc1', layer([1, 0], [0.5])],
      ['fc2', layer([4], [1 + 5 * 2])],
      ['fc3', layer([8], [0.25 + 9 * (6 * 2 - 2)])],
    ]);
    expect(narrowed.removed).toEqual({
      neurons: [
        { layer: 'fc1', before: 3, after: 1, folded: 1 },
        { layer: 'fc2', before: 3, after: 1, folded: 1 },
      ],
      unusedInputs: 1,
    });
    expect([...narrowed.inputs.values()].map((kept) => [...kept])).toEqual([[0, 1], [0], [0]]);
  });

  test('a network without connections keeps one neuron a layer and its constant outputs', () => {
    const { graph, values } = randomMlp([5, 4, 3, 2], 0, 1);
    const narrowed = narrow(graph, values);
    expect(layers(narrowed).map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
      [5, 1],
      [1, 1],
      [1, 2],
    ]);
    expect(narrowed.values.get('fc3')!.bias).toEqual(values.get('fc3')!.bias);
    expect(narrowed.removed.unusedInputs).toBe(5);
  });
});
