import { gzipSync } from 'node:zlib';
import type { Graph } from '../nn/graph';
import { prunableLayers } from '../nn/graph';
import type { NetworkValues } from '../train/network';

export interface Size {
  params: number;
  nonZeros: number;
  nonZeroWeights: number;
  macs: number;
  bytes: number;
  bytesGzip: number;
}

/**
 * Counts of a dense network. Multiply-accumulates are those that the dense kernels perform, inputs × outputs of each layer: zeros
 * inside a layer cost as much as other weights.
 */
export function measureSize(graph: Graph, values: NetworkValues): Size {
  const layers = prunableLayers(graph).map((node) => ({ node, ...values.get(node.name)! }));
  const params = sum(layers.map((l) => l.weights.length + l.bias.length));
  const nonZeroWeights = sum(layers.map((l) => nonZeros(l.weights)));
  const raw = Buffer.concat(layers.flatMap((l) => [bytesOf(l.weights), bytesOf(l.bias)]));
  return {
    params,
    nonZeroWeights,
    nonZeros: nonZeroWeights + sum(layers.map((l) => nonZeros(l.bias))),
    macs: sum(layers.map((l) => l.node.inputs * l.node.outputs)),
    bytes: raw.length,
    bytesGzip: gzipSync(raw, { level: 9 }).length,
  };
}

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const nonZeros = (values: Float32Array) => values.reduce((count, v) => count + (v === 0 ? 0 : 1), 0);
const bytesOf = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
