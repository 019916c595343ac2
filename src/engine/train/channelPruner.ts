/**
 * Channel-level pruning: scores the channels of a network (by themselves, by a pass over the training samples in inference mode, or by lasso
 * on some of them), cuts to the plan's count or cost, and rebuilds the network without what was cut where the experiment wants it.
 *
 * Everything is ranked in the layout of the original network, whether it was rebuilt or not, so that shrinking cannot change a mask: scores,
 * ties, floors and the random baseline see the same numbers at the same places, and nothing of what a cut channel fed.
 */
import { isLasso, type ChannelPrune, type LassoPrune, type RankedChannelPrune } from '../../config/schema';
import type { Report } from '../../shared/report';
import { compactCounter } from '../compact/counter';
import { compose, narrow, narrowVelocities, widen, widenVelocities, type Narrowed } from '../compact/narrow';
import { widenVector } from '../compact/slices';
import { siteFilters } from '../criteria/filters';
import { ranksFilters, scoreChannels } from '../criteria/score';
import type { ChannelSite, Graph } from '../nn/graph';
import type { Counts } from '../nn/count';
import { aliveChannels, type NetworkValues, type Velocities } from '../nn/values';
import { selectWithin } from '../prune/budget';
import type { PrunableWeights } from '../prune/layer';
import { amount, weightsKept, type PlannedEpoch, type Target } from '../prune/plan';
import { selectWeights } from '../prune/select';
import type { FStatistics } from '../screening/fStatistic';
import { gatherChannelStatistics } from './channelStatistics';
import { rankByLasso, type LassoCut } from './lassoRanking';
import { Network } from './network';
import type { Pruner } from './pruner';
import type { Samples } from './samples';

export interface ChannelPrunerOptions {
  prune: ChannelPrune;
  /** The network that the run began with, and its parameters and momentum now. */
  graph: Graph;
  values: NetworkValues;
  velocities: Velocities | null;
  sites: readonly ChannelSite[];
  seed: number;
  classes: number;
  train: Samples;
  batch: number;
  /** Is the network trained on after cuts, so that a smaller one pays? */
  shrink: boolean;
  /** Times that it was rebuilt before the run was interrupted; null where it was not. */
  rebuilds: number | null;
  signal: AbortSignal;
}

export class ChannelPruner implements Pruner {
  network: Network;
  floors: Report['floors'] = [];
  readonly sampling = null;
  lasso: LassoCut | null = null;
  rebuilds = 0;
  /** How the network has been narrowed so far; null while it has its original layout. */
  private narrowed: Narrowed | null = null;
  /** By site, in the original layout: 1 = alive. */
  private alive: Map<string, Uint8Array>;
  /** What the compacted network would cost now, once somebody has asked. */
  private cost: Counts | null = null;

  constructor(private readonly o: ChannelPrunerOptions) {
    this.alive = new Map(o.sites.map((site) => [site.name, aliveChannels(site, o.values)]));
    this.network = new Network(o.graph, o.values);
    if (o.velocities) this.network.setVelocities(o.velocities);
    if (o.shrink && this.kept < this.total) this.shrink();
    // Being put together again from a checkpoint is none.
    if (o.rebuilds !== null) this.rebuilds = o.rebuilds;
  }

  get total(): number {
    return this.o.sites.reduce((sum, { channels }) => sum + channels, 0);
  }

  get kept(): number {
    return [...this.alive.values()].reduce((sum, alive) => sum + ones(alive), 0);
  }

  /** The scoring pass is on its own: nothing is watched while the network trains. */
  observer(): undefined {
    return undefined;
  }

  willCut({ target }: PlannedEpoch): boolean {
    if (target.over !== 'cost') return weightsKept(target) < this.kept;
    this.cost ??= this.counter()(this.o.sites.map(({ name }) => this.alive.get(name)!));
    return this.cost[target.of] > target.keep;
  }

  async cut(planned: PlannedEpoch): Promise<void> {
    if (!this.willCut(planned)) return;
    const { target } = planned;
    const { prune, sites } = this.o;
    const layers = sites.map((site) => this.unitsOf(site));
    const count = target.over === 'cost' ? this.counter() : null;
    const size = (masks: readonly Uint8Array[]) =>
      target.over === 'cost' ? count!(masks)[target.of] : masks.reduce((n, m) => n + ones(m), 0);
    const ranking = isLasso(prune) ? await this.rankByLasso(prune, target, size) : null;
    const scores = ranking?.scores ?? (await this.scores(prune as RankedChannelPrune, layers));
    const selection = {
      layers,
      scores,
      scope: 'scope' in prune ? prune.scope : ('global' as const),
      floors: { layer: prune.floors.layer, output: 0 },
    };
    const { masks, floors } = target.over === 'cost' ? selectWithin(selection, target, count!) : selectWeights({ ...selection, target });
    this.floors = floors;
    if (ranking) {
      const budget = { of: prune.budget, target: amount(target), reached: size(masks) };
      this.lasso = { ...ranking.findings, budget, kept: masks.map(ones) };
    }
    this.alive = new Map(sites.map(({ name }, i) => [name, masks[i]!]));
    this.cost = null;
    this.zeroCut();
    if (this.o.shrink) this.shrink();
  }

  values(): NetworkValues {
    const values = this.network.values();
    return this.narrowed ? widen({ ...this.narrowed, values }, this.o.graph) : values;
  }

  velocities(): Velocities {
    const velocities = this.network.velocities();
    return this.narrowed ? widenVelocities(this.narrowed, this.o.graph, velocities) : velocities;
  }

  saved = () => new Map<string, Float64Array>();
  restore(): void {}

  /** The original layout with zeros wherever a cut channel was read or made, as a network that was rebuilt has it. */
  private cleanValues(): NetworkValues {
    if (this.narrowed) return this.values();
    const values = this.network.values();
    return widen(narrow(this.o.graph, values, { keepAlive: true }), this.o.graph);
  }

  /** The channels of a site as the selection sees units: scale where there is one, else 1 (ties are then broken by place alone). */
  private unitsOf(site: ChannelSite): PrunableWeights {
    const { name, op, channels } = site;
    const weights =
      op === 'batch-norm'
        ? widenVector(this.network.weightsOf(name), this.originalChannels(site), channels)
        : new Float32Array(channels).fill(1);
    return { name, inputs: 1, outputs: channels, weights, mask: this.alive.get(name)! };
  }

  private async scores(prune: RankedChannelPrune, layers: readonly PrunableWeights[]): Promise<Float64Array[]> {
    return scoreChannels(prune, layers, {
      statistics: prune.method === 'cls' && prune.criterion.lambda > 0 ? await this.statistics(prune.criterion) : null,
      filters: ranksFilters(prune) ? siteFilters(this.o.graph, this.cleanValues()) : null,
      seed: this.o.seed,
    });
  }

  private rankByLasso(prune: LassoPrune, target: Target, size: (masks: readonly Uint8Array[]) => number) {
    const { sites } = this.o;
    const living = (mask: Uint8Array, l: number) => mask.map((m, c) => m & this.alive.get(sites[l]!.name)![c]!);
    return rankByLasso({
      ...this.o,
      prune,
      network: this.network,
      originals: (site) => this.originalChannels(site),
      // A channel that only keeps a layer from being empty is none that can stay.
      size: (masks) => size(masks.map(living)),
      target: amount(target),
    });
  }

  private counter = () => compactCounter(this.o.graph, this.values(), this.o.sites);

  private async statistics(criterion: Parameters<typeof gatherChannelStatistics>[2]['criterion']): Promise<Map<string, FStatistics>> {
    const { train, classes, batch, sites, signal } = this.o;
    const current = sites.map((site) => ({ ...site, channels: this.originalChannels(site).length }));
    const statistics = await gatherChannelStatistics(this.network, train, { criterion, classes, batch, sites: current, signal });
    return new Map(sites.map((site) => [site.name, spread(statistics.get(site.name)!, this.originalChannels(site), site.channels)]));
  }

  /** Which of the site's original channels the network still has, in order. */
  private originalChannels(site: ChannelSite): Int32Array {
    return this.narrowed?.kept.get(site.name) ?? Int32Array.from({ length: site.channels }, (_, c) => c);
  }

  private zeroCut(): void {
    for (const site of this.o.sites) {
      const alive = this.alive.get(site.name)!;
      this.network.pruneChannels(
        site,
        Uint8Array.from(this.originalChannels(site), (original) => alive[original]!),
      );
    }
  }

  private shrink(): void {
    const { network } = this;
    const narrowed = narrow(network.graph, network.values(), { keepAlive: true });
    this.network = new Network(narrowed.graph, narrowed.values);
    this.network.setVelocities(narrowVelocities(narrowed, network.graph, network.velocities()));
    network.dispose();
    this.narrowed = this.narrowed ? compose(this.narrowed, narrowed) : narrowed;
    this.rebuilds++;
  }
}

const ones = (mask: Uint8Array): number => mask.reduce((a, b) => a + b, 0);

/** Statistics of the channels that are left, in the original layout; 0 where a channel is gone. */
function spread({ f, etaSquared, ...rest }: FStatistics, originals: Int32Array, channels: number): FStatistics {
  const [wideF, wideEta] = [new Float64Array(channels), new Float64Array(channels)];
  originals.forEach((original, c) => {
    wideF[original] = f[c]!;
    wideEta[original] = etaSquared[c]!;
  });
  return { ...rest, f: wideF, etaSquared: wideEta };
}
