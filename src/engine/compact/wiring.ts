/**
 * Which channel goes where: for each node, the channels of earlier nodes that its own are made of. Selections are seen through, so a reader
 * is wired to the node behind them; what compaction does with channels is then the same for every kind of node.
 */
import type { Graph, Node } from '../nn/graph';
import { sources } from '../nn/graph';
import { routeOf } from '../nn/passing';
import { shapes } from '../nn/shapes';

/** One of the nodes that a node reads. */
export interface Operand {
  source: string;
  /** Channels it gives to the node: after a selection its length. */
  width: number;
  /**
   * The channel of `source` behind each input of a layer, or behind each output of a node that passes channels on; -1 where this operand
   * has nothing to do with the output (other parts of a concatenation, zeros of pad-channels).
   */
  channels: Int32Array;
}

export interface Wired {
  node: Node;
  outputs: number;
  operands: readonly Operand[];
  /** Layers hold numbers for each channel and so can read any part of them; other nodes pass on what they get. */
  layer: boolean;
  /** Does it give the network's input, with nothing but passing on in between? */
  raw: boolean;
}

/** The nodes by name, in order, without selections (but for one that gives the logits). */
export type Wiring = ReadonlyMap<string, Wired>;

export function wire(graph: Graph): Wiring {
  const shape = shapes(graph);
  const width = (name: string) => shape.get(name)!.at(-1)!;
  const selections = new Map<string, Operand>();
  const behind = (name: string): Operand => selections.get(name) ?? { source: name, width: width(name), channels: range(width(name)) };

  const wiring = new Map<string, Wired>();
  graph.nodes.forEach((node, n) => {
    const operands = sources(node).map((from, k): Operand => {
      const { source, channels } = behind(from);
      return { source, width: width(from), channels: taken(node, k, width).map((c) => (c < 0 ? c : channels[c]!)) };
    });
    if (node.op === 'select' && n < graph.nodes.length - 1) {
      selections.set(node.name, { ...operands[0]!, width: node.indices.length });
      return;
    }
    const layer = node.op === 'dense' || node.op === 'conv' || node.op === 'batch-norm';
    const raw = !layer && operands.every(({ source }) => wiring.get(source)!.raw);
    wiring.set(node.name, { node, outputs: width(node.name), operands, layer, raw });
  });
  return wiring;
}

/** For each output of a node (each input of a layer): which channel of what it reads as its k-th operand it takes. */
function taken(node: Node, k: number, width: (name: string) => number): Int32Array {
  if (node.op === 'dense' || node.op === 'conv' || node.op === 'input') return range(width(sources(node)[k]!));
  return routeOf(node, k, width);
}

export const range = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);
