/** The pruning half of training, whatever it cuts: what it watches in an epoch, and the cut after it. */
import type { Report } from '../../shared/report';
import type { NetworkValues, Velocities } from '../nn/values';
import type { PlannedEpoch } from '../prune/plan';
import type { LassoCut } from './lassoRanking';
import type { Network } from './network';
import type { Observer } from './observer';

export interface Pruner {
  /** The network as it is now: a cut may put a smaller one in its place. */
  readonly network: Network;
  /** Weights or channels that are alive, of those that may be cut. */
  readonly kept: number;
  /** Where the floors decided in the last cut. */
  readonly floors: Report['floors'];
  readonly sampling: NonNullable<Report['screening']>['sampling'];
  /** What structured lasso found in the last cut; null where the method is another, or before it. */
  readonly lasso: LassoCut | null;
  /** Times that the network was rebuilt. */
  readonly rebuilds: number;
  /** What looks at this epoch's batches; undefined where no statistics are needed from it. */
  observer(planned: PlannedEpoch): Observer | undefined;
  /** Is less to be left after this epoch than there is now? */
  willCut(planned: PlannedEpoch): boolean;
  /** Cuts to the plan's target, if that is less than there is. */
  cut(planned: PlannedEpoch): Promise<void>;
  /** The network's parameters and their momentum in the layout of the network that the run began with. */
  values(): NetworkValues;
  velocities(): Velocities;
  /** Statistics that are carried from epoch to epoch, by name, for a checkpoint. */
  saved(): Map<string, Float64Array>;
  restore(arrays: ReadonlyMap<string, Float64Array>): void;
}
