import type { Experiment } from '../../config/schema';
import type { Counts } from '../nn/count';
import { keepCount, keepFraction } from '../schedules/keep';
import { learningRate } from '../train/learningRate';

/** How many weights or channels are left: over all prunable layers together, or of each. */
export type CountTarget = { over: 'network'; keep: number } | { over: 'layers'; keep: readonly number[] };

/** What the compacted network may cost at most, as a whole. */
export interface CostTarget {
  over: 'cost';
  of: keyof Counts;
  keep: number;
  /** Cost of the network as the run begins. */
  whole: number;
}

/** What is left after an epoch. */
export type Target = CountTarget | CostTarget;

/** What is pruned, as far as a plan needs to know. */
export interface Prunable {
  /** The layers that are cut, in order, and the weights (or channels) of each. */
  names: readonly string[];
  totals: readonly number[];
  /** Of the whole network as the run begins. */
  whole: Counts;
}

export interface PlannedEpoch {
  /** 1-based; 0 is a cut before any training. */
  epoch: number;
  learningRate: number;
  /** Fraction of the prunable weights or channels left after this epoch's cut. */
  keep: number;
  target: Target;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/**
 * The epochs of training with their cuts. Without epochs there is one entry, epoch 0: a cut alone.
 *
 * Annealed methods cut after every epoch as the schedule says; one-shot cuts after the last. Han et al. 2015 trains, then runs rounds of
 * cut and retrain: each round's keep fractions are geometric from 1 to the target, so round r of R keeps keep^(r/R) of each layer.
 */
export function planTraining({ train, prune }: Experiment, prunable: Prunable): PlannedEpoch[] {
  if (train.epochs === 0) return [cutOnly(prune, prunable)];
  const { names, totals } = prunable;
  const total = sum(totals);
  const dense = Array.from({ length: train.epochs }, (_, i) => ({
    epoch: i + 1,
    learningRate: learningRate(train.schedule, train.learningRate, i, train.epochs),
    keep: 1,
    target: { over: 'network' as const, keep: total },
  }));
  switch (prune.method) {
    case 'none':
      return dense;
    case 'han': {
      const layerKeep = names.map((name) => prune.layerKeep?.[name] ?? prune.keep);
      const afterRound = (round: number) => {
        const keep = layerKeep.map((k, l) => keepCount(k ** (round / prune.rounds), totals[l]!));
        return { keep: sum(keep) / total, target: { over: 'layers' as const, keep } };
      };
      const last = dense.at(-1)!;
      const plan: PlannedEpoch[] = [...dense.slice(0, -1), { ...last, ...afterRound(1) }];
      for (let round = 1; round <= prune.rounds; round++) {
        for (let e = 1; e <= prune.retrain.epochs; e++) {
          const endsRound = e === prune.retrain.epochs && round < prune.rounds;
          plan.push({ epoch: plan.length + 1, learningRate: prune.retrain.learningRate, ...afterRound(endsRound ? round + 1 : round) });
        }
      }
      return plan;
    }
    default:
      return dense.map((planned) => {
        const keep = keepFraction(prune.schedule, prune.keep, planned.epoch, train.epochs);
        return { ...planned, keep, target: targetOf(prune, keep, prunable) };
      });
  }
}

/** A network that is pruned as it is: one cut in no epoch. */
function cutOnly(prune: Experiment['prune'], prunable: Prunable): PlannedEpoch {
  const keep = prune.method === 'none' ? 1 : prune.keep;
  return { epoch: 0, learningRate: 0, keep, target: targetOf(prune, keep, prunable) };
}

/** A fraction of the weights or channels, or of what the network costs where the method's budget is a cost. */
function targetOf(prune: Experiment['prune'], keep: number, { totals, whole }: Prunable): Target {
  const of = 'budget' in prune ? prune.budget : 'channels';
  if (of === 'channels') return { over: 'network', keep: keepCount(keep, sum(totals)) };
  return { over: 'cost', of, keep: Math.floor(keep * whole[of]), whole: whole[of] };
}

/** What a target leaves, in its own unit: targets of one plan can be compared by it. */
export const amount = (target: Target): number => (target.over === 'layers' ? sum(target.keep) : target.keep);

/** Weights or channels left by a target that counts them. */
export function weightsKept(target: Target): number {
  return amount(counted(target));
}

/** @throws Error where the target is a cost: only those who cut channels meet one */
export function counted(target: Target): CountTarget {
  if (target.over === 'cost') throw new Error(`a target of ${target.keep} ${target.of} has no count`);
  return target;
}

/** Index in the plan of the epoch with the largest cut, or -1 where nothing is cut. */
export function largestCut(plan: readonly PlannedEpoch[], total: number): number {
  let best = -1;
  let most = 0;
  plan.forEach((planned, i) => {
    const before = i === 0 ? total : weightsKept(plan[i - 1]!.target);
    if (before - weightsKept(planned.target) > most) {
      most = before - weightsKept(planned.target);
      best = i;
    }
  });
  return best;
}
