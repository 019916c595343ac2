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
import { classMoments } from '../kernels/moments';
import { gatherRows, matMul } from '../kernels/ops';
import { prunableLayers, weightCount, weightRows, type Graph, type WeightNode } from '../nn/graph';
import { ClassMoments, GatedMoments, ScaledMoments, type FStatistics } from '../screening/moments';
import type { Observer } from './epoch';
import type { Network } from './network';
import { patchMeans } from './patchMeans';

/** In the input reading, activations of so many batches are put together before their moments are taken: fewer, larger native calls. */
const CHUNK = 32;

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
  constructor(
    protected readonly network: Network,
    protected readonly classes: number,
    protected readonly every: number,
    make: (node: WeightNode) => M,
  ) {
    this.moments = prunableLayers(network.graph).map((node) => ({ node, moments: make(node) }));
  }

  wants(batch: number): ReturnType<Observer['wants']> {
    return batch % this.every === 0 ? this.wanted() : null;
  }

  observe(batch: number, outputs: Map<string, tf.Tensor>, labels: tf.Tensor): void {
    if (batch % this.every === 0) this.gather(outputs, labels);
  }

  /** What it sees of a batch that counts. */
  protected wanted(): NonNullable<ReturnType<Observer['wants']>> {
    return { outputs: this.network.graph.nodes.map(({ name }) => name), weights: true };
  }

  /** What the node's weights read for each sample: [n, rows of its weight matrix]. */
  protected read(node: WeightNode, outputs: Map<string, tf.Tensor>): tf.Tensor {
    const x = outputs.get(node.from)!;
    return node.op === 'conv' ? patchMeans(x, node) : x;
  }

  protected abstract gather(outputs: Map<string, tf.Tensor>, labels: tf.Tensor): void;

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
  private pending: { outputs: Map<string, tf.Tensor>; labels: tf.Tensor }[] = [];

  constructor(
    network: Network,
    classes: number,
    every: number,
    private readonly pixels: FStatistics,
  ) {
    super(network, classes, every, (node) => new ClassMoments(classes, weightRows(node)));
  }

  protected override wanted() {
    return { outputs: this.hidden().map(({ node }) => node.from), weights: false };
  }

  protected gather(outputs: Map<string, tf.Tensor>, labels: tf.Tensor): void {
    // Copies (of the handle, not of the numbers): the step, and another gatherer of the same batch, need the tensors themselves.
    const copy = (tensor: tf.Tensor) => tf.keep(tf.clone(tensor));
    const activations = new Map(this.hidden().map(({ node }) => [node.name, copy(this.read(node, outputs))]));
    this.pending.push({ outputs: activations, labels: copy(labels) });
    if (this.pending.length === CHUNK) this.flush();
  }

  override statistics(): Map<string, FStatistics> {
    this.flush();
    return new Map(this.moments.map(({ node, moments }) => [node.name, readsPixels(this.network.graph, node) ? this.pixels : moments.f()]));
  }

  override forget(decay: number): void {
    this.flush();
    super.forget(decay);
  }

  override save(): Map<string, Float64Array> {
    this.flush();
    return super.save();
  }

  private flush(): void {
    if (this.pending.length === 0) return;
    const labels = tf.concat(this.pending.map((p) => p.labels));
    for (const { node, moments } of this.hidden()) {
      const activations = tf.concat(this.pending.map((p) => p.outputs.get(node.name)!));
      moments.add(classMoments(activations, labels, this.classes));
      activations.dispose();
    }
    labels.dispose();
    for (const p of this.pending) tf.dispose([p.labels, ...p.outputs.values()]);
    this.pending = [];
  }

  private hidden() {
    return this.moments.filter(({ node }) => !readsPixels(this.network.graph, node));
  }
}

const readsPixels = (graph: Graph, node: WeightNode): boolean => node.op === 'dense' && node.from === graph.nodes[0]!.name;

class OnlineGatherer extends LayerwiseGatherer<ScaledMoments> {
  constructor(network: Network, classes: number, every: number) {
    super(network, classes, every, (node) => new ScaledMoments(classes, weightRows(node), node.outputs));
  }

  protected gather(outputs: Map<string, tf.Tensor>, labels: tf.Tensor): void {
    for (const { node, moments } of this.moments) {
      const activations = classMoments(this.read(node, outputs), labels, this.classes);
      moments.add(this.network.weightsOf(node.name), this.network.maskOf(node.name), activations);
    }
  }
}

class GatedGatherer extends LayerwiseGatherer<GatedMoments> {
  constructor(network: Network, classes: number, every: number) {
    super(network, classes, every, (node) => new GatedMoments(classes, weightRows(node), node.outputs));
  }

  protected gather(outputs: Map<string, tf.Tensor>, labels: tf.Tensor): void {
    const labelValues = labels.dataSync<'int32'>();
    const rowsOf = Array.from({ length: this.classes }, () => [] as number[]);
    labelValues.forEach((label, row) => rowsOf[label]!.push(row));
    const counts = Float64Array.from(rowsOf, (rows) => rows.length);
    for (const { node, moments } of this.moments) {
      const edges = weightCount(node);
      const sums = new Float32Array(this.classes * edges);
      const squares = tf.tidy(() => {
        const a = this.read(node, outputs);
        const gate = this.gate(node, outputs);
        rowsOf.forEach((rows, c) => {
          if (rows.length === 0) return;
          const index = tf.tensor1d(Int32Array.from(rows), 'int32');
          sums.set(matMul(gatherRows(a, index), gatherRows(gate, index), 'tn').dataSync<'float32'>(), c * edges);
        });
        return matMul(tf.square(a), gate, 'tn');
      });
      moments.add(this.network.weightsOf(node.name), this.network.maskOf(node.name), sums, counts, squares.dataSync<'float32'>());
      squares.dispose();
    }
  }

  /** 1 where the neuron fires (of a convolution: the share of positions), [n, outputs]; all ones where no ReLU follows. */
  private gate(node: WeightNode, outputs: Map<string, tf.Tensor>): tf.Tensor {
    const z = outputs.get(node.name)!;
    const relu = followingRelu(this.network.graph, node.name);
    const gate = relu === null ? tf.onesLike(z) : tf.step(outputs.get(relu)!);
    return node.op === 'conv' ? tf.mean(gate, [1, 2]) : gate;
  }
}

/**
 * Bytes that a gatherer holds between batches, and what it needs beside that while it sees one, of samples of a batch.
 *
 * @param seen batches that it sees before statistics are asked for
 */
export function gathererBytes(
  feature: 'input' | 'online' | 'gated',
  graph: Graph,
  classes: number,
  batch: number,
  seen: number,
): { held: number; working: number } {
  const layers = prunableLayers(graph);
  const rows = layers.map(weightRows);
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const moments = (features: number) => 8 * (classes + 1) * features;
  if (feature === 'input') {
    const samples = Math.min(CHUNK, seen) * batch;
    const hidden = layers.filter((node) => !readsPixels(graph, node)).map(weightRows);
    // What is pending; of one layer it is then put together, and its residuals and their squares are made.
    return { held: moments(sum(rows)) + 4 * samples * sum(hidden), working: 4 * 4 * samples * Math.max(0, ...hidden) };
  }
  const edges = layers.map(weightCount);
  // Sums by class and squares, with the kernels and in the program.
  const working = feature === 'gated' ? 2 * 4 * (classes + 1) * Math.max(...edges) : moments(Math.max(...rows));
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
