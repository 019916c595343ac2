/**
 * A network as declared data: nodes in topological order, each naming what it reads. Nothing here computes; train/ runs it with
 * kernels/, prune/ reads its couplings, measure/ counts it. Pure: config/ and the editor use it for layer names.
 */
export type Node =
  | {
      op: 'input';
      name: string;
      features: number;
      /** Image layout of the features, if they have one: [height, width, channels]. */ image: readonly number[] | null;
    }
  | { op: 'dense'; name: string; from: string; inputs: number; outputs: number }
  | { op: 'relu'; name: string; from: string };

export interface Graph {
  name: string;
  description: string;
  nodes: readonly Node[];
}

export type DenseNode = Extract<Node, { op: 'dense' }>;

/** The layers that weight-level pruning may cut, in order. */
export function prunableLayers(graph: Graph): DenseNode[] {
  return graph.nodes.filter((n): n is DenseNode => n.op === 'dense');
}

/** Does `name` match `pattern`, where `*` stands for any characters? */
export function matchesPattern(name: string, pattern: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return name === pattern;
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= name.length - last.length;
}
