import type { Graph, Node, WeightNode } from './graph';
import { prunableLayers, sources } from './graph';
import { passedOn } from './passing';
import { shapes } from './shapes';

/** A layer that gives (`out`) or reads (`in`) channels of a group. A batch norm reads: its own channels are those that it reads. */
export interface GroupMember {
  layer: string;
  side: 'in' | 'out';
  /** For each channel of the group the member's own numbers of it: none where it does not see the channel, several after a flatten. */
  indices: readonly (readonly number[])[];
}

/** Channels that are the same numbers, or summed with each other: taking one out of one layer takes it out of all members. */
export interface Group {
  channels: number;
  members: readonly GroupMember[];
}

/**
 * The groups of coupled channels, in the order of the layers that give them: what an addition sums is tied, a concatenation shifts the
 * numbers of what it joins. The logits, and inputs that no layer's outputs are added to, are in no group.
 */
export function groups(graph: Graph): Group[] {
  const ties = new DisjointSets();
  const channels = channelsOf(graph, ties);
  const givers = prunableLayers(graph).slice(0, -1);

  // Channels that one layer gives are one group, and so is whatever shares a channel with it.
  const kin = new DisjointSets(ties.size);
  for (const { name } of givers) {
    const own = channels.get(name)!;
    for (const id of own) kin.join(ties.find(own[0]!), ties.find(id));
  }
  /** Group, by the least of its channels; within it the position of each channel. */
  const positions = new Map<number, Map<number, number>>();
  for (const { name } of givers) {
    for (const id of channels.get(name)!) {
      const root = ties.find(id);
      const group = entry(positions, kin.find(root), () => new Map<number, number>());
      entry(group, root, () => group.size);
    }
  }

  const members = new Map<number, GroupMember[]>();
  const take = (layer: string, side: GroupMember['side'], ids: readonly number[]) => {
    const seen = new Map<number, number[][]>();
    ids.forEach((id, own) => {
      const root = ties.find(id);
      const group = kin.find(root);
      const position = positions.get(group)?.get(root);
      if (position === undefined) return;
      entry(seen, group, () => Array.from(positions.get(group)!, () => []))[position]!.push(own);
    });
    for (const [group, indices] of seen) entry(members, group, () => []).push({ layer, side, indices });
  };
  const gives = new Set(givers.map(({ name }) => name));
  for (const node of graph.nodes) {
    if (isReader(node)) take(node.name, 'in', channels.get(node.from)!);
    if (gives.has(node.name)) take(node.name, 'out', channels.get(node.name)!);
  }
  return Array.from(positions, ([group, { size }]) => ({ channels: size, members: members.get(group)! }));
}

type Reader = WeightNode | Extract<Node, { op: 'batch-norm' }>;
const isReader = (node: Node): node is Reader => node.op === 'dense' || node.op === 'conv' || node.op === 'batch-norm';

/** For every node's output the channels in it, as numbers that are tied where an addition sums them. */
function channelsOf(graph: Graph, ties: DisjointSets): Map<string, readonly number[]> {
  const shapeOf = shapes(graph);
  const channels = new Map<string, readonly number[]>();
  for (const node of graph.nodes) {
    const from = sources(node).map((name) => channels.get(name)!);
    channels.set(node.name, outputs(node, from, shapeOf.get(node.name)!.at(-1)!, ties));
  }
  return channels;
}

function outputs(node: Node, from: readonly (readonly number[])[], width: number, ties: DisjointSets): readonly number[] {
  switch (node.op) {
    case 'input':
    case 'dense':
    case 'conv':
      return Array.from({ length: width }, () => ties.add());
    case 'add': {
      const [first, ...others] = from;
      for (const other of others) first!.forEach((id, i) => ties.join(id, other[i]!));
      return first!;
    }
    default:
      return passedOn(node, from, width, () => ties.add());
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/** Union-find with path halving (Tarjan and van Leeuwen 1984); the least element represents its set. */
class DisjointSets {
  private readonly parent: number[];

  constructor(size = 0) {
    this.parent = Array.from({ length: size }, (_, i) => i);
  }

  get size(): number {
    return this.parent.length;
  }

  add(): number {
    return this.parent.push(this.parent.length) - 1;
  }

  find(element: number): number {
    let at = element;
    while (this.parent[at] !== at) at = this.parent[at] = this.parent[this.parent[at]!]!;
    return at;
  }

  join(a: number, b: number): void {
    const [low, high] = [this.find(a), this.find(b)].sort((x, y) => x - y) as [number, number];
    this.parent[high] = low;
  }
}
