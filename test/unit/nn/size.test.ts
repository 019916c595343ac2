import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { measureSize } from '../../../src/engine/measure/size';
import type { LayerValues, NetworkValues } from '../../../src/engine/nn/values';
import { conv, graphOf, input, norm } from './graphs';

const layer = (weights: number[], bias: number[], more: Partial<LayerValues> = {}): LayerValues => ({
  weights: Float32Array.from(weights),
  bias: Float32Array.from(bias),
  mask: new Uint8Array(weights.length).fill(1),
  ...more,
});

test('a batch norm: scale and shift are parameters, running statistics are bytes alone, none of them are weights', () => {
  const graph = graphOf(
    input([4, 6, 1]),
    conv('conv', 'input', 1, 2, { kernel: [1, 2], strides: [2, 2] }),
    norm('bn', 'conv', 2),
    { op: 'global-average-pool', name: 'pool', from: 'bn' },
    { op: 'dense', name: 'fc', from: 'pool', inputs: 2, outputs: 3, bias: true },
  );
  const values: NetworkValues = new Map([
    // Not in the order of the graph.
    ['fc', layer([1, 0, 0, -0, 5, 6], [0, 0, 9])],
    ['conv', layer([1, 2, 0, 4], [])],
    ['bn', layer([1, 0], [0, 0.5], { mean: Float32Array.of(3, 4), variance: Float32Array.of(1, 1) })],
  ]);
  const { bytesGzip, ...size } = measureSize(graph, values);
  expect(size).toEqual({
    params: 4 + 4 + 9,
    nonZeroWeights: 3 + 3,
    nonZeros: 3 + 2 + 3 + 1,
    macs: 2 * 3 * 4 + 6,
    bytes: 4 * (4 + 8 + 9),
  });
  const raw = Buffer.from(Float32Array.of(1, 2, 0, 4, 1, 0, 0, 0.5, 3, 4, 1, 1, 1, 0, 0, -0, 5, 6, 0, 0, 9).buffer);
  expect(bytesGzip).toBe(gzipSync(raw, { level: 9 }).length);
});
