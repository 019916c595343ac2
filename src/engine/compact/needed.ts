/**
 * Which channels somebody needs, from the logits backward. Layers need what they read. A node that passes channels on keeps what it gets
 * and gets what it keeps, so channels tied by additions and concatenations go together or stay together; a layer may read a part.
 */
import type { NetworkValues } from '../nn/values';
import { canFold, type Connections } from './connections';
import type { Constants } from './constants';
import type { Wired, Wiring } from './wiring';

/** By node: 1 for each channel that is meant. */
export type Marks = ReadonlyMap<string, Uint8Array>;

export interface NeedOptions {
  wiring: Wiring;
  values: NetworkValues;
  reads: Connections;
  /** What a layer can take into its biases instead of reading it; null to read everything. */
  constants: Constants | null;
  /** Channels that are needed whoever reads them. */
  alive: Marks;
  /** Does the network's input stay whole, or lose what nobody reads? */
  input: 'whole' | 'read';
}

export interface Needs {
  needed: Marks;
  /**
   * What stays: the needed channels, and idle ones, which are tied to others as any channel but read nothing: before a channel of a batch
   * norm that is off but tied to one that is not, and wherever a node (or what a node reads of another) would be left without any.
   */
  stays: Marks;
  /** Numbers of a sample that no layer reads; an input that stays whole keeps them all the same. */
  unusedInputs: number;
}

export function neededChannels(options: NeedOptions): Needs {
  const { wiring, alive } = options;
  const nodes = [...wiring.values()];
  const input = nodes[0]!;
  const begin = (walk: Walk): Walk => {
    walk.markAll(nodes.at(-1)!);
    for (const [name, channels] of alive) channels.forEach((a, c) => a === 1 && walk.mark(name, c));
    walk.run();
    return walk;
  };
  const walk = begin(
    new Walk(options, options.input === 'read' ? madeOf(options, unreadInputs(begin(new Walk(options, null)), input)) : NOTHING),
  );
  const unused = walk.marked.get(input.node.name)!.filter((m) => m === 0).length;
  const perChannel = input.node.op === 'input' ? input.node.features / input.outputs : 1;
  if (options.input === 'whole') walk.markAll(input);
  walk.run();
  const needed = new Map([...walk.marked].map(([name, marks]) => [name, marks.slice()]));

  walk.goIdle();
  // A layer of width 0 is no layer: the first channel stays.
  for (const { node, layer, operands } of nodes.toReversed()) {
    if (layer && !walk.marked.get(node.name)!.includes(1)) walk.mark(node.name, 0);
    walk.run();
    for (const { source, channels } of operands) {
      const offered = channels.filter((c) => c >= 0);
      if (!offered.some((c) => walk.has(source, c))) walk.mark(source, offered[0]!);
      walk.run();
    }
  }
  return { needed, stays: walk.marked, unusedInputs: unused * perChannel };
}

/** Inputs that nobody reads, where no node keeps a channel only because it is given one. */
const unreadInputs = (walk: Walk, { node }: Wired): Uint8Array => walk.marked.get(node.name)!.map((m) => 1 - m);

const NOTHING: Marks = new Map();

/** The channels that are made of one of these inputs, be it among others. */
function madeOf({ wiring, reads }: NeedOptions, inputs: Uint8Array): Marks {
  const made = new Map<string, Uint8Array>();
  for (const [name, { node, operands, outputs }] of wiring) {
    const marks = node.op === 'input' ? inputs : new Uint8Array(outputs);
    for (const { source, channels } of operands) {
      const given = made.get(source)!;
      const weighted = reads.get(name);
      channels.forEach((c, i) => {
        if (c < 0 || given[c] === 0) return;
        if (weighted) for (let o = 0; o < outputs; o++) marks[o]! |= weighted[i * outputs + o]!;
        else marks[i] = 1;
      });
    }
    made.set(name, marks);
  }
  return made;
}

/** Marks channels, and then whatever each marked channel brings with it, each once. */
class Walk {
  readonly marked: Map<string, Uint8Array>;
  private idle = false;
  /** What batch norms read for channels that are off. */
  private readonly postponed: [string, number][] = [];
  private readonly pending: [Wired, number][] = [];
  /** By node: the nodes that pass its channels on, each with which of its outputs are made of a channel. */
  private readonly passedTo = new Map<string, { name: string; outputs: number[][] }[]>();

  /**
   * @param unread channels that are made of inputs which nobody reads: no node keeps what it is given if it has to read more of these for
   * it. null where no node keeps anything only because it is given it.
   */
  constructor(
    private readonly options: NeedOptions,
    private readonly unread: Marks | null,
  ) {
    this.marked = new Map([...options.wiring].map(([name, { outputs }]) => [name, new Uint8Array(outputs)]));
    for (const [name, { operands, layer }] of options.wiring) {
      if (layer) continue;
      for (const { source, channels } of operands) {
        const outputs = Array.from(this.marked.get(source)!, (): number[] => []);
        channels.forEach((c, output) => c >= 0 && outputs[c]!.push(output));
        this.passedTo.set(source, [...(this.passedTo.get(source) ?? []), { name, outputs }]);
      }
    }
  }

  /** From now on layers with weights read nothing; what was left unread stays for its place. */
  goIdle(): void {
    this.idle = true;
    for (const [name, channel] of this.postponed) this.mark(name, channel);
    this.run();
  }

  has(name: string, channel: number): boolean {
    return this.marked.get(name)![channel] === 1;
  }

  mark(name: string, channel: number): void {
    if (this.has(name, channel)) return;
    this.marked.get(name)![channel] = 1;
    this.pending.push([this.options.wiring.get(name)!, channel]);
  }

  markAll({ node, outputs }: Wired): void {
    for (let c = 0; c < outputs; c++) this.mark(node.name, c);
  }

  run(): void {
    for (let next = this.pending.pop(); next; next = this.pending.pop()) {
      const [wired, channel] = next;
      for (const { name, outputs } of this.unread ? (this.passedTo.get(wired.node.name) ?? []) : []) {
        for (const c of outputs[channel]!) if (!this.wantsUnread(name, c)) this.mark(name, c);
      }
      this.markRead(wired, channel);
    }
  }

  private wantsUnread(name: string, output: number): boolean {
    return this.options.wiring.get(name)!.operands.some(({ source, channels }) => {
      const c = channels[output]!;
      return c >= 0 && this.unread!.get(source)?.[c] === 1 && !this.has(source, c);
    });
  }

  private markRead({ node, operands, outputs }: Wired, channel: number): void {
    if (node.op === 'batch-norm' && !this.idle && this.isOff(node.name, channel)) {
      this.postponed.push([operands[0]!.source, operands[0]!.channels[channel]!]);
      return;
    }
    if (node.op !== 'dense' && node.op !== 'conv') {
      for (const { source, channels } of operands) if (channels[channel]! >= 0) this.mark(source, channels[channel]!);
      return;
    }
    if (this.idle) return;
    const reads = this.options.reads.get(node.name)!;
    const { source, channels } = operands[0]!;
    const constants = this.options.constants?.get(source);
    channels.forEach((c, i) => {
      if (reads[i * outputs + channel] === 1 && !(constants && canFold(node, constants[c]!))) this.mark(source, c);
    });
  }

  /** A channel of a batch norm that gives the same whatever it reads: it is cut, or its scale is zero and will not be trained. */
  private isOff(name: string, channel: number): boolean {
    const { mask, weights } = this.options.values.get(name)!;
    if (mask[channel] === 0) return true;
    return weights[channel] === 0 && !Number.isNaN(this.options.constants?.get(name)?.[channel] ?? NaN);
  }
}
