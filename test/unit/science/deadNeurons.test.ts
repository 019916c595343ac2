import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { removeDeadNeurons, type MaskedLayer } from '../../../src/engine/prune/deadNeurons';
import { stream } from '../../../src/engine/random';

function randomMlp(widths: readonly number[], density: number, seed: number): MaskedLayer[] {
  const rng = stream(seed, 'mlp');
  return widths.slice(1).map((outputs, l) => {
    const inputs = widths[l]!;
    const mask = Uint8Array.from({ length: inputs * outputs }, () => (rng.uniform() < density ? 1 : 0));
    // What the mask drops is left in the weights: it must not count.
    const weights = Float32Array.from(mask, () => rng.normal());
    return { inputs, outputs, weights, mask, bias: Float32Array.from({ length: outputs }, () => rng.normal()) };
  });
}

/** Logits in float64, and the sum of the absolute terms behind each, which rounding errors are proportional to. */
function forward(layers: readonly MaskedLayer[], x: readonly number[]): { logits: number[]; scale: number[] } {
  let a = [...x];
  let scale = a.map(Math.abs);
  layers.forEach(({ inputs, outputs, weights, bias, mask }, l) => {
    const z = Array.from(bias);
    const s = z.map(Math.abs);
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) {
        if (mask[i * outputs + o] === 0) continue;
        z[o]! += a[i]! * weights[i * outputs + o]!;
        s[o]! += scale[i]! * Math.abs(weights[i * outputs + o]!);
      }
    }
    a = l < layers.length - 1 ? z.map((v) => Math.max(v, 0)) : z;
    scale = s;
  });
  return { logits: a, scale };
}

const networks = fc
  .record({
    widths: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 6 }),
    density: fc.constantFrom(0, 0.05, 0.1, 0.2, 0.4, 1),
    seed: fc.nat(),
  })
  .map(({ widths, density, seed }) => ({ layers: randomMlp(widths, density, seed), seed }));

describe('removal of dead neurons', () => {
  test('the network computes what it did', () => {
    fc.assert(
      fc.property(networks, ({ layers, seed }) => {
        const narrowed = removeDeadNeurons(layers).layers;
        const rng = stream(seed, 'x');
        for (let n = 0; n < 5; n++) {
          const x = Array.from({ length: layers[0]!.inputs }, () => rng.normal());
          const [before, after] = [forward(layers, x), forward(narrowed, x)];
          before.logits.forEach((v, o) => expect(Math.abs(v - after.logits[o]!)).toBeLessThanOrEqual(1e-6 * before.scale[o]!));
          expect(after.logits).toHaveLength(before.logits.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("afterwards every hidden neuron has inputs and outputs, but for a layer's only one; a second time removes nothing", () => {
    fc.assert(
      fc.property(networks, ({ layers }) => {
        const once = removeDeadNeurons(layers);
        once.layers.slice(0, -1).forEach((layer, l) => {
          const next = once.layers[l + 1]!;
          expect(next.inputs).toBe(layer.outputs);
          if (layer.outputs === 1) return;
          for (let h = 0; h < layer.outputs; h++) {
            expect(layer.mask.some((m, e) => m === 1 && e % layer.outputs === h)).toBe(true);
            expect(next.mask.subarray(h * next.outputs, (h + 1) * next.outputs)).toContain(1);
          }
        });
        const twice = removeDeadNeurons(once.layers);
        expect(twice.layers).toEqual(once.layers);
        expect(twice.unusedInputs).toBe(once.unusedInputs);
        expect(twice.removed).toEqual(once.removed.map(() => ({ noOutput: 0, folded: 0 })));
      }),
      { numRuns: 500 },
    );
  });

  test('weights, masks and inputs of what is kept are the original ones; counts add up', () => {
    fc.assert(
      fc.property(networks, ({ layers }) => {
        const original = structuredClone(layers);
        const { layers: narrowed, keptInputs, removed } = removeDeadNeurons(layers);
        expect(layers).toEqual(original);
        narrowed.forEach((layer, l) => {
          const [rows, wide] = [keptInputs[l]!, layers[l]!];
          const columns = keptInputs[l + 1] ?? Int32Array.from({ length: wide.outputs }, (_, o) => o);
          expect([layer.inputs, layer.outputs]).toEqual([rows.length, columns.length]);
          if (l < removed.length) expect(removed[l]!.noOutput + removed[l]!.folded + layer.outputs).toBe(wide.outputs);
          rows.forEach((i, r) =>
            columns.forEach((o, c) => {
              const [at, from] = [r * layer.outputs + c, i * wide.outputs + o];
              expect(layer.mask[at]).toBe(wide.mask[from]);
              expect(layer.weights[at]).toBe(wide.mask[from] === 1 ? wide.weights[from] : 0);
            }),
          );
        });
      }),
    );
  });

  test('by hand: a neuron nobody reads takes its source with it, a constant is folded along the way', () => {
    // 2-3-3-1. Hidden 1: a reads x0; b reads nothing (bias 2); c reads x1, and only r reads it. Hidden 2: p reads a and b; q reads b alone;
    // r reads c, and nobody reads r.
    const layer = (inputs: number, outputs: number, weights: number[], bias: number[]): MaskedLayer => ({
      inputs,
      outputs,
      weights: Float32Array.from(weights),
      bias: Float32Array.from(bias),
      mask: Uint8Array.from(weights, (w) => (w === 0 ? 0 : 1)),
    });
    const result = removeDeadNeurons([
      layer(2, 3, [1, 0, 0, 0, 0, 1], [0.5, 2, 3]),
      layer(3, 3, [4, 0, 0, 5, 6, 0, 0, 0, 7], [1, -2, 0]),
      layer(3, 1, [8, 9, 0], [0.25]),
    ]);
    expect(result.layers).toEqual([layer(2, 1, [1, 0], [0.5]), layer(1, 1, [4], [1 + 5 * 2]), layer(1, 1, [8], [0.25 + 9 * (6 * 2 - 2)])]);
    expect(result.removed).toEqual([
      { noOutput: 1, folded: 1 },
      { noOutput: 1, folded: 1 },
    ]);
    expect(result.keptInputs.map((kept) => [...kept])).toEqual([[0, 1], [0], [0]]);
    expect(result.unusedInputs).toBe(1);
  });

  test('a network without connections keeps one neuron a layer and its constant outputs', () => {
    const { layers, unusedInputs } = removeDeadNeurons(randomMlp([5, 4, 3, 2], 0, 1));
    expect(layers.map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
      [5, 1],
      [1, 1],
      [1, 2],
    ]);
    expect(unusedInputs).toBe(5);
  });
});
