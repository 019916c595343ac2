/** Small graphs, by hand and at random. */
import fc from 'fast-check';
import type { ConvNode, Graph, InputNode, Node } from '../../../src/engine/nn/graph';

export const input = (image: readonly number[]): InputNode => ({
  op: 'input',
  name: 'input',
  features: image.reduce((a, b) => a * b, 1),
  image,
  flat: image.length === 1,
});

export const conv = (name: string, from: string, inputs: number, outputs: number, change: Partial<ConvNode> = {}): ConvNode => ({
  op: 'conv',
  name,
  from,
  inputs,
  outputs,
  kernel: [3, 3],
  strides: [1, 1],
  padding: 'same',
  bias: false,
  ...change,
});

export const norm = (name: string, from: string, channels: number): Node => ({
  op: 'batch-norm',
  name,
  from,
  channels,
  epsilon: 1e-5,
  momentum: 0.1,
});

export const graphOf = (...nodes: Node[]): Graph => ({ name: 'test', description: '', nodes });

/** Networks of convolutions, sums, concatenations, selections and padding on 4×4 images, ending in a dense layer. */
export const anyGraph: fc.Arbitrary<Graph> = fc
  .array(fc.record({ kind: fc.nat(6), from: fc.nat(), other: fc.nat(), width: fc.integer({ min: 1, max: 4 }) }), {
    minLength: 1,
    maxLength: 14,
  })
  .map((steps) => {
    const nodes: Node[] = [input([4, 4, 3])];
    const widths: number[] = [3];
    const add = (node: Node, width: number) => {
      nodes.push(node);
      widths.push(width);
    };
    steps.forEach(({ kind, from, other, width }, i) => {
      const a = from % nodes.length;
      const [source, channels] = [nodes[a]!.name, widths[a]!];
      if (kind <= 1) add(conv(`conv${i}`, source, channels, width), width);
      else if (kind === 2) add(norm(`bn${i}`, source, channels), channels);
      else if (kind === 3) {
        // Something as wide as `a`, itself if need be.
        const same = widths.flatMap((w, at) => (w === channels ? [at] : []));
        add({ op: 'add', name: `add${i}`, from: [source, nodes[same[other % same.length]!]!.name] }, channels);
      } else if (kind === 4) {
        const b = other % nodes.length;
        add({ op: 'concat', name: `concat${i}`, from: [source, nodes[b]!.name] }, channels + widths[b]!);
      } else if (kind === 5) {
        const indices = Array.from({ length: channels }, (_, c) => c).filter((c) => c === 0 || (other >> c) % 2 === 1);
        add({ op: 'select', name: `select${i}`, from: source, indices }, indices.length);
      } else
        add({ op: 'pad-channels', name: `pad${i}`, from: source, before: width - 1, after: other % 2 }, channels + width - 1 + (other % 2));
    });
    const last = nodes.at(-1)!.name;
    nodes.push({ op: 'flatten', name: 'flatten', from: last });
    nodes.push({ op: 'dense', name: 'fc', from: 'flatten', inputs: 16 * widths.at(-1)!, outputs: 2, bias: true });
    return graphOf(...nodes);
  });
