import type { BatchNormNode, Graph, WeightNode } from '../nn/graph';
import { weightCount } from '../nn/graph';
import type { LayerValues, NetworkValues } from '../nn/values';
import { stream, type Rng } from '../random';

/** New weights for a network that was cut, from the run's `restart` stream: drawn as initial ones, and what masks hold at zero stays there. */
export function redrawn({ graph, values }: { graph: Graph; values: NetworkValues }, seed: number): NetworkValues {
  const drawn = initialValues(graph, seed, 'restart');
  return new Map(
    [...drawn].map(([name, v]) => {
      const { mask, biasMask } = values.get(name)!;
      const held = v.weights.map((w, e) => (mask[e] === 1 ? w : 0));
      return [name, { ...v, weights: held, mask: mask.slice(), ...(biasMask && { biasMask: biasMask.slice() }) }];
    }),
  );
}

/**
 * Kaiming initialisation for ReLU (He et al. 2015) from the run's stream of this `name`: weights of dense layers N(0, 2 / inputs); of convolutions
 * N(0, 2 / (kernel positions · outputs)), which keeps the size of gradients, as the networks that network slimming (Liu et al. 2017) was
 * published with; biases 0. Batch norms start as there: scale 0.5, shift 0, running mean 0 and variance 1.
 */
export function initialValues(graph: Graph, seed: number, name = 'init'): NetworkValues {
  const values: NetworkValues = new Map();
  for (const node of graph.nodes) {
    if (node.op === 'dense' || node.op === 'conv') values.set(node.name, initialWeights(node, stream(seed, name, node.name)));
    if (node.op === 'batch-norm') values.set(node.name, initialNorm(node));
  }
  return values;
}

function initialWeights(node: WeightNode, rng: Rng): LayerValues {
  const deviation = Math.sqrt(2 / (node.op === 'dense' ? node.inputs : node.kernel[0] * node.kernel[1] * node.outputs));
  const weights = Float32Array.from({ length: weightCount(node) }, () => rng.normal() * deviation);
  return { weights, bias: new Float32Array(node.bias ? node.outputs : 0), mask: new Uint8Array(weights.length).fill(1) };
}

function initialNorm({ channels }: BatchNormNode): LayerValues {
  return {
    weights: new Float32Array(channels).fill(0.5),
    bias: new Float32Array(channels),
    mask: new Uint8Array(channels).fill(1),
    mean: new Float32Array(channels),
    variance: new Float32Array(channels).fill(1),
  };
}
