/** The inputs of a network as units that can be cut, and the layers whose weights read them. Pure. */
import { sources, type Graph, type WeightNode } from './graph';
import { passedOn } from './passing';
import { asRows } from './rows';
import { shapes, volume } from './shapes';

/** A layer that reads the network's input, be it through nodes that pass channels on (batch norms and additions among them). */
export interface InputReader {
  node: WeightNode;
  /** For each of its inputs the units in it: none where it is made by another layer, several where an addition sums them. */
  units: readonly (readonly number[])[];
}

export interface InputUnits {
  /** Numbers of a row (or of an image that is only read flattened), or channels of an image. */
  count: number;
  /** Numbers of a sample that each is. */
  numbers: number;
  readers: readonly InputReader[];
}

const NONE: readonly number[] = [];

export function inputUnits(graph: Graph): InputUnits {
  const rows = asRows(graph);
  const shape = shapes(rows);
  const width = (name: string) => shape.get(name)!.at(-1)!;
  const found = new Map<string, readonly (readonly number[])[]>();
  const readers: InputReader[] = [];
  for (const node of rows.nodes) {
    const read = sources(node).map((name) => found.get(name)!);
    const outputs = width(node.name);
    switch (node.op) {
      case 'input':
        found.set(
          node.name,
          Array.from({ length: outputs }, (_, unit) => [unit]),
        );
        break;
      case 'dense':
      case 'conv':
        if (read[0]!.some(({ length }) => length > 0)) readers.push({ node, units: read[0]! });
        found.set(node.name, Array<readonly number[]>(outputs).fill(NONE));
        break;
      case 'add':
        found.set(
          node.name,
          Array.from({ length: outputs }, (_, c) => union(read.map((units) => units[c]!))),
        );
        break;
      default:
        found.set(
          node.name,
          passedOn(node, read, outputs, () => NONE),
        );
    }
  }
  const input = shape.get(rows.nodes[0]!.name)!;
  return { count: input.at(-1)!, numbers: volume(input) / input.at(-1)!, readers };
}

function union(sets: readonly (readonly number[])[]): readonly number[] {
  const filled = sets.filter(({ length }) => length > 0);
  return filled.length <= 1 ? (filled[0] ?? NONE) : [...new Set(filled.flat())];
}
