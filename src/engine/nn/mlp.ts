import type { Graph, Node } from './graph';

/** Fully connected network with ReLU between layers; layers are fc1, fc2, ... and the last one gives the logits. */
export function mlp(name: string, features: number, image: readonly number[] | null, hidden: readonly number[], classes: number): Graph {
  const nodes: Node[] = [{ op: 'input', name: 'input', features, image, flat: true }];
  let from = 'input';
  let inputs = features;
  [...hidden, classes].forEach((outputs, i, all) => {
    const fc = `fc${i + 1}`;
    nodes.push({ op: 'dense', name: fc, from, inputs, outputs, bias: true });
    from = fc;
    if (i < all.length - 1) {
      nodes.push({ op: 'relu', name: `relu${i + 1}`, from: fc });
      from = `relu${i + 1}`;
    }
    inputs = outputs;
  });
  return { name, description: [features, ...hidden, classes].join('-'), nodes };
}
