import type { Graph, Node } from './graph';
import { channelSites, weightCount } from './graph';
import { shapes, volume, type Shape } from './shapes';

export interface Counts {
  /** Trained numbers: weights, biases, scales and shifts. */
  params: number;
  /** Multiply-accumulates of one sample in convolutions and dense layers, as the literature counts them. */
  macs: number;
}

/** Counts of one node, given the shape of its output. */
export function countNode(node: Node, output: Shape): Counts {
  if (node.op === 'batch-norm') return { params: 2 * node.channels, macs: 0 };
  if (node.op !== 'dense' && node.op !== 'conv') return { params: 0, macs: 0 };
  const weights = weightCount(node);
  const positions = volume(output.slice(0, -1));
  return { params: weights + (node.bias ? node.outputs : 0), macs: positions * weights };
}

/** Counts of the whole network; `channels` are those that channel-level pruning may cut. */
export function countGraph(graph: Graph): Counts & { channels: number } {
  const shapeOf = shapes(graph);
  const counts = graph.nodes.map((node) => countNode(node, shapeOf.get(node.name)!));
  return {
    channels: channelSites(graph).reduce((total, site) => total + site.channels, 0),
    params: counts.reduce((total, { params }) => total + params, 0),
    macs: counts.reduce((total, { macs }) => total + macs, 0),
  };
}
