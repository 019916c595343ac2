/**
 * The filter of each channel, for criteria that rank channels by weights. It is the part of the network that goes where the channel is cut:
 * the filter that makes the channel where no one else reads it, or else (a residual sum, a concatenation, any map that has other readers)
 * the slices of the layers that read it. Pure.
 */
import { channelSites, readersOf, sources, weightRows, type BatchNormNode, type Graph, type Node, type WeightNode } from '../nn/graph';
import { routeOf } from '../nn/passing';
import { shapes } from '../nn/shapes';
import type { NetworkValues } from '../nn/values';
import type { PrunableWeights } from '../prune/layer';
import { normalise } from './normalise';

/** A column for each channel, [rows × outputs] row by row; columns of fewer numbers end in zeros. */
export interface FilterMatrix {
  rows: number;
  outputs: number;
  weights: Float32Array;
}

/** By channel site. */
export type Filters = ReadonlyMap<string, FilterMatrix>;

/**
 * @param values weights that read what was cut, or only feed it, should be 0: so a network has the same filters whether its dead channels
 * are masked or gone
 */
export function siteFilters(graph: Graph, values: NetworkValues): Map<string, FilterMatrix> {
  const net = wired(graph);
  return new Map(
    channelSites(graph).map(({ name, channels }) => {
      const site = net.nodes.get(name)!;
      const maker = site.op === 'batch-norm' ? ownMaker(net, site) : { node: site as WeightNode, channel: identity(channels) };
      return [name, maker ? columns(matrixOf(maker.node, values), maker.channel) : slices(net, site, values)];
    }),
  );
}

// ---- how channels run through a graph -----------------------------------------------------------------------------------

interface Wired {
  graph: Graph;
  nodes: ReadonlyMap<string, Node>;
  readers: ReadonlyMap<string, readonly Node[]>;
  /** Length of the last axis of what each node gives. */
  width: (name: string) => number;
}

function wired(graph: Graph): Wired {
  const shape = shapes(graph);
  return {
    graph,
    nodes: new Map(graph.nodes.map((node) => [node.name, node])),
    readers: readersOf(graph),
    width: (name) => shape.get(name)!.at(-1)!,
  };
}

const isWeights = (node: Node): node is WeightNode => node.op === 'dense' || node.op === 'conv';
const identity = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

// ---- the two kinds of filters -------------------------------------------------------------------------------------------

/** The layer that makes what a batch norm reads, if that goes to no one else, and which of its outputs each channel is. */
function ownMaker(net: Wired, site: BatchNormNode): { node: WeightNode; channel: Int32Array } | null {
  let channel = identity(site.channels);
  let node: Exclude<Node, WeightNode> = site;
  for (;;) {
    if (node.op === 'input') return null;
    const [source, ...others] = sources(node) as [string, ...string[]];
    if (others.length > 0 || net.readers.get(source)!.length > 1) return null;
    const origins = routeOf(node, 0, net.width);
    channel = channel.map((c) => (c < 0 ? -1 : origins[c]!));
    const maker: Node = net.nodes.get(source)!;
    if (isWeights(maker)) return { node: maker, channel };
    node = maker;
  }
}

const matrixOf = (node: WeightNode, values: NetworkValues): FilterMatrix => ({
  rows: weightRows(node),
  outputs: node.outputs,
  weights: values.get(node.name)!.weights,
});

function columns({ rows, outputs, weights }: FilterMatrix, channel: Int32Array): FilterMatrix {
  const own = new Float32Array(rows * channel.length);
  for (let r = 0, at = 0; r < rows; r++) {
    for (const c of channel) own[at++] = c < 0 ? 0 : weights[r * outputs + c]!;
  }
  return { rows, outputs: channel.length, weights: own };
}

/** For each channel of a site the weights of all layers that read it, in the layers' order. */
function slices(net: Wired, site: Node, values: NetworkValues): FilterMatrix {
  const outputs = net.width(site.name);
  const filters = Array.from({ length: outputs }, () => [] as number[]);
  for (const [node, channel] of channelsRead(net, site)) {
    const matrix = matrixOf(node, values);
    for (let r = 0; r < matrix.rows; r++) {
      const filter = filters[channel[r % channel.length]!];
      if (filter) for (let o = 0; o < matrix.outputs; o++) filter.push(matrix.weights[r * matrix.outputs + o]!);
    }
  }
  const rows = Math.max(...filters.map(({ length }) => length));
  const weights = new Float32Array(rows * outputs);
  filters.forEach((filter, c) => filter.forEach((weight, r) => (weights[r * outputs + c] = weight)));
  return { rows, outputs, weights };
}

/** The layers that read a site, with the site's channel that each of their inputs is (-1: none of them). */
function channelsRead(net: Wired, site: Node): Map<WeightNode, Int32Array> {
  const channels = new Map([[site.name, identity(net.width(site.name))]]);
  const read = new Map<WeightNode, Int32Array>();
  for (const node of net.graph.nodes) {
    if (node.op === 'input') continue;
    sources(node).forEach((source, s) => {
      const above = channels.get(source);
      if (!above) return;
      if (isWeights(node)) return void read.set(node, above);
      const origins = routeOf(node, s, net.width);
      const here = channels.get(node.name) ?? new Int32Array(origins.length).fill(-1);
      origins.forEach((origin, i) => origin >= 0 && above[origin]! >= 0 && (here[i] = above[origin]!));
      channels.set(node.name, here);
    });
  }
  return read;
}

// ---- for the criteria ---------------------------------------------------------------------------------------------------

/** The filters of a layer whose channels are `layer.outputs`. */
export function livingFilters(layer: PrunableWeights, filters: Filters): FilterMatrix {
  const found = filters.get(layer.name);
  if (found?.outputs !== layer.mask.length) throw new Error(`no filters for the ${layer.mask.length} channels of ${layer.name}`);
  return found;
}

/** Values by layer over the mean of the layer's living channels, as scores: -Infinity where the channel is pruned. */
export function perLayerMean(values: readonly Float64Array[], layers: readonly PrunableWeights[]): Float64Array[] {
  const masks = layers.map(({ mask }) => mask);
  return normalise(values, masks, 'mean', 'layer').map((v, l) => v.map((value, c) => (masks[l]![c] === 1 ? value : -Infinity)));
}
