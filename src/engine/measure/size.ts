import { gzipSync } from 'node:zlib';
import { countGraph } from '../nn/count';
import type { Graph } from '../nn/graph';
import { prunableLayers } from '../nn/graph';
import type { NetworkValues } from '../nn/values';

const FAST_GZIP_BYTES = 16e6;

export interface Size {
  params: number;
  nonZeros: number;
  nonZeroWeights: number;
  macs: number;
  bytes: number;
  bytesGzip: number;
}

/**
 * Counts of a network. Parameters are weights, biases, scales and shifts; non-zero weights those of dense layers and convolutions alone.
 * Multiply-accumulates are those that the dense kernels perform: zeros inside a layer cost as much as other weights. Bytes are of all
 * that is stored as float32, running statistics of batch norms included.
 */
export function measureSize(graph: Graph, values: NetworkValues): Size {
  const layers = graph.nodes.flatMap(({ name }) => values.get(name) ?? []);
  const trained = layers.flatMap(({ weights, bias }) => [weights, bias]);
  const stored = layers.flatMap(({ weights, bias, mean, variance }) => [
    weights,
    bias,
    ...(mean ? [mean] : []),
    ...(variance ? [variance] : []),
  ]);
  const raw = Buffer.concat(stored.map(bytesOf));
  return {
    params: sum(trained.map((array) => array.length)),
    nonZeroWeights: sum(prunableLayers(graph).map(({ name }) => nonZeros(values.get(name)!.weights))),
    nonZeros: sum(trained.map(nonZeros)),
    macs: countGraph(graph).macs,
    bytes: raw.length,
    // Of large networks the last per cent would cost seconds.
    bytesGzip: gzipSync(raw, { level: raw.length > FAST_GZIP_BYTES ? 6 : 9 }).length,
  };
}

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const nonZeros = (values: Float32Array) => values.reduce((count, v) => count + (v === 0 ? 0 : 1), 0);
const bytesOf = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
