/** Small random networks of every kind of node, with parameters and masks, for the properties of compaction. */
import type { Graph, Node } from '../../../src/engine/nn/graph';
import { prunableLayers, weightCount } from '../../../src/engine/nn/graph';
import { shapes } from '../../../src/engine/nn/shapes';
import type { NetworkValues } from '../../../src/engine/nn/values';
import { stream, type Rng } from '../../../src/engine/random';

type Plain<N = Node> = N extends Node ? Omit<N, 'name'> : never;

/** Draws what comes next, and keeps count of names and shapes. */
class Draft {
  readonly nodes: Node[] = [];

  constructor(private readonly rng: Rng) {}

  put(node: Plain, name = `${node.op}${this.nodes.length}`): string {
    this.nodes.push({ ...node, name });
    return name;
  }

  shape = (name: string) => shapes({ name: '', description: '', nodes: this.nodes }).get(name)!;
  width = (name: string) => this.shape(name).at(-1)!;
  chance = (p: number) => this.rng.uniform() < p;
  among = <T>(...choices: T[]): T => choices[this.rng.int(choices.length)]!;
  between = (from: number, to: number) => from + this.rng.int(to - from + 1);

  conv(from: string, outputs = this.between(1, 6), options: { kernel?: number; stride?: number; same?: boolean } = {}): string {
    const [height, width, inputs] = this.shape(from) as [number, number, number];
    const { kernel = this.among(1, 2, 3), stride = this.among(1, 1, 2) } = options;
    const same = options.same ?? (Math.min(height, width) < kernel || this.chance(0.5));
    return this.put({
      op: 'conv',
      from,
      inputs,
      outputs,
      kernel: [kernel, kernel],
      strides: [stride, stride],
      padding: same ? 'same' : 'valid',
      bias: this.chance(0.5),
    });
  }

  norm = (from: string) => this.put({ op: 'batch-norm', from, channels: this.width(from), epsilon: 1e-5, momentum: 0.1 });
  relu = (from: string) => this.put({ op: 'relu', from });
  dense = (from: string, outputs: number) => this.put({ op: 'dense', from, inputs: this.width(from), outputs, bias: this.chance(0.8) });
  activated = (from: string) => (this.chance(0.8) ? this.relu(this.norm(from)) : this.relu(from));

  pool(from: string): string {
    const [height, width] = this.shape(from) as [number, number];
    const size = this.among(1, 2);
    const padding = Math.min(height, width) < size || this.chance(0.5) ? 'same' : 'valid';
    return this.put({ op: this.among('max-pool', 'average-pool'), from, size: [size, size], strides: [2, 2], padding });
  }

  /** Pre-activation or basic; the shortcut as it is, projected, or pooled and padded with channels of zeros. */
  residual(x: string): string {
    const width = this.width(x);
    const kind = this.among('plain', 'projected', 'padded');
    const more = kind === 'padded' ? this.between(1, 3) : 0;
    const outputs = kind === 'projected' ? this.between(1, 5) : width + more;
    const stride = kind === 'plain' ? 1 : 2;
    const first = this.conv(this.chance(0.5) ? this.activated(x) : x, undefined, { stride, same: true });
    const branch = this.conv(this.activated(first), outputs, { stride: 1, same: true });
    let shortcut = x;
    if (kind === 'projected') shortcut = this.conv(x, outputs, { kernel: 1, stride: 2, same: true });
    if (kind === 'padded') {
      shortcut = this.put({ op: this.among('max-pool', 'average-pool'), from: x, size: [1, 1], strides: [2, 2], padding: 'valid' });
      const before = this.between(0, more);
      shortcut = this.put({ op: 'pad-channels', from: shortcut, before, after: more - before });
    }
    const sum = this.put({ op: 'add', from: [this.chance(0.5) ? this.norm(branch) : branch, shortcut] });
    return this.chance(0.5) ? this.relu(sum) : sum;
  }

  joined(x: string): string {
    for (let layers = this.between(1, 3); layers > 0; layers--) {
      const added = this.conv(this.activated(x), this.between(1, 3), { stride: 1, same: true });
      x = this.put({ op: 'concat', from: this.chance(0.8) ? [x, added] : [added, x, added] });
    }
    return x;
  }

  selected(from: string): string {
    const order = [...this.rng.permutation(this.width(from))];
    return this.put({ op: 'select', from, indices: order.slice(0, this.between(1, order.length)) });
  }

  /** Two readers of the same channels, one of which sees a part. */
  forked(x: string): string {
    const [a, b] = [this.relu(x), this.selected(x)];
    const outputs = this.between(1, 4);
    const parts = [a, b].map((from) => this.conv(from, outputs, { kernel: this.among(1, 3), stride: 1, same: true }));
    return this.put({ op: this.among('add', 'concat'), from: parts });
  }
}

export function randomGraph(seed: number): Graph {
  const rng = stream(seed, 'graph');
  const d = new Draft(rng);
  const image = [d.between(3, 6), d.between(3, 6), d.between(1, 3)];
  let x = d.put({ op: 'input', features: image.reduce((a, b) => a * b, 1), image, flat: false }, 'input');
  for (let pieces = d.between(1, 4); pieces > 0; pieces--) {
    const piece = d.among('conv', 'residual', 'joined', 'pool', 'select', 'forked');
    if (piece === 'conv') x = d.activated(d.conv(x));
    else if (piece === 'pool') x = d.pool(x);
    else if (piece === 'select') x = d.selected(x);
    else x = d[piece](x);
  }
  if (d.chance(0.5)) x = d.activated(x);
  x = d.put(d.chance(0.5) ? { op: 'flatten', from: x } : { op: 'global-average-pool', from: x });
  if (d.chance(0.5)) x = d.relu(d.dense(x, d.between(1, 6)));
  d.dense(x, d.between(1, 3));
  return { name: `random ${seed}`, description: '', nodes: d.nodes };
}

export interface Cuts {
  /** Fraction of the channels of batch norms (of layers' outputs, in a network without) that are switched off. */
  channels: number;
  /** Fraction of the weights that are masked. */
  weights: number;
}

/** What the masks drop is left in the numbers: it must not count. */
export function randomValues(graph: Graph, seed: number, { channels, weights: cut }: Cuts): NetworkValues {
  const rng = stream(seed, 'values');
  const normal = (n: number, scale = 1) => Float32Array.from({ length: n }, () => rng.normal() * scale);
  const alive = (n: number, dead: number) => Uint8Array.from({ length: n }, () => (rng.uniform() < dead ? 0 : 1));
  const norms = graph.nodes.some(({ op }) => op === 'batch-norm');
  const last = prunableLayers(graph).at(-1)!.name;
  const values: NetworkValues = new Map();
  for (const node of graph.nodes) {
    if (node.op === 'batch-norm') {
      const n = node.channels;
      const variance = Float32Array.from({ length: n }, () => 0.2 + rng.uniform());
      values.set(node.name, { weights: normal(n), bias: normal(n), mask: alive(n, channels), mean: normal(n), variance });
    } else if (node.op === 'dense' || node.op === 'conv') {
      const size = weightCount(node);
      const outputs = alive(node.outputs, norms || node.name === last ? 0 : channels);
      values.set(node.name, {
        weights: normal(size, Math.sqrt((2 * node.outputs) / size)),
        bias: normal(node.bias ? node.outputs : 0),
        mask: alive(size, cut).map((m, e) => m & outputs[e % node.outputs]!),
        ...(outputs.includes(0) && { biasMask: outputs }),
      });
    }
  }
  return values;
}

/** The same, with every number that can cancel made positive: its logits bound the rounding errors of the network's. */
export function withoutSigns(values: NetworkValues): NetworkValues {
  return new Map(
    [...values].map(([name, v]) => [
      name,
      { ...v, weights: v.weights.map(Math.abs), bias: v.bias.map(Math.abs), ...(v.mean && { mean: v.mean.map((m) => -Math.abs(m)) }) },
    ]),
  );
}
