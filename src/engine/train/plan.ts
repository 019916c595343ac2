/**
 * How a graph is carried out: a layer for each node in order, and instead of selections from concatenations (compaction makes them) what
 * gives the same with less work. Graphs, files and the names of what is given stay as they are.
 */
import { sources, type Graph } from '../nn/graph';
import { shapes } from '../nn/shapes';
import type { NetworkValues } from '../nn/values';
import { createLayer } from './layers/create';
import type { Layer } from './layers/layer';
import { rows, rowSelect } from './layers/rows';

/** A node with its layer and what there is to know about it before any batch. */
export interface Place {
  name: string;
  from: readonly string[];
  layer: Layer;
  /** Does the backward pass need gradients by the inputs: are there parameters behind them? */
  wanted: boolean;
  /** Outputs that no later layer reads in the forward pass. */
  lastRead: readonly string[];
  /** No node of the graph, but what another gives as rows. Its gradients are put one after another (along the first axis), not added. */
  role?: 'rows';
  /** Nobody reads it any more: computed only where it is asked for. */
  idle?: true;
}

/** The layers of all nodes but the input, in order. */
export function plan(graph: Graph, values: NetworkValues): Place[] {
  const steps = stepsOf(graph, values);
  const lastReader = new Map<string, string>();
  for (const { name, from } of steps) for (const read of [name, ...from]) lastReader.set(read, name);
  lastReader.delete(graph.nodes[0]!.name); // the batch is the caller's
  const trains = new Set<string>();
  return steps.map((step): Place => {
    const wanted = step.from.some((source) => trains.has(source));
    if (wanted || step.layer.state) trains.add(step.name);
    const lastRead = [...lastReader].filter(([, reader]) => reader === step.name).map(([name]) => name);
    return { ...step, wanted, lastRead };
  });
}

type Step = Omit<Place, 'wanted' | 'lastRead'>;

/** Channels that follow one another in a selection and come from one part of a concatenation. */
interface Run {
  part: string;
  indices: number[];
}

function stepsOf(graph: Graph, values: NetworkValues): Step[] {
  const shapeOf = shapes(graph);
  const width = (name: string) => shapeOf.get(name)!.at(-1)!;
  const live = liveNodes(graph);
  const selections = selectionsByParts(graph, width, live);
  const idle = idleConcats(graph, selections);
  const picked = new Set([...selections.values()].flatMap((runs) => runs.map(({ part }) => part)));
  const rowsOf = (part: string) => `${part}:rows`;
  const normalised = new Set(graph.nodes.flatMap((node) => (node.op === 'batch-norm' ? [node.from] : [])));
  const normalisedPicks = new Set(
    [...selections].flatMap(([reader, runs]) => (normalised.has(reader) ? runs.map(({ part }) => part) : [])),
  );

  return graph.nodes.flatMap((node): Step[] => {
    const { name } = node;
    const steps: Step[] = [];
    if (node.op !== 'input') {
      const runs = selections.get(name);
      const parts = idle.get(name);
      if (runs)
        steps.push({
          name,
          from: runs.map(({ part }) => rowsOf(part)),
          layer: rowSelect(runs.map(({ part, indices }) => ({ indices, count: width(part) }))),
        });
      else if (parts) steps.push({ name, from: parts, layer: createLayer(node, undefined), idle: true });
      else steps.push({ name, from: sources(node), layer: createLayer(node, values.get(name), normalised.has(name)) });
    }
    if (picked.has(name)) {
      // Gradients come from the last reader first; of one reader as it picks.
      const channels = [...selections]
        .reverse()
        .flatMap(([reader, runs]) => (live.has(reader) ? runs.flatMap(({ part, indices }) => (part === name ? indices : [])) : []));
      steps.push({ name: rowsOf(name), from: [name], layer: rows(width(name), channels, normalisedPicks.has(name)), role: 'rows' });
    }
    return steps;
  });
}

/** The selections from concatenations, as runs of channels of the parts that are concatenated. */
function selectionsByParts(graph: Graph, width: (name: string) => number, live: ReadonlySet<string>): Map<string, Run[]> {
  const parts = concatenated(graph, width);
  const selections = new Map<string, Run[]>();
  for (const node of graph.nodes) {
    if (node.op !== 'select' || !parts.has(node.from)) continue;
    const runs: Run[] = [];
    for (const index of node.indices) {
      const { part, channel } = parts.get(node.from)![index]!;
      const run = runs.at(-1);
      if (run?.part === part) run.indices.push(channel);
      else runs.push({ part, indices: [channel] });
    }
    selections.set(node.name, runs);
  }
  // A part that is there but never picked from gets a gradient of zeros, as from the whole concatenation: its weights go on to decay.
  const learning = graph.nodes.filter(({ name }) => selections.has(name) && live.has(name));
  const picked = new Set(learning.flatMap(({ name }) => selections.get(name)!.map(({ part }) => part)));
  for (const node of learning) {
    for (const { part } of parts.get(sources(node)[0]!)!) {
      if (!picked.has(part)) selections.get(node.name)!.push({ part, indices: [] });
      picked.add(part);
    }
  }
  return selections;
}

/** The nodes that the last one depends on: in training they get a gradient. */
function liveNodes({ nodes }: Graph): Set<string> {
  const live = new Set([nodes.at(-1)!.name]);
  for (const node of [...nodes].reverse()) if (live.has(node.name)) for (const from of sources(node)) live.add(from);
  return live;
}

/** Of each concatenation: where each of its channels comes from, seen through concatenations of concatenations. */
function concatenated(graph: Graph, width: (name: string) => number): Map<string, { part: string; channel: number }[]> {
  const found = new Map<string, { part: string; channel: number }[]>();
  for (const node of graph.nodes) {
    if (node.op !== 'concat') continue;
    const channels = (part: string) => Array.from({ length: width(part) }, (_, channel) => ({ part, channel }));
    found.set(
      node.name,
      node.from.flatMap((from) => found.get(from) ?? channels(from)),
    );
  }
  return found;
}

/** Concatenations that only selections and others of these read, with the parts that they join. */
function idleConcats(graph: Graph, selections: ReadonlyMap<string, unknown>): Map<string, string[]> {
  const read = new Set([graph.nodes.at(-1)!.name]);
  const idle = new Set<string>();
  for (const node of [...graph.nodes].reverse()) {
    if (node.op === 'concat' && !read.has(node.name)) idle.add(node.name);
    else if (!selections.has(node.name)) for (const from of sources(node)) read.add(from);
  }
  const parts = new Map<string, string[]>();
  for (const node of graph.nodes) {
    if (node.op === 'concat' && idle.has(node.name))
      parts.set(
        node.name,
        node.from.flatMap((from) => parts.get(from) ?? [from]),
      );
  }
  return parts;
}
