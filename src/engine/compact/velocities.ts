/** Momentum follows the parameters into a narrower network, and back. */
import type { Graph } from '../nn/graph';
import type { Velocities } from '../nn/values';
import type { Narrowed } from './narrowed';
import { narrowMatrix, narrowVector, widenMatrix, widenVector } from './slices';

type Places = Pick<Narrowed, 'kept' | 'inputs'>;

/**
 * What the narrow network holds at zero has no momentum.
 *
 * @param graph the network that was narrowed, to which the velocities belong
 */
export function narrowVelocities(
  { kept, inputs, values }: Places & Pick<Narrowed, 'values'>,
  graph: Graph,
  velocities: Velocities,
): Velocities {
  const narrow: Velocities = new Map();
  for (const node of graph.nodes) {
    const wide = velocities.get(node.name);
    if (!wide) continue;
    const outputs = kept.get(node.name)!;
    const weights =
      node.op === 'dense' || node.op === 'conv'
        ? narrowMatrix(node, wide.weights, inputs.get(node.name)!, outputs)
        : narrowVector(wide.weights, outputs);
    const { mask, biasMask = node.op === 'batch-norm' ? mask : undefined } = values.get(node.name)!;
    const bias = narrowVector(wide.bias, outputs);
    narrow.set(node.name, {
      weights: weights.map((v, e) => (mask[e] === 1 ? v : 0)),
      bias: bias.map((v, o) => (biasMask?.[o] === 0 ? 0 : v)),
    });
  }
  return narrow;
}

/** Velocities of the narrow network in the layout of the original one: zero where nothing is left. */
export function widenVelocities({ kept, inputs }: Places, original: Graph, velocities: Velocities): Velocities {
  const wide: Velocities = new Map();
  for (const node of original.nodes) {
    const narrow = velocities.get(node.name);
    if (!narrow) continue;
    const outputs = kept.get(node.name)!;
    if (node.op === 'dense' || node.op === 'conv') {
      const weights = widenMatrix(node, narrow.weights, inputs.get(node.name)!, outputs);
      wide.set(node.name, { weights, bias: widenVector(narrow.bias, outputs, node.outputs) });
    } else if (node.op === 'batch-norm') {
      const [weights, bias] = [narrow.weights, narrow.bias].map((numbers) => widenVector(numbers, outputs, node.channels));
      wide.set(node.name, { weights: weights!, bias: bias! });
    }
  }
  return wide;
}
