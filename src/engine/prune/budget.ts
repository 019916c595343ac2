/** Cuts to a cost of the compacted network: how many of a ranking's channels stay so that it is met from below. */
import type { Counts } from '../nn/count';
import type { ChannelSite } from '../nn/graph';
import { pruneErrors } from './errors';
import type { CostTarget } from './plan';
import { selectWeights, type FloorHeld, type Selection } from './select';

/** What the network would be, once compacted, with these channels of the sites alive (1) and all else as it is. */
export type Counter = (masks: readonly Uint8Array[]) => Counts;

/**
 * As many of the best channels as the budget allows, found by halving: one more would cost too much. (Of a ranking within each layer, where
 * one more in all may be one less in a layer, nearly as many.)
 *
 * @throws PruneError prune/budget-out-of-reach, and those of `selectWeights`
 */
export function selectWithin(
  selection: Omit<Selection, 'target'>,
  target: CostTarget,
  count: Counter,
): { masks: Uint8Array[]; floors: FloorHeld[] } {
  const { layers, floors } = selection;
  const at = (keep: number) => selectWeights({ ...selection, target: { over: 'network', keep } });
  const alive = layers.map(({ mask }) => mask.reduce((a, b) => a + b, 0));
  let fits = alive.reduce((total, n) => total + Math.min(n, floors.layer), 0);
  let tooMany = alive.reduce((a, b) => a + b, 0) + 1;
  let best = at(fits);
  const least = count(best.masks)[target.of];
  if (least > target.keep) throw pruneErrors.budgetOutOfReach(target.of, target.keep, least, target.whole);
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    const selected = at(middle);
    if (count(selected.masks)[target.of] <= target.keep) [fits, best] = [middle, selected];
    else tooMany = middle;
  }
  return best;
}

/**
 * Says at once what would else be found after hours of training: no cut reaches the budget. The smallest network is the one in which the
 * channels that the floors hold are the first of each site, the same ones where sites read the same stream.
 *
 * @throws PruneError prune/budget-out-of-reach
 */
export function assertWithinReach(sites: readonly ChannelSite[], floor: number, target: CostTarget, count: Counter): void {
  const least = count(sites.map(({ channels }) => Uint8Array.from({ length: channels }, (_, c) => (c < floor ? 1 : 0))))[target.of];
  if (least > target.keep) throw pruneErrors.budgetOutOfReach(target.of, target.keep, least, target.whole);
}
