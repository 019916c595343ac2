/** Weight-level pruning: gathers statistics in the epochs that end with a cut, ranks the connections and cuts to the plan's count. */
import { DEFAULT_EVERY, type WeightPrune } from '../../config/schema';
import type { Report } from '../../shared/report';
import { scoreConnections } from '../criteria/score';
import { weightCount, weightRows, type WeightNode } from '../nn/graph';
import type { NetworkValues, Velocities } from '../nn/values';
import { differingFraction } from '../prune/compareMasks';
import { counted, largestCut, weightsKept, type PlannedEpoch } from '../prune/plan';
import type { PrunableWeights } from '../prune/layer';
import { selectWeights } from '../prune/select';
import type { FStatistics } from '../screening/moments';
import type { Network } from './network';
import type { Observer } from './observer';
import { observePass } from './pass';
import type { Pruner } from './pruner';
import type { Samples } from './samples';
import { makeGatherer, type Gatherer } from './statistics';

export interface WeightPrunerOptions {
  prune: WeightPrune;
  network: Network;
  layers: readonly WeightNode[];
  plan: readonly PlannedEpoch[];
  /** The network's last layer, whose outputs are the classes. */
  outputLayer: string;
  seed: number;
  classes: number;
  train: Samples;
  batch: number;
  pixels: () => FStatistics;
}

type Statistics = Map<string, FStatistics>;

export class WeightPruner implements Pruner {
  readonly network: Network;
  readonly rebuilds = 0;
  readonly lasso = null;
  kept: number;
  floors: Report['floors'] = [];
  sampling: NonNullable<Report['screening']>['sampling'] = null;

  private readonly gatherer: Gatherer | null;
  /** Statistics of every batch, in the one epoch in which the sampled ones are compared with them. */
  private full: Gatherer | null = null;
  private readonly auditEpoch: number;
  private readonly make: (every: number) => Gatherer;

  constructor(private readonly o: WeightPrunerOptions) {
    const { prune, network, plan, classes } = o;
    this.network = network;
    const total = o.layers.reduce((sum, l) => sum + weightCount(l), 0);
    this.kept = o.layers.reduce((sum, l) => sum + network.maskOf(l.name).reduce((a, b) => a + b, 0), 0);
    const criterion = prune.method === 'wls' && prune.criterion.lambda > 0 ? prune.criterion : null;
    this.make = (every) => makeGatherer(criterion!.feature, network, classes, every, o.pixels);
    this.gatherer = criterion ? this.make(this.every) : null;
    this.auditEpoch = criterion && this.every > 1 ? (plan[largestCut(plan, total)]?.epoch ?? 0) : 0;
  }

  /** Statistics come from every nth batch. */
  get every(): number {
    const { prune } = this.o;
    return prune.method === 'wls' ? (prune.criterion.every ?? DEFAULT_EVERY[prune.criterion.feature]) : 1;
  }

  observer(planned: PlannedEpoch): Observer | undefined {
    const { gatherer } = this;
    if (!gatherer || this.isOneShot || !this.cutsFrom(planned)) return undefined;
    if (this.o.prune.method === 'wls') gatherer.forget(this.o.prune.criterion.decay);
    this.full = planned.epoch === this.auditEpoch ? this.make(1) : null;
    // The one of every batch wants the same, and of each batch.
    const { full } = this;
    if (!full) return gatherer;
    return {
      wants: (batch) => full.wants(batch),
      observe: (batch, measured, labels) => {
        gatherer.observe(batch, measured, labels);
        full.observe(batch, measured, labels);
      },
    };
  }

  willCut = (planned: PlannedEpoch): boolean => weightsKept(planned.target) < this.kept;

  async cut(planned: PlannedEpoch): Promise<void> {
    if (this.willCut(planned)) await this.cutTo(planned);
  }

  values = (): NetworkValues => this.network.values();
  velocities = (): Velocities => this.network.velocities();

  private async cutTo(planned: PlannedEpoch): Promise<void> {
    const { network, train, batch } = this.o;
    // One-shot pruning scores a trained network, weights frozen.
    if (this.gatherer && this.isOneShot) await observePass(network, train, this.gatherer, { batch });
    const before = this.current();
    const { masks, floors } = this.select(before, planned, this.gatherer?.statistics() ?? null);
    if (this.full) {
      const whole = this.select(before, planned, this.full.statistics());
      this.sampling = { epoch: planned.epoch, maskChangedFraction: differingFraction(masks, whole.masks) };
      this.full = null;
    }
    this.o.network.prune(new Map(before.map((layer, i) => [layer.name, masks[i]!])));
    this.floors = floors;
    this.kept = weightsKept(planned.target);
  }

  saved(): Map<string, Float64Array> {
    return this.o.prune.method === 'wls' && this.o.prune.criterion.decay > 0 && this.gatherer
      ? this.gatherer.save()
      : new Map<string, Float64Array>();
  }

  restore(arrays: ReadonlyMap<string, Float64Array>): void {
    if (arrays.size > 0) this.gatherer?.restore(arrays);
  }

  private get isOneShot(): boolean {
    return 'schedule' in this.o.prune && this.o.prune.schedule.name === 'one-shot';
  }

  /** Is there a cut after this epoch, or after a later one that this epoch's statistics still count in? */
  private cutsFrom(planned: PlannedEpoch): boolean {
    const { prune, plan } = this.o;
    const carries = prune.method === 'wls' && prune.criterion.decay > 0;
    const until = carries ? plan.at(-1)! : planned;
    return weightsKept(until.target) < this.kept;
  }

  private current(): PrunableWeights[] {
    return this.o.layers.map((node) => ({
      name: node.name,
      inputs: weightRows(node),
      outputs: node.outputs,
      weights: this.o.network.weightsOf(node.name),
      mask: this.o.network.maskOf(node.name),
    }));
  }

  private select(layers: PrunableWeights[], planned: PlannedEpoch, statistics: Statistics | null) {
    const { prune, seed, outputLayer } = this.o;
    const scores = scoreConnections(prune, layers, { statistics, seed });
    return selectWeights({
      layers,
      scores,
      target: counted(planned.target),
      scope: prune.method === 'han' ? 'layer' : prune.scope,
      floors: prune.floors,
      outputLayer,
    });
  }
}
