/** How channels run through a node that passes on what it reads, channel by channel. */
import { sources, type Node, type WeightNode } from './graph';

/** A node that makes no channels of what it reads and does not sum them: each channel is one that it reads, or zeros. */
export type PassingNode = Exclude<Node, WeightNode | { op: 'input' } | { op: 'add' }>;

/**
 * What there is to know of each channel that a node gives.
 *
 * @param from the same of each channel that it reads, by source
 * @param outputs how many channels it gives
 * @param zeros of a channel of zeros that it adds
 */
export function passedOn<T>(node: PassingNode, from: readonly (readonly T[])[], outputs: number, zeros: () => T): readonly T[] {
  const first = from[0]!;
  const added = (count: number) => Array.from({ length: count }, zeros);
  switch (node.op) {
    case 'select':
      return node.indices.map((index) => first[index]!);
    case 'pad-channels':
      return [...added(node.before), ...first, ...added(node.after)];
    case 'concat':
      return from.flat();
    case 'flatten':
      return Array.from({ length: outputs }, (_, i) => first[i % first.length]!);
    case 'batch-norm':
    case 'relu':
    case 'max-pool':
    case 'average-pool':
    case 'global-average-pool':
      return first;
  }
}

/**
 * Which channel of its `s`th source each channel of a node is, or of an addition has in it; -1 for none of them.
 *
 * @param width how many channels a node gives
 */
export function routeOf(node: PassingNode | Extract<Node, { op: 'add' }>, s: number, width: (name: string) => number): Int32Array {
  const numbered = (name: string, at: number) => Array.from({ length: width(name) }, (_, channel) => (at === s ? channel : -1));
  if (node.op === 'add') return Int32Array.from(numbered(node.from[s]!, s));
  return Int32Array.from(passedOn(node, sources(node).map(numbered), width(node.name), () => -1));
}
