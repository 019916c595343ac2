/**
 * Channel-level pruning: scores the channels of a network (channel-level screening: one pass over the training samples in inference mode),
 * cuts to the plan's count, and rebuilds the network without what was cut where the experiment wants it.
 *
 * Everything is ranked in the layout of the original network, whether it was rebuilt or not, so that shrinking cannot change a mask: scores,
 * ties, floors and the random baseline see the same numbers at the same places, and nothing of what a cut channel fed.
 */
import type { ChannelPrune } from '../../config/schema';
import type { Report } from '../../shared/report';
import { compose, narrow, narrowVelocities, widen, widenVelocities, type Narrowed } from '../compact/narrow';
import { siteFilters } from '../criteria/filters';
import { scoreChannels } from '../criteria/score';
import type { ChannelSite, Graph } from '../nn/graph';
import { aliveChannels, type NetworkValues, type Velocities } from '../nn/values';
import type { PrunableWeights } from '../prune/layer';
import { weightsKept, type PlannedEpoch } from '../prune/plan';
import { selectWeights } from '../prune/select';
import type { FStatistics } from '../screening/fStatistic';
import { gatherChannelStatistics } from './channelStatistics';
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
  signal: AbortSignal;
}

export class ChannelPruner implements Pruner {
  network: Network;
  floors: Report['floors'] = [];
  readonly sampling = null;
  rebuilds = 0;
  /** How the network has been narrowed so far; null while it has its original layout. */
  private narrowed: Narrowed | null = null;
  /** By site, in the original layout: 1 = alive. */
  private alive: Map<string, Uint8Array>;

  constructor(private readonly o: ChannelPrunerOptions) {
    this.alive = new Map(o.sites.map((site) => [site.name, aliveChannels(site, o.values)]));
    this.network = new Network(o.graph, o.values);
    if (o.velocities) this.network.setVelocities(o.velocities);
    if (o.shrink && this.kept < this.total) this.shrink();
  }

  get total(): number {
    return this.o.sites.reduce((sum, { channels }) => sum + channels, 0);
  }

  get kept(): number {
    return [...this.alive.values()].reduce((sum, alive) => sum + alive.reduce((a, b) => a + b, 0), 0);
  }

  /** The scoring pass is on its own: nothing is watched while the network trains. */
  observer(): undefined {
    return undefined;
  }

  async cut(planned: PlannedEpoch): Promise<void> {
    if (weightsKept(planned.target) >= this.kept) return;
    const { prune, sites, seed } = this.o;
    const values = this.cleanValues();
    const layers = sites.map((site) => unitsOf(site, values, this.alive.get(site.name)!));
    const scores = scoreChannels(prune, layers, {
      statistics: prune.method === 'cls' && prune.criterion.lambda > 0 ? await this.statistics(prune.criterion) : null,
      filters: prune.method === 'channels' ? siteFilters(this.o.graph, values) : null,
      seed,
    });
    const { masks, floors } = selectWeights({
      layers,
      scores,
      target: planned.target,
      scope: prune.scope,
      floors: { layer: prune.floors.layer, output: 0 },
    });
    this.floors = floors;
    this.alive = new Map(sites.map(({ name }, i) => [name, masks[i]!]));
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
    const masks = new Map<string, Uint8Array>();
    const biasMasks = new Map<string, Uint8Array>();
    for (const site of this.o.sites) {
      const alive = Uint8Array.from(this.originalChannels(site), (original) => this.alive.get(site.name)![original]!);
      if (site.op === 'batch-norm') masks.set(site.name, alive);
      else {
        masks.set(
          site.name,
          this.network.maskOf(site.name).map((m, e) => m & alive[e % alive.length]!),
        );
        biasMasks.set(site.name, alive);
      }
    }
    this.network.prune(masks, biasMasks);
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

/** The channels of a site as the selection sees units: scale where there is one, else 1 (ties are then broken by place alone). */
function unitsOf({ name, op, channels }: ChannelSite, values: NetworkValues, mask: Uint8Array): PrunableWeights {
  const weights = op === 'batch-norm' ? values.get(name)!.weights : new Float32Array(channels).fill(1);
  return { name, inputs: 1, outputs: channels, weights, mask };
}

/** Statistics of the channels that are left, in the original layout; 0 where a channel is gone. */
function spread({ f, etaSquared, ...rest }: FStatistics, originals: Int32Array, channels: number): FStatistics {
  const [wideF, wideEta] = [new Float64Array(channels), new Float64Array(channels)];
  originals.forEach((original, c) => {
    wideF[original] = f[c]!;
    wideEta[original] = etaSquared[c]!;
  });
  return { ...rest, f: wideF, etaSquared: wideEta };
}
