/**
 * A network in training: a layer for each node of the graph, the forward pass, and a step of masked momentum SGD by back-propagation. What
 * one kind of layer computes is in layers/; here is the order, and who holds which tensor how long.
 */
import * as tf from '@tensorflow/tfjs';
import { concat } from '../kernels/channels';
import * as k from '../kernels/ops';
import { PLAIN } from '../kernels/plain';
import { Session } from '../kernels/session';
import type { ChannelSite, Graph } from '../nn/graph';
import type { NetworkValues, Velocities } from '../nn/values';
import type { Variable } from '../kernels/variable';
import { forgetStatistics } from './layers/knownStatistics';
import { rereadOutputs, type StepOptions } from './layers/layer';
import type { LayerState } from './layers/state';
import type { Measurement } from './observer';
import { plan, type Place } from './plan';

export type { StepOptions } from './layers/layer';

/** Tensors of the current tidy scope. */
export interface StepResult {
  /** Of each sample [n]. */
  loss: tf.Tensor;
  /** [n, classes] */
  logits: tf.Tensor;
  /** What the measurement gave, if there was one. */
  measured: tf.Tensor[];
}

/** From so many batches on it is worth preparing a graph for them. */
const COMPILED = 10;

export class Network {
  private readonly input: string;
  private readonly last: string;
  private readonly places: readonly Place[];
  private readonly backwards: readonly Place[];
  /** What the backward pass reads again of what the nodes gave: the rest is released on the way forward. */
  private readonly reread: ReadonlySet<string>;
  private readonly states: Map<string, LayerState>;
  /** Outputs that no node of the graph has. */
  private readonly auxiliary: ReadonlySet<string>;
  private session: Session | null = null;

  constructor(
    readonly graph: Graph,
    values: NetworkValues,
  ) {
    this.input = graph.nodes[0]!.name;
    this.last = graph.nodes.at(-1)!.name;
    this.places = plan(graph, values);
    this.backwards = [...this.places].reverse();
    this.reread = new Set([...this.places.flatMap(({ name, from, layer }) => rereadOutputs(name, from, layer.rereads)), this.last]);
    this.states = new Map(this.places.flatMap(({ name, layer }) => (layer.state ? [[name, layer.state]] : [])));
    this.auxiliary = new Set(this.places.flatMap(({ name, role }) => (role ? [name] : [])));
  }

  /**
   * From now on steps and logits are one native call each. The first of a kind and of a batch's size costs more than ten others: it is recorded,
   * and TensorFlow prepares a graph. `frozen`: for logits alone, faster for as long as nothing changes the network.
   */
  compile({ frozen = false } = {}): void {
    if (!PLAIN) this.session ??= new Session(this.variables(), frozen);
  }

  /** Compiles, if it is worth it for so many batches. */
  compileFor(batches: number): void {
    if (batches >= COMPILED) this.compile();
  }

  /**
   * What the nodes give for a batch x ([n, features] or [n, h, w, c], as the input node says), by node name. With `keep`, only those named
   * there; the others are released as soon as they have been read. In `training`, batch norms take the batch's statistics and their
   * running ones follow. Call inside a tidy scope.
   */
  forward(x: tf.Tensor, options: { training?: boolean; keep?: ReadonlySet<string> } = {}): Map<string, tf.Tensor> {
    const { training = false, keep } = options;
    const { outputs, saved } = this.uncompiled(() => this.run(x, training, keep), training);
    for (const tensors of saved.values()) tf.dispose([...tensors]);
    return new Map([...outputs].filter(([name]) => (keep ? keep.has(name) : !this.auxiliary.has(name))));
  }

  /** The last node's output, batch norms with their running statistics. Call inside a tidy scope. */
  logits(x: tf.Tensor): tf.Tensor {
    const compute = () => this.run(x, false, new Set([this.last])).outputs.get(this.last)!;
    return this.session ? this.session.run('logits', [x], () => [compute()])[0]! : compute();
  }

  /** What a measurement gives for a batch, x and labels as in `step`, in inference. Call inside a tidy scope. */
  measure(x: tf.Tensor, labels: tf.Tensor, measurement: Measurement): tf.Tensor[] {
    const compute = () => measurement.of(this.run(x, false, new Set(measurement.outputs)).outputs, labels);
    return this.session ? this.session.run(`measure ${measurement.key}`, [x, labels], compute) : compute();
  }

  /**
   * One step on a batch: x as in `forward`, labels [n] int32, mean loss. Each layer takes its step as soon as its gradient is there, and
   * activations and gradients are released after their last reader.
   */
  step(x: tf.Tensor, labels: tf.Tensor, options: StepOptions): StepResult {
    const { session } = this;
    if (!session) return this.computeStep(x, labels, options);
    const { rate, momentum, decay, nesterov, gammaPenalty, measurement } = options;
    const kind = JSON.stringify({ nesterov, gammaPenalty, decays: decay !== null, measures: measurement?.key });
    const inputs = [x, labels, rate, momentum, ...(decay ? [decay] : [])];
    const [loss, logits, ...measured] = session.run(`step ${kind}`, inputs, () => {
      const result = this.computeStep(x, labels, options);
      return [result.loss, result.logits, ...result.measured];
    });
    return { loss: loss!, logits: logits!, measured };
  }

  private computeStep(x: tf.Tensor, labels: tf.Tensor, options: StepOptions): StepResult {
    const { measurement } = options;
    const { outputs, saved } = this.run(x, true, new Set([...this.reread, ...(measurement?.outputs ?? [])]));
    // Clones: it may give outputs themselves.
    const measured = measurement?.of(outputs, labels).map((tensor) => tensor.clone()) ?? [];
    const logits = outputs.get(this.last)!;
    const { loss, gradient } = k.softmaxCrossEntropy(logits, labels);
    const gradients = new Map([[this.last, [k.mul(gradient, tf.scalar(1 / x.shape[0]))]]]);
    for (const { name, from, layer, wanted } of this.backwards) {
      const dy = joined(gradients.get(name));
      const output = outputs.get(name);
      if (dy && output && (wanted || layer.state)) {
        const inputs = from.map((source) => outputs.get(source)!);
        const given = layer.backward({ dy, inputs, output, saved: saved.get(name) ?? [], wanted, options });
        given.forEach((g, i) => this.accumulate(gradients, from[i]!, g));
      }
      dy?.dispose();
      gradients.delete(name);
      tf.dispose([...(saved.get(name) ?? [])]);
      if (name !== this.last) output?.dispose();
    }
    tf.dispose(gradients.get(this.input));
    return { loss, logits, measured };
  }

  /** A copy of the parameters, running statistics and masks. */
  values(): NetworkValues {
    return this.uncompiled(() => new Map([...this.states].map(([name, state]) => [name, state.values()])));
  }

  setValues(values: NetworkValues): void {
    this.uncompiled(() => this.states.forEach((state, name) => state.setValues(values.get(name)!)), true);
  }

  /** A copy of the momentum, in the shape of `values()`; the masks are not part of it. */
  velocities(): Velocities {
    return this.uncompiled(() => new Map([...this.states].map(([name, state]) => [name, state.velocities()])));
  }

  setVelocities(velocities: Velocities): void {
    this.uncompiled(() => this.states.forEach((state, name) => state.setVelocities(velocities.get(name)!)), true);
  }

  /** The weights of a layer as a tensor of the current tidy scope, for measurements. */
  readWeights(name: string): tf.Tensor {
    return this.states.get(name)!.weights.read();
  }

  weightsOf(name: string): Float32Array {
    return this.uncompiled(() => this.states.get(name)!.weights.values());
  }

  maskOf(name: string): Uint8Array {
    return this.states.get(name)!.mask;
  }

  /**
   * Cuts: zeroes the weights outside the masks (of a batch norm, scales and shifts), and biases outside the bias masks, with their momentum,
   * and holds them at zero from now on.
   */
  prune(masks: ReadonlyMap<string, Uint8Array>, biasMasks: ReadonlyMap<string, Uint8Array> = new Map()): void {
    const names = new Set([...masks.keys(), ...biasMasks.keys()]);
    this.uncompiled(() => names.forEach((name) => this.states.get(name)!.prune(masks.get(name), biasMasks.get(name))), true);
  }

  /** Cuts a site's channels but those where `stays` is 1: of a batch norm its own, of a layer the filters with their biases. */
  pruneChannels({ name, op }: ChannelSite, stays: Uint8Array): void {
    const { mask } = this.states.get(name)!;
    if (op === 'batch-norm') this.prune(new Map([[name, stays]]));
    else this.prune(new Map([[name, mask.map((m, e) => m & stays[e % stays.length]!)]]), new Map([[name, stays]]));
  }

  dispose(): void {
    this.session?.dispose();
    for (const { layer } of this.places) {
      layer.state?.dispose();
      layer.dispose?.();
    }
  }

  private variables(): Variable[] {
    return [...this.states.values()].flatMap((state) => state.variables());
  }

  /** Does `work` on the variables themselves. `changes`: may they be others afterwards? */
  private uncompiled<T>(work: () => T, changes = false): T {
    this.session?.toVariables();
    const result = work();
    if (changes) this.session?.changed(this.variables());
    return result;
  }

  /** A node that several others read gets the sum of their gradients; of what is picked from as rows, all that was picked. */
  private accumulate(gradients: Map<string, tf.Tensor[]>, name: string, gradient: tf.Tensor): void {
    const before = gradients.get(name);
    if (!before) gradients.set(name, [gradient]);
    else if (this.auxiliary.has(name)) before.push(gradient);
    else {
      gradients.set(name, [k.add(before[0]!, gradient)]);
      tf.dispose([...before, gradient]);
    }
  }

  /**
   * All nodes in order, up to the last of `keep`. Outputs that are not in `keep` (all are, without one) are released after their last reader;
   * of those only the shape is left.
   */
  private run(x: tf.Tensor, training: boolean, keep?: ReadonlySet<string>) {
    forgetStatistics();
    const outputs = new Map([[this.input, x]]);
    const saved = new Map<string, readonly tf.Tensor[]>();
    const end = keep ? this.places.findLastIndex(({ name }) => keep.has(name)) + 1 : this.places.length;
    for (const { name, from, layer, lastRead, idle } of this.places.slice(0, end)) {
      if (!idle || !keep || keep.has(name)) {
        const forward = layer.forward(
          from.map((source) => outputs.get(source)!),
          training,
        );
        outputs.set(name, forward.output);
        if (forward.saved) saved.set(name, forward.saved);
      }
      if (keep) for (const read of lastRead) if (!keep.has(read)) outputs.get(read)?.dispose();
    }
    return { outputs, saved };
  }
}

function joined(parts: tf.Tensor[] | undefined): tf.Tensor | undefined {
  if (!parts || parts.length === 1) return parts?.[0];
  const all = concat(parts, 'rows');
  tf.dispose(parts);
  return all;
}
