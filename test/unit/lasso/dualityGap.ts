import { gradient, multiplyGram, squaredError } from '../../../src/engine/lasso/linear';
import type { LassoProblem, RowPenalty } from '../../../src/engine/lasso/problem';
import { rowPenalty } from '../../../src/engine/lasso/rowPenalty';

/**
 * How far the objective of B is above the smallest, at most. The dual point is the residual T - D B, shrunk until zero is optimal for every row:
 * until lambda is no less than the lambda max of the problem that has it for responses.
 */
export function dualityGap(problem: LassoProblem, penalty: RowPenalty, lambda: number, b: Float64Array): number {
  const { channels, responses, correlation, energy } = problem;
  const product = multiplyGram(problem, b);
  const threshold = rowPenalty(penalty).lambdaMax({ ...problem, correlation: gradient(problem, product).map((value) => -value) });
  const error = 2 * squaredError(problem, b, product);
  const onResponses = energy - correlation.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const scale = Math.min(threshold > 0 ? lambda / threshold : Infinity, error > 0 ? onResponses / error : 1);
  let primal = error / 2;
  for (let k = 0; k < channels; k++) primal += lambda * penalty.norm(b.subarray(k * responses, (k + 1) * responses));
  return primal - (scale * onResponses - (scale ** 2 / 2) * error);
}
