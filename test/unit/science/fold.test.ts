import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldBatchNorms } from '../../../src/engine/compact/fold';
import { preResnet } from '../../../src/engine/nn/preresnet';
import { stream } from '../../../src/engine/random';
import { inferenceForm } from '../../../src/engine/compact/inference';
import { narrow } from '../../../src/engine/compact/narrow';
import { logits, randomSample } from '../nn/interpreter';
import { randomGraph, randomValues, withoutSigns } from './randomNetworks';

describe('folding batch norms for inference', () => {
  test('keeps the function of random networks, masks and all', () => {
    let folded = 0;
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(0, 0.3, 0.9), (seed, channels) => {
        const graph = randomGraph(seed);
        const values = randomValues(graph, seed, { channels, weights: 0.2 });
        const inference = foldBatchNorms(graph, values);
        folded += graph.nodes.length - inference.graph.nodes.length;
        const x = randomSample(graph, stream(seed, 'x'));
        const scale = logits(graph, withoutSigns(values), { ...x, data: x.data.map(Math.abs) });
        const [before, after] = [logits(graph, values, x), logits(inference.graph, inference.values, x)];
        // Products and biases are rounded to float32.
        before.forEach((v, c) => expect(Math.abs(v - after[c]!)).toBeLessThanOrEqual(2e-6 * (1 + scale[c]!)));
      }),
      { numRuns: 200 },
    );
    expect(folded).toBeGreaterThan(100);
  });

  test('leaves no batch norm but on sums, and no selection before one', () => {
    const graph = preResnet(11, [8, 8, 3], 4);
    const narrowed = narrow(graph, randomValues(graph, 1, { channels: 0.5, weights: 0 }));
    expect(narrowed.graph.nodes.some(({ op }) => op === 'select')).toBe(true);
    const { nodes } = foldBatchNorms(narrowed.graph, narrowed.values).graph;
    expect(nodes.filter(({ op }) => op === 'select')).toEqual([]);
    const sums = new Set(nodes.filter(({ op }) => op === 'add').map(({ name }) => name));
    for (const node of nodes) if (node.op === 'batch-norm') expect(sums.has(node.from) || node.from === 'stem_conv').toBe(true);
  });
});

describe('the form in which the engine runs inference', () => {
  test('keeps the function of random networks, masks and all', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(0.3, 0.6), (seed, channels) => {
        const graph = randomGraph(seed);
        const narrowed = narrow(graph, randomValues(graph, seed, { channels, weights: 0.2 }));
        const form = inferenceForm(narrowed.graph, narrowed.values);
        const x = randomSample(graph, stream(seed, 'x'));
        const scale = logits(narrowed.graph, withoutSigns(narrowed.values), { ...x, data: x.data.map(Math.abs) });
        const [before, after] = [logits(narrowed.graph, narrowed.values, x), logits(form.graph, form.values, x)];
        before.forEach((v, c) => expect(Math.abs(v - after[c]!)).toBeLessThanOrEqual(2e-6 * (1 + scale[c]!)));
      }),
      { numRuns: 100 },
    );
  });

  test.each([0.4, 0.7])('reads a wide trunk whole: %f of the channels off', (channels) => {
    const graph = preResnet(11, [8, 8, 3], 4);
    const values = randomValues(graph, 1, { channels, weights: 0 });
    const narrowed = narrow(graph, values);
    const form = inferenceForm(narrowed.graph, narrowed.values);
    const norm = (g: typeof graph, name: string) => g.nodes.find((node) => node.name === name);
    const block = 'stage3_block1_bn1';
    const selects = (g: typeof graph) => g.nodes.some(({ name }) => name === `${block}_select`);
    expect([selects(narrowed.graph), selects(form.graph)]).toEqual([true, false]);
    expect(norm(form.graph, block)).toMatchObject({ op: 'batch-norm' });
    const x = randomSample(graph, stream(1, 'x'));
    const [before, after] = [logits(graph, values, x), logits(form.graph, form.values, x)];
    const scale = Math.max(...before.map(Math.abs));
    before.forEach((v, c) => expect(Math.abs(v - after[c]!)).toBeLessThanOrEqual(1e-5 * scale));
  });
});
