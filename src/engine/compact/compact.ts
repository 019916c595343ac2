import * as tf from '@tensorflow/tfjs';
import { mlp } from '../nn/mlp';
import { prunableLayers, type Graph } from '../nn/graph';
import { removeDeadNeurons } from '../prune/deadNeurons';
import type { Report } from '../../shared/report';
import type { Network } from '../train/network';
import { type NetworkValues } from '../train/network';

export interface Compact {
  graph: Graph;
  values: NetworkValues;
  removed: Report['removed'];
}

/** The masked network without its dead neurons: narrower dense layers, same function. */
export function compactNetwork(graph: Graph, values: NetworkValues): Compact {
  const input = graph.nodes[0]!;
  const nodes = prunableLayers(graph);
  const { layers, removed, unusedInputs } = removeDeadNeurons(
    nodes.map((node) => ({ inputs: node.inputs, outputs: node.outputs, ...values.get(node.name)! })),
  );
  const hidden = layers.slice(0, -1).map((l) => l.outputs);
  return {
    graph: mlp(graph.name, nodes[0]!.inputs, input.op === 'input' ? input.image : null, hidden, nodes.at(-1)!.outputs),
    values: new Map(nodes.map((node, i) => [node.name, layers[i]!])),
    removed: {
      neurons: removed.map((r, i) => ({ layer: nodes[i]!.name, before: nodes[i]!.outputs, after: layers[i]!.outputs, folded: r.folded })),
      unusedInputs,
    },
  };
}

/** Largest absolute difference of the two networks' logits over x [n, features]. */
export function maxLogitDifference(a: Network, b: Network, x: tf.Tensor2D): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a.logits(x), b.logits(x)))).dataSync<'float32'>()[0]!);
}
