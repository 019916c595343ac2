/**
 * What structured lasso knows of a trained network: for each place where channels may be cut, how alike the kernels of its channels are over
 * some training samples, to each other and to those of the classes. In inference mode, samples as they are.
 */
import * as tf from '@tensorflow/tfjs';
import { gaussianKernels, medianBytes } from '../kernels/gaussian';
import { holding, type Hold } from '../kernels/holding';
import {
  centred,
  classKernels,
  lassoProblem,
  sameClassKernel,
  tileBytes,
  tileSide,
  touchingKernels,
  type Kernels,
  type Pause,
} from '../kernels/kernelMatrices';
import { toRows } from '../kernels/rows';
import { balancedRows } from '../lasso/balancedRows';
import type { LassoProblem } from '../lasso/problem';
import { sources, type ChannelSite, type Graph } from '../nn/graph';
import { shapes, volume } from '../nn/shapes';
import { stream } from '../random';
import { nodeRead } from './channelStatistics';
import { inferenceRows } from './evaluate';
import type { Network } from './network';
import type { Samples } from './samples';

/**
 * What the channels of a layer shall explain.
 * Of each class: the Gaussian kernel of its `logit`; its `label`, 1 / its samples for pairs of them; as a `feature` the Gaussian kernel of the
 * map that the layer makes of the channels, for pairs of which a sample is of the class. One for all: that kernel as it is, `output` (APIB:
 * Guo et al. 2023); `same-class`, 1 / the samples of a class for pairs of that class (HSIC lasso: Yamada et al. 2014).
 */
export type LassoResponse = 'logit' | 'label' | 'feature' | 'output' | 'same-class';

export interface CalibrationOptions {
  /** Where channels may be cut, as the network has them now. */
  sites: readonly ChannelSite[];
  classes: number;
  response: LassoResponse;
  /** The samples: see `calibrationRows`. */
  rows: Int32Array;
  /**
   * Bytes for the kernels of a tile of pairs. Maps of several layers that come from one forward pass take up to twice that; those of one
   * layer take what they take.
   */
  memory?: number;
  signal?: AbortSignal;
}

const MEMORY = 200e6;

export interface Calibration {
  /** By site. */
  problems: Map<string, LassoProblem>;
  /** [rows × classes] */
  logits: Float32Array;
}

/** The rows to calibrate on: `samples` of them, as many of each class as can be, sorted. */
export function calibrationRows(labels: Int32Array, classes: number, samples: number, seed: number): Int32Array {
  return balancedRows(labels, classes, samples, stream(seed, 'calibration'));
}

/** @throws the signal's reason, between two batches or two tiles of pairs */
export async function calibrate(network: Network, samples: Samples, options: CalibrationOptions): Promise<Calibration> {
  const { sites, classes, response, rows, memory = MEMORY, signal } = options;
  const { graph } = network;
  const widest = Math.max(classes, ...sites.map(({ channels }) => channels));
  const blocks = blocksOf(rows, Math.min(tileSide(widest, memory), inferenceRows(graph)));
  const labels = blocks.map((block) => block.map((row) => samples.labels[row]!));
  const pause = async () => {
    await new Promise(setImmediate);
    signal?.throwIfAborted();
  };

  return holding(async (hold) => {
    const last = graph.nodes.at(-1)!.name;
    const logits = (await mapsOf(network, samples, blocks, [last], hold, pause)).get(last)!;
    const kernelsOfResponses = (own: Hold, output: readonly tf.Tensor[] = []): Kernels => {
      if (response === 'logit') return gaussianKernels(logits, own);
      if (response === 'label') return classKernels(labels, classes, own);
      if (response === 'same-class') return sameClassKernel(labels, classes, own);
      const whole = output.map((map) => own(asOneChannel(map)));
      const kernel = gaussianKernels(whole, own);
      return response === 'output' ? kernel : touchingKernels(kernel, labels, classes, own);
    };
    const common = explainsLayer(response) ? null : await centred(kernelsOfResponses(hold), hold, pause);

    const places = placesOf(sites, graph, response);
    const problems = new Map<string, LassoProblem>();
    for (const group of groupsOf(places, graph, (2 * memory) / (4 * rows.length))) {
      await holding(async (holdMaps) => {
        const maps = await mapsOf(network, samples, blocks, nodesOf(group), holdMaps, pause);
        for (const { site, read, output } of group) {
          const problem = await holding(async (own) => {
            const channels = await centred(gaussianKernels(maps.get(read)!, own), own, pause);
            const responses = common ?? (await centred(kernelsOfResponses(own, maps.get(output)), own, pause));
            return lassoProblem(channels, responses, pause);
          });
          problems.set(site, problem);
        }
      });
    }
    return { problems, logits: samplesFirst(logits) };
  });
}

/** Bytes that a calibration needs at its fullest moment, and those of the problems that it leaves. */
export function calibrationBytes(
  graph: Graph,
  {
    sites,
    classes,
    response,
    samples,
    memory = MEMORY,
  }: Pick<CalibrationOptions, 'sites' | 'classes' | 'response' | 'memory'> & { samples: number },
): { working: number; problems: number } {
  const shapeOf = shapes(graph);
  const numbers = (places: readonly Place[]) => nodesOf(places).reduce((sum, node) => sum + volume(shapeOf.get(node)!), 0);
  const widest = Math.max(classes, ...sites.map(({ channels }) => channels));
  const side = Math.ceil(samples / Math.ceil(samples / Math.min(tileSide(widest, memory), inferenceRows(graph))));
  const places = placesOf(sites, graph, response);
  const groups = groupsOf(places, graph, (2 * memory) / (4 * samples));
  // Of one place at a time the maps are there again, scaled, and while they are made once more.
  const maps = Math.max(...groups.map(numbers)) + 2 * Math.max(...places.map((place) => numbers([place])));
  const responses = response === 'output' || response === 'same-class' ? 1 : classes;
  const sizes = sites.map(({ channels: d }) => 8 * (d * d + d * responses));
  const working = tileBytes(widest, side) + medianBytes(widest, samples) + 4 * samples * maps;
  return { working, problems: sizes.reduce((a, b) => a + b, 0) + Math.max(...sizes) };
}

/** Are the responses of each site its own? */
const explainsLayer = (response: LassoResponse): boolean => response === 'feature' || response === 'output';

const placesOf = (sites: readonly ChannelSite[], graph: Graph, response: LassoResponse): Place[] =>
  sites.map(({ name }) => {
    const read = nodeRead(graph, name, 'post_relu');
    return { site: name, read, output: explainsLayer(response) ? outputOfReader(graph, name) : read };
  });

/** A site, the node whose output its channels are where they are read, and the one whose output they shall explain: `read` again if none. */
interface Place {
  site: string;
  read: string;
  output: string;
}

const nodesOf = (places: readonly Place[]): string[] => [...new Set(places.flatMap(({ read, output }) => [read, output]))];

/** The layer with weights that reads a site's channels first: its name, or the last node's where there is none. */
function outputOfReader(graph: Graph, site: string): string {
  const carrying = new Set([site]);
  for (const node of graph.nodes) {
    if (!sources(node).some((source) => carrying.has(source))) continue;
    if (node.op === 'conv' || node.op === 'dense') return node.name;
    carrying.add(node.name);
  }
  return graph.nodes.at(-1)!.name;
}

/** Places in order, so many together that their maps have at most `most` numbers a sample. */
function groupsOf(places: readonly Place[], graph: Graph, most: number): Place[][] {
  const shapeOf = shapes(graph);
  const size = (group: readonly Place[]) => nodesOf(group).reduce((sum, node) => sum + volume(shapeOf.get(node)!), 0);
  const groups: Place[][] = [];
  for (const place of places) {
    const group = groups.at(-1);
    if (group && size([...group, place]) <= most) group.push(place);
    else groups.push([place]);
  }
  return groups;
}

/** Rows as even blocks of at most `most`. */
function blocksOf(rows: Int32Array, most: number): Int32Array[] {
  const count = Math.ceil(rows.length / most);
  const from = (block: number) => Math.floor((block * rows.length) / count);
  return Array.from({ length: count }, (_, block) => rows.slice(from(block), from(block + 1)));
}

/** By node, what it gives for each block of samples: [channels, samples, positions]. */
async function mapsOf(
  network: Network,
  samples: Samples,
  blocks: readonly Int32Array[],
  nodes: readonly string[],
  hold: Hold,
  pause: Pause,
): Promise<Map<string, tf.Tensor[]>> {
  const maps = new Map(nodes.map((node): [string, tf.Tensor[]] => [node, []]));
  const keep = new Set(nodes);
  for (const block of blocks) {
    tf.tidy(() => {
      const outputs = network.forward(samples.batch(block), { keep });
      for (const [node, blocksOfNode] of maps) {
        const map = toRows(outputs.get(node)!);
        blocksOfNode.push(hold(tf.reshape(map, [map.shape[0], block.length, -1])));
      }
    });
    await pause();
  }
  return maps;
}

/** [channels, samples, positions] as one channel of all of them: [1, samples, channels · positions]. */
const asOneChannel = (map: tf.Tensor): tf.Tensor => tf.tidy(() => tf.reshape(tf.transpose(map, [1, 0, 2]), [1, map.shape[1]!, -1]));

/** Blocks of [classes, samples, 1] as [samples × classes]. */
function samplesFirst(blocks: readonly tf.Tensor[]): Float32Array {
  const rows = tf.tidy(() => tf.transpose(tf.concat([...blocks], 1), [1, 0, 2]));
  const values = rows.dataSync<'float32'>();
  rows.dispose();
  return values;
}
