/**
 * Gathers the screening statistics while training goes on: which numbers are a connection's feature in each reading, and how they reach
 * the accumulators of screening/.
 *
 * input:  the activation a_j that the connection reads (of a convolution: its mean over the positions). F is shift- and scale-free, so one value serves all connections of input j, and for
 *         the first layer it is the data's own: it is computed once, from the pixels.
 * online: w_ij(t)·a_j while w trains.   gated: w_ij(t)·a_j where the neuron i that it feeds is active (of a convolution: times the share of
 *         positions where it is).
 */
import * as tf from '@tensorflow/tfjs';
import { classMoments, readMoments } from '../kernels/moments';
import { gatherRows, matMul } from '../kernels/ops';
import { prunableLayers, weightCount, weightRows, type Graph, type WeightNode } from '../nn/graph';
import { ClassMoments, GatedMoments, ScaledMoments, type FStatistics } from '../screening/moments';
import type { Network } from './network';
import type { Measurement, Observer } from './observer';
import { patchMeans } from './patchMeans';

export interface Gatherer extends Observer {
  /** F of each prunable layer's features, by layer name: of its inputs (input reading) or its connections; since the last `forget`. */
  statistics(): Map<string, FStatistics>;
  /** Multiplies what was gathered by `decay`; 0 begins anew. */
  forget(decay: number): void;
  /** Copies of the accumulators, by name, for a checkpoint. */
  save(): Map<string, Float64Array>;
  restore(arrays: ReadonlyMap<string, Float64Array>): void;
}

type Moments = ClassMoments | ScaledMoments | GatedMoments;

abstract class LayerwiseGatherer<M extends Moments> implements Gatherer {
  protected readonly moments: { node: WeightNode; moments: M }[];
  /** Gives so many tensors for each layer in turn, in the order of `moments`. */
  protected abstract readonly measurement: Measurement;

  constructor(
    protected readonly network: Network,
    protected readonly classes: number,
    protected readonly every: number,
    make: (node: WeightNode) => M,
  ) {
    this.moments = prunableLayers(network.graph).map((node) => ({ node, moments: make(node) }));
  }

  wants(batch: number): Measurement | null {
    return batch % this.every === 0 ? this.measurement : null;
  }

  observe(batch: number, measured: readonly tf.Tensor[], labels: Int32Array): void {
    if (batch % this.every === 0) this.gather(measured, labels);
  }

  protected abstract gather(measured: readonly tf.Tensor[], labels: Int32Array): void;

  statistics(): Map<string, FStatistics> {
    return new Map(this.moments.map(({ node, moments }) => [node.name, moments.f()]));
  }

  forget(decay: number): void {
    for (const { moments } of this.moments) moments.scale(decay);
  }

  save(): Map<string, Float64Array> {
    return new Map(
      this.moments.flatMap(
        ({ node, moments: m }) =>
          [
            [`${node.name}/n`, m.n.slice()],
            [`${node.name}/mean`, m.mean.slice()],
            [`${node.name}/within`, m.within.slice()],
          ] as const,
      ),
    );
  }

  restore(arrays: ReadonlyMap<string, Float64Array>): void {
    for (const { node, moments } of this.moments) {
      for (const part of ['n', 'mean', 'within'] as const) moments[part].set(arrays.get(`${node.name}/${part}`)!);
    }
  }
}

class InputGatherer extends LayerwiseGatherer<ClassMoments> {
  /** The layers whose inputs are not the data's own. */
  private readonly hidden = this.moments.filter(({ node }) => !readsPixels(this.network.graph, node));
  protected readonly measurement: Measurement = {
    key: 'input',
    outputs: this.hidden.map(({ node }) => node.from),
    of: (outputs, labels) => this.hidden.map(({ node }) => classMoments(read(node, outputs), labels, this.classes)),
  };

  constructor(
    network: Network,
    classes: number,
    every: number,
    private readonly pixels: FStatistics,
  ) {
    super(network, classes, every, (node) => new ClassMoments(classes, weightRows(node)));
  }

  protected gather(measured: readonly tf.Tensor[], labels: Int32Array): void {
    this.hidden.forEach(({ moments }, l) => moments.add(readMoments(measured[l]!, labels)));
  }

  override statistics(): Map<string, FStatistics> {
    return new Map(this.moments.map(({ node, moments }) => [node.name, readsPixels(this.network.graph, node) ? this.pixels : moments.f()]));
  }
}

const readsPixels = (graph: Graph, node: WeightNode): boolean => node.op === 'dense' && node.from === graph.nodes[0]!.name;

class OnlineGatherer extends LayerwiseGatherer<ScaledMoments> {
  protected readonly measurement: Measurement = {
    key: 'online',
    outputs: this.moments.map(({ node }) => node.from),
    of: (outputs, labels) =>
      this.moments.flatMap(({ node }) => [this.network.readWeights(node.name), classMoments(read(node, outputs), labels, this.classes)]),
  };

  constructor(network: Network, classes: number, every: number) {
    super(network, classes, every, (node) => new ScaledMoments(classes, weightRows(node), node.outputs));
  }

  protected gather(measured: readonly tf.Tensor[], labels: Int32Array): void {
    this.moments.forEach(({ node, moments }, l) => {
      const [weights, activations] = measured.slice(2 * l) as [tf.Tensor, tf.Tensor];
      moments.add(weights.dataSync<'float32'>(), this.network.maskOf(node.name), readMoments(activations, labels));
    });
  }
}

class GatedGatherer extends LayerwiseGatherer<GatedMoments> {
  protected readonly measurement: Measurement = {
    key: 'gated',
    outputs: this.moments.flatMap(({ node }) => [node.from, fires(this.network.graph, node.name)]),
    of: (outputs) =>
      this.moments.flatMap(({ node }) => [
        this.network.readWeights(node.name),
        read(node, outputs),
        gate(this.network.graph, node, outputs),
      ]),
  };

  constructor(network: Network, classes: number, every: number) {
    super(network, classes, every, (node) => new GatedMoments(classes, weightRows(node), node.outputs));
  }

  protected gather(measured: readonly tf.Tensor[], labels: Int32Array): void {
    const rowsOf = Array.from({ length: this.classes }, () => [] as number[]);
    labels.forEach((label, row) => rowsOf[label]!.push(row));
    const counts = Float64Array.from(rowsOf, (rows) => rows.length);
    this.moments.forEach(({ node, moments }, l) => {
      const [weights, a, gates] = measured.slice(3 * l) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const edges = weightCount(node);
      const sums = new Float32Array(this.classes * edges);
      tf.tidy(() => {
        rowsOf.forEach((rows, c) => {
          if (rows.length === 0) return;
          const index = tf.tensor1d(Int32Array.from(rows), 'int32');
          sums.set(matMul(gatherRows(a, index), gatherRows(gates, index), 'tn').dataSync<'float32'>(), c * edges);
        });
        const squares = matMul(tf.square(a), gates, 'tn').dataSync<'float32'>();
        moments.add(weights.dataSync<'float32'>(), this.network.maskOf(node.name), sums, counts, squares);
      });
    });
  }
}

type Outputs = ReadonlyMap<string, tf.Tensor>;

/** What the node's weights read for each sample: [n, rows of its weight matrix]. */
function read(node: WeightNode, outputs: Outputs): tf.Tensor {
  const x = outputs.get(node.from)!;
  return node.op === 'conv' ? patchMeans(x, node) : x;
}

/** 1 where the neuron fires (of a convolution: the share of positions), [n, outputs]; all ones where no ReLU follows. */
function gate(graph: Graph, node: WeightNode, outputs: Outputs): tf.Tensor {
  const from = fires(graph, node.name);
  const z = outputs.get(from)!;
  const gates = from === node.name ? tf.onesLike(z) : tf.step(z);
  return node.op === 'conv' ? tf.mean(gates, [1, 2]) : gates;
}

/** The node by whose output one sees where a layer fires: the ReLU behind it, else the layer. */
const fires = (graph: Graph, layer: string): string => followingRelu(graph, layer) ?? layer;

/** Bytes that a gatherer holds between batches, and what it needs beside that while it sees one, of samples of a batch. */
export function gathererBytes(
  feature: 'input' | 'online' | 'gated',
  graph: Graph,
  classes: number,
  batch: number,
): { held: number; working: number } {
  const layers = prunableLayers(graph);
  const rows = layers.map(weightRows);
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const moments = (features: number) => 8 * (classes + 1) * features;
  // Of all layers at once, for they stand in one graph: what is read, its residuals, and their squares.
  const residuals = 3 * 4 * batch * sum(rows);
  if (feature === 'input') return { held: moments(sum(rows)), working: residuals };
  const edges = layers.map(weightCount);
  // The weights, with the kernels and in the program; sums by class and squares.
  const working = 2 * 4 * sum(edges) + residuals + (feature === 'gated' ? 2 * 4 * (classes + 1) * Math.max(...edges) : 0);
  return { held: moments(sum(edges)) + sum(edges), working };
}

/** `pixels` gives F of the network's inputs over the training set. `every`: statistics come from every nth batch. */
export function makeGatherer(
  feature: 'input' | 'online' | 'gated',
  network: Network,
  classes: number,
  every: number,
  pixels: () => FStatistics,
): Gatherer {
  switch (feature) {
    case 'input':
      return new InputGatherer(network, classes, every, pixels());
    case 'online':
      return new OnlineGatherer(network, classes, every);
    case 'gated':
      return new GatedGatherer(network, classes, every);
  }
}

/** The ReLU that reads a node, directly or through a batch norm. */
function followingRelu(graph: Graph, name: string): string | null {
  const reader = graph.nodes.find((node) => (node.op === 'relu' || node.op === 'batch-norm') && node.from === name);
  if (!reader) return null;
  return reader.op === 'relu' ? reader.name : followingRelu(graph, reader.name);
}
