/**
 * Compaction: the network without the channels that a mask has made superfluous, computing the same (Han et al. 2015, section 3.5; Liu et
 * al. 2017). Nobody reads a channel that is not needed, and what a constant channel gives goes into the biases of those who read it.
 *
 * Every node keeps its needed channels in their order. A layer that reads only a part of what its source gives gets a selection before it,
 * named after it. Every node stays, with one channel at least; the logits stay whole, and the network's input unless less is asked for.
 */
import type { Report } from '../../shared/report';
import type { BatchNormNode, Graph, InputNode, Node, WeightNode } from '../nn/graph';
import { channelSites, prunableLayers } from '../nn/graph';
import { volume } from '../nn/shapes';
import { aliveChannels, type LayerValues, type NetworkValues } from '../nn/values';
import { connections, foldedBias, type Connections } from './connections';
import { constants, type Constants } from './constants';
import { neededChannels, type Marks, type Needs } from './needed';
import type { Narrowed } from './narrowed';
import { narrowMatrix } from './slices';
import { range, wire, type Wired, type Wiring } from './wiring';

export { compose, type Narrowed } from './narrowed';
export { narrowVelocities, widenVelocities } from './velocities';
export { widen } from './widen';

export interface NarrowOptions {
  /**
   * Of a network that is trained on and cut further: only what masks hold at zero goes, so that whatever is alive trains and is scored as if
   * the rest had only been masked.
   */
  keepAlive?: boolean;
  /** `read`: the input, too, loses what nobody reads (whole channels, or of rows single numbers). */
  input?: 'whole' | 'read';
}

/** The network without what nobody needs. Its logits are the masked network's, up to the rounding of folded biases to float32. */
export function narrow(graph: Graph, values: NetworkValues, { keepAlive = false, input = 'whole' }: NarrowOptions = {}): Narrowed {
  const wiring = wire(graph);
  const reads = connections(graph, values, keepAlive);
  const constant = constants(wiring, values, reads, keepAlive);
  const alive = new Map(keepAlive ? channelSites(graph).map((site) => [site.name, aliveChannels(site, values)]) : []);
  const { needed: read } = neededChannels({ wiring, values, reads, constants: null, alive, input });
  const needs = neededChannels({ wiring, values, reads, constants: constant, alive, input });

  const { nodes, narrowValues, kept, inputs } = new Surgery(wiring, values, reads, constant, needs);
  return {
    graph: { ...graph, nodes },
    values: new Map([...narrowValues].map(([name, make]) => [name, make()])),
    kept,
    inputs,
    removed: { neurons: removedNeurons(graph, kept, read, constant), unusedInputs: needs.unusedInputs },
  };
}

/**
 * The graph alone of what `narrow` gives, without touching a weight: for counting many networks that differ in their masks.
 *
 * @param wiring of the graph
 * @param reads of the values, as `connections` finds them
 */
export function narrowGraph(graph: Graph, values: NetworkValues, wiring: Wiring, reads: Connections): Graph {
  const constant = constants(wiring, values, reads, false);
  const needs = neededChannels({ wiring, values, reads, constants: constant, alive: new Map(), input: 'whole' });
  return { ...graph, nodes: new Surgery(wiring, values, reads, constant, needs).nodes };
}

/** A row for each hidden layer that lost outputs; in a network of dense layers alone for each hidden layer. */
function removedNeurons(
  graph: Graph,
  kept: ReadonlyMap<string, Int32Array>,
  read: Marks,
  constant: Constants,
): Report['removed']['neurons'] {
  const layers = prunableLayers(graph);
  const all = layers.every(({ op }) => op === 'dense');
  return layers.slice(0, -1).flatMap(({ name, outputs }) => {
    const stays = new Set(kept.get(name));
    const folded = range(outputs).filter((o) => !stays.has(o) && read.get(name)![o] === 1 && !Number.isNaN(constant.get(name)![o])).length;
    return all || stays.size < outputs ? [{ layer: name, before: outputs, after: stays.size, folded }] : [];
  });
}

/** Builds the narrow network node by node, in order. */
class Surgery {
  readonly nodes: Node[] = [];
  /** What gives each layer's numbers, which nobody needs who only counts them. */
  readonly narrowValues = new Map<string, () => LayerValues>();
  readonly kept: Map<string, Int32Array>;
  readonly inputs = new Map<string, Int32Array>();

  constructor(
    private readonly wiring: Wiring,
    private readonly values: NetworkValues,
    private readonly reads: Connections,
    private readonly constant: Constants,
    private readonly needs: Needs,
  ) {
    this.kept = new Map([...needs.stays].map(([name, channels]) => [name, range(channels.length).filter((c) => channels[c] === 1)]));
    for (const wired of wiring.values()) this.add(wired);
  }

  private add(wired: Wired): void {
    const { node } = wired;
    const kept = this.kept.get(node.name)!;
    switch (node.op) {
      case 'input':
        this.nodes.push(kept.length === wired.outputs ? node : narrowInput(node, kept.length));
        break;
      case 'dense':
      case 'conv':
        this.addWeights(node, wired, kept);
        break;
      case 'batch-norm':
        this.nodes.push({ ...node, from: this.feed(wired, 0, kept), channels: kept.length });
        this.narrowValues.set(node.name, () => batchNormValues(node, this.values.get(node.name)!, this.needs.needed.get(node.name)!, kept));
        break;
      case 'select': {
        const { source, channels } = wired.operands[0]!;
        const given = this.kept.get(source)!;
        this.nodes.push({ ...node, from: source, indices: [...kept].map((c) => given.indexOf(channels[c]!)) });
        break;
      }
      case 'add':
      case 'concat':
        this.nodes.push({ ...node, from: node.from.map((_, k) => this.feed(wired, k, kept)) });
        break;
      case 'pad-channels': {
        const end = wired.outputs - node.after;
        const from = this.feed(wired, 0, kept);
        this.nodes.push({ ...node, from, before: kept.filter((c) => c < node.before).length, after: kept.filter((c) => c >= end).length });
        break;
      }
      case 'flatten':
        // All positions of a channel stay together: those of the first tell which channels these are.
        this.nodes.push({
          ...node,
          from: this.feed(
            wired,
            0,
            kept.filter((c) => c < wired.operands[0]!.width),
          ),
        });
        break;
      default:
        this.nodes.push({ ...node, from: this.feed(wired, 0, kept) });
    }
  }

  private addWeights(node: WeightNode, wired: Wired, kept: Int32Array): void {
    const reads = this.reads.get(node.name)!;
    const { source, channels } = wired.operands[0]!;
    const given = new Set(this.kept.get(source));
    const needed = this.needs.needed.get(source)!;
    const working = kept.filter((o) => this.needs.needed.get(node.name)![o] === 1);
    const offered = range(node.inputs).filter((i) => given.has(channels[i]!));
    // The network's own input is read whole: a selection would cost more than it spares.
    const isRead = (i: number) => needed[channels[i]!] === 1 && working.some((o) => reads[i * node.outputs + o] === 1);
    const read = this.wiring.get(source)!.raw ? offered : offered.filter(isRead);
    const inputs = read.length > 0 ? read : offered.slice(0, 1);

    this.inputs.set(node.name, inputs);
    this.nodes.push({ ...node, from: this.feed(wired, 0, inputs), inputs: inputs.length, outputs: kept.length });
    this.narrowValues.set(node.name, () => {
      const values = this.values.get(node.name)!;
      const constant = this.constant.get(source)!;
      const gone = Float64Array.from(channels, (c) => (needed[c] === 1 || Number.isNaN(constant[c]!) ? 0 : constant[c]!));
      const idle = { inputs: inputs.map((i) => 1 - needed[channels[i]!]!), outputs: kept.map((o) => (working.includes(o) ? 0 : 1)) };
      return weightValues(node, values, foldedBias(node, values, gone), { inputs, kept, idle });
    });
  }

  /** Makes the k-th operand give just what the node takes for these of its channels; returns the node to read. */
  private feed({ node, operands }: Wired, k: number, own: Int32Array): string {
    const { source, channels } = operands[k]!;
    const wanted = own.map((c) => channels[c]!).filter((c) => c >= 0);
    const given = this.kept.get(source)!;
    if (wanted.length === given.length && wanted.every((c, at) => c === given[at])) return source;
    const name = operands.length > 1 ? `${node.name}_select${k + 1}` : `${node.name}_select`;
    const places = new Map([...given].map((c, at) => [c, at]));
    this.nodes.push({ op: 'select', name, from: source, indices: [...wanted].map((c) => places.get(c)!) });
    return name;
  }
}

function narrowInput(node: InputNode, channels: number): InputNode {
  if (node.flat || !node.image) return { ...node, features: channels, image: null };
  const image = [...node.image.slice(0, 2), channels];
  return { ...node, features: volume(image), image };
}

interface Places {
  /** Original channels. */
  inputs: Int32Array;
  kept: Int32Array;
  /** Of these: 1 for those that only keep a layer from being empty. Nothing is left of them. */
  idle: { inputs: Int32Array; outputs: Int32Array };
}

function weightValues(node: WeightNode, values: LayerValues, folded: Float64Array, { inputs, kept, idle }: Places): LayerValues {
  const mask = narrowMatrix(node, values.mask, inputs, kept);
  const weights = narrowMatrix(node, values.weights, inputs, kept);
  for (let row = 0, at = 0; at < mask.length; row++) {
    const works = idle.inputs[row % inputs.length] === 0;
    for (let o = 0; o < kept.length; o++, at++) {
      if (!works || idle.outputs[o] === 1) mask[at] = 0;
      if (mask[at] === 0) weights[at] = 0;
    }
  }
  // What has been folded into a bias must not be held at zero.
  const isHeld = (o: number) => values.biasMask?.[o] === 0 && folded[o] === 0;
  const biasMask = Uint8Array.from(kept, (o, at) => (idle.outputs[at] === 1 || isHeld(o) ? 0 : 1));
  return {
    weights,
    bias: node.bias ? Float32Array.from(kept, (o, at) => (idle.outputs[at] === 1 ? 0 : folded[o]!)) : new Float32Array(0),
    mask,
    ...(biasMask.includes(0) && { biasMask }),
  };
}

function batchNormValues({ name }: BatchNormNode, values: LayerValues, needed: Uint8Array, kept: Int32Array): LayerValues {
  const { mean, variance } = values;
  if (!mean || !variance) throw new Error(`${name}: a batch norm without running statistics`);
  const mask = Uint8Array.from(kept, (c) => values.mask[c]! & needed[c]!);
  const held = (numbers: Float32Array, otherwise = 0) => Float32Array.from(kept, (c, at) => (mask[at] === 1 ? numbers[c]! : otherwise));
  return { weights: held(values.weights), bias: held(values.bias), mask, mean: held(mean), variance: held(variance, 1) };
}
