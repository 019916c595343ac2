import { readersOf, rewired, type Graph } from './graph';

/**
 * The same network with rows for its input, where an image is only read flattened: then its numbers can go one by one. Other graphs as they
 * are.
 */
export function asRows(graph: Graph): Graph {
  const [input, ...rest] = graph.nodes;
  if (input?.op !== 'input' || input.flat) return graph;
  const readers = readersOf(graph).get(input.name)!;
  if (readers.length === 0 || readers.some(({ op }) => op !== 'flatten')) return graph;
  const flat = new Set(readers.map(({ name }) => name));
  const nodes = rest.filter(({ name }) => !flat.has(name)).map((node) => rewired(node, (name) => (flat.has(name) ? input.name : name)));
  return { ...graph, nodes: [{ ...input, flat: true }, ...nodes] };
}
