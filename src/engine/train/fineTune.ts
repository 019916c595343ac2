import type { FineTune } from '../../config/schema';
import type { PlannedEpoch } from '../prune/plan';
import { learningRate } from './learningRate';

/** The epochs of fine-tuning: its own learning rates, the sparsity of the last planned epoch throughout. */
export function planFineTuning(options: FineTune, last: PlannedEpoch): PlannedEpoch[] {
  return Array.from({ length: options.epochs }, (_, i) => ({
    ...last,
    epoch: i + 1,
    learningRate: learningRate(options.schedule, options.learningRate, i, options.epochs),
  }));
}
