import type { Experiment } from '../../config/schema';
import { keepCount, keepFraction } from '../schedules/keep';
import { learningRate } from '../train/learningRate';

/** What is left after an epoch: a count over all prunable layers together, or one for each layer. */
export type Target = { over: 'network'; keep: number } | { over: 'layers'; keep: readonly number[] };

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
 * The epochs of training with their cuts. `totals` are the weights (or channels) of each prunable layer, `names` their names,
 * in order. Without epochs there is one entry, epoch 0: a cut alone.
 *
 * Annealed methods cut after every epoch as the schedule says; one-shot cuts after the last. Han et al. 2015 trains, then runs rounds of
 * cut and retrain: each round's keep fractions are geometric from 1 to the target, so round r of R keeps keep^(r/R) of each layer.
 */
export function planTraining({ train, prune }: Experiment, names: readonly string[], totals: readonly number[]): PlannedEpoch[] {
  if (train.epochs === 0) return [cutOnly(prune, sum(totals))];
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
        return { ...planned, keep, target: { over: 'network' as const, keep: keepCount(keep, total) } };
      });
  }
}

/** A network that is pruned as it is: one cut in no epoch. */
function cutOnly(prune: Experiment['prune'], total: number): PlannedEpoch {
  const keep = prune.method === 'none' ? 1 : prune.keep;
  return { epoch: 0, learningRate: 0, keep, target: { over: 'network', keep: keepCount(keep, total) } };
}

/** Weights or channels left by a target. */
export const weightsKept = (target: Target): number => (target.over === 'network' ? target.keep : sum(target.keep));

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
