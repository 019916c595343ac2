/**
 * Induced feature selection (Hubens et al. 2023), its first step: zeroes all weights that read an input, input by input, and whole neurons or
 * channels of hidden layers, each layer ranked by itself. Which inputs then can go follows from the zeros (compact/inputs.ts).
 */
import type { InducedPrune } from '../../config/schema';
import { inputMagnitudes, inputScores, overUnits } from '../criteria/inputs';
import { channelSites, matchesPattern, weightRows, type ChannelSite, type ConvNode } from '../nn/graph';
import { inputUnits, type InputUnits } from '../nn/inputReaders';
import type { NetworkValues, Velocities } from '../nn/values';
import type { PlannedEpoch } from '../prune/plan';
import { weightsKept } from '../prune/plan';
import { selectWeights } from '../prune/select';
import { keepCount, keepFraction } from '../schedules/keep';
import { zeroBorders } from './kernelBorders';
import type { Network } from './network';
import type { Pruner } from './pruner';

export interface InputPrunerOptions {
  prune: InducedPrune;
  network: Network;
  /** Of the training. */
  epochs: number;
  plan: readonly PlannedEpoch[];
  seed: number;
  /** The F-statistic of each number that the network reads. */
  f: () => Float64Array;
}

export class InputPruner implements Pruner {
  readonly network: Network;
  readonly floors = [];
  readonly sampling = null;
  readonly lasso = null;
  readonly rebuilds = 0;
  private readonly units: InputUnits;
  private readonly sites: readonly ChannelSite[];
  private f: Float64Array | null = null;

  constructor(private readonly o: InputPrunerOptions) {
    const { network, prune } = o;
    this.network = network;
    this.units = inputUnits(network.graph);
    this.sites =
      prune.hidden < 1
        ? channelSites(network.graph).filter(({ name }) => prune.layers.some((pattern) => matchesPattern(name, pattern)))
        : [];
  }

  /** Numbers of a sample that are not cut. */
  get kept(): number {
    return count(this.aliveInputs()) * this.units.numbers;
  }

  observer(): undefined {
    return undefined;
  }

  willCut(planned: PlannedEpoch): boolean {
    const hidden = this.sites.some((site) => this.hiddenTarget(site, planned) < count(this.aliveChannels(site)));
    return hidden || this.inputTarget(planned) < count(this.aliveInputs()) || (this.o.prune.borders > 0 && this.isLastCut(planned));
  }

  cut(planned: PlannedEpoch): Promise<void> {
    this.cutInputs(planned);
    this.cutHidden(planned);
    if (this.isLastCut(planned)) this.cutBorders();
    return Promise.resolve();
  }

  /** Has the schedule reached its end, for inputs and hidden layers? */
  isFinal = ({ epoch }: PlannedEpoch): boolean => {
    const { prune, epochs } = this.o;
    const lowest = Math.min(prune.keep, prune.hidden);
    // Where all is kept, borders still go when the schedule ends.
    const keep = lowest < 1 ? lowest : 0.5;
    return keepFraction(prune.schedule, keep, epoch, epochs) === keep;
  };

  values = (): NetworkValues => this.network.values();
  velocities = (): Velocities => this.network.velocities();
  saved = () => new Map<string, Float64Array>();
  restore(): void {}

  private isLastCut(planned: PlannedEpoch): boolean {
    return this.o.plan.find(this.isFinal)?.epoch === planned.epoch;
  }

  /** At least one stays, of the inputs as of each hidden layer. */
  private inputTarget = (planned: PlannedEpoch) => Math.max(1, Math.round(weightsKept(planned.target) / this.units.numbers));

  private hiddenTarget({ channels }: ChannelSite, { epoch }: PlannedEpoch): number {
    const { prune, epochs } = this.o;
    return Math.max(1, keepCount(keepFraction(prune.schedule, prune.hidden, epoch, epochs), channels));
  }

  private cutInputs(planned: PlannedEpoch): void {
    const { network, units } = this;
    const { criterion } = this.o.prune;
    const alive = this.aliveInputs();
    const keep = this.inputTarget(planned);
    if (keep >= count(alive)) return;
    const norm = criterion.name === 'weights' ? criterion.norm : 'l1';
    const magnitudes = inputMagnitudes(units, ({ name }) => network.weightsOf(name), norm);
    if (criterion.name === 'weights' && criterion.lambda > 0) this.f ??= overUnits(units, this.o.f());
    const scores = inputScores(criterion, { magnitudes, alive, f: this.f, seed: this.o.seed });
    const stays = best('the input', magnitudes, scores, alive, keep);
    const masks = units.readers.map(({ node, units: read }): [string, Uint8Array] => {
      const row = Uint8Array.from(read, (inputs) => (inputs.every((unit) => stays[unit] === 1) ? 1 : 0));
      const mask = network.maskOf(node.name);
      return [node.name, mask.map((m, e) => m & row[Math.floor(e / node.outputs) % node.inputs]!)];
    });
    network.prune(new Map(masks));
  }

  private cutHidden(planned: PlannedEpoch): void {
    for (const site of this.sites) {
      const alive = this.aliveChannels(site);
      const keep = this.hiddenTarget(site, planned);
      if (keep >= count(alive)) continue;
      const sizes = this.channelSizes(site);
      this.network.pruneChannels(site, best(site.name, sizes, sizes, alive, keep));
    }
  }

  /** |gamma| of a batch norm's channels, or the mean of |w| over each neuron's (or filter's) weights. */
  private channelSizes({ name, op, channels }: ChannelSite): Float64Array {
    const weights = this.network.weightsOf(name);
    const sizes = new Float64Array(channels);
    weights.forEach((w, e) => (sizes[e % channels]! += Math.abs(w)));
    const rows = weights.length / channels;
    return op === 'batch-norm' ? sizes : sizes.map((sum) => sum / rows);
  }

  private cutBorders(): void {
    const { borders } = this.o.prune;
    if (borders === 0) return;
    const first = this.units.readers.map(({ node }) => node).filter((node): node is ConvNode => node.op === 'conv');
    this.network.prune(
      new Map(
        first.map((node) => [node.name, zeroBorders(node, this.network.weightsOf(node.name), this.network.maskOf(node.name), borders)]),
      ),
    );
  }

  /** 1 where a weight that reads the unit is alive. */
  private aliveInputs(): Uint8Array {
    const alive = new Uint8Array(this.units.count);
    for (const { node, units } of this.units.readers) {
      const mask = this.network.maskOf(node.name);
      for (let row = 0; row < weightRows(node); row++) {
        const read = units[row % node.inputs]!;
        if (read.every((unit) => alive[unit] === 1)) continue;
        if (mask.subarray(row * node.outputs, (row + 1) * node.outputs).includes(1)) for (const unit of read) alive[unit] = 1;
      }
    }
    return alive;
  }

  /** 1 where a channel of the batch norm, or any weight of the filter, is alive. */
  private aliveChannels({ name, channels }: ChannelSite): Uint8Array {
    const alive = new Uint8Array(channels);
    this.network.maskOf(name).forEach((m, e) => (alive[e % channels]! |= m));
    return alive;
  }
}

const count = (mask: Uint8Array): number => mask.reduce((a, b) => a + b, 0);

/** The `keep` best by score: ties go to the larger weights, then to the first. */
function best(name: string, sizes: Float64Array, scores: Float64Array, mask: Uint8Array, keep: number): Uint8Array {
  const layer = { name, inputs: 1, outputs: mask.length, weights: Float32Array.from(sizes), mask };
  const target = { over: 'network', keep } as const;
  return selectWeights({ layers: [layer], scores: [scores], target, scope: 'global', floors: { layer: 0, output: 0 } }).masks[0]!;
}
