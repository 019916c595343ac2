/**
 * What an input is worth: the size of the weights that read it (Hubens et al. 2023 rank blocks of weights by their mean magnitude), its
 * F-statistic, a mixture of both ranks, or chance.
 */
import type { InputScore } from '../../config/schema';
import { weightRows, type WeightNode } from '../nn/graph';
import type { InputUnits } from '../nn/inputReaders';
import { stream } from '../random';
import { normalise } from './normalise';

/**
 * Mean of |w| over all weights that read a unit (`l2`: root of the mean of their squares), by unit; 0 where none does.
 *
 * @param weightsOf a layer's weights, zero where they are masked
 */
export function inputMagnitudes(
  { count, readers }: InputUnits,
  weightsOf: (node: WeightNode) => Float32Array,
  norm: 'l1' | 'l2',
): Float64Array {
  const sums = new Float64Array(count);
  const weights = new Float64Array(count);
  for (const { node, units } of readers) {
    const w = weightsOf(node);
    for (let row = 0; row < weightRows(node); row++) {
      const read = units[row % node.inputs]!;
      if (read.length === 0) continue;
      let sum = 0;
      for (let e = row * node.outputs; e < (row + 1) * node.outputs; e++) sum += norm === 'l1' ? Math.abs(w[e]!) : w[e]! * w[e]!;
      for (const unit of read) {
        sums[unit]! += sum;
        weights[unit]! += node.outputs;
      }
    }
  }
  const means = sums.map((sum, unit) => (weights[unit]! > 0 ? sum / weights[unit]! : 0));
  return norm === 'l1' ? means : means.map(Math.sqrt);
}

/** Of numbers of a sample [height, width, channels] or [features], the mean over each unit: a number by itself, or a channel's positions. */
export function overUnits({ count, numbers }: Pick<InputUnits, 'count' | 'numbers'>, ofNumbers: Float64Array): Float64Array {
  const sums = new Float64Array(count);
  ofNumbers.forEach((value, at) => (sums[at % count]! += value));
  return sums.map((sum) => sum / numbers);
}

/**
 * Scores by unit, higher stays; of those that are cut, numbers that mean nothing.
 *
 * @param alive 1 where a unit is not cut: ranks are taken among these
 * @param f the F-statistic of each unit, where lambda > 0
 * @param seed of the run, for chance: the same numbers at every cut
 */
export function inputScores(
  score: InputScore,
  { magnitudes, alive, f, seed }: { magnitudes: Float64Array; alive: Uint8Array; f: Float64Array | null; seed: number },
): Float64Array {
  if (score.name === 'random') {
    const rng = stream(seed, 'random-inputs');
    return magnitudes.map(() => rng.uniform());
  }
  if (score.lambda === 0) return magnitudes;
  if (!f) throw new Error('no F-statistics of the inputs');
  const rank = (values: Float64Array) => normalise([values], [alive], 'rank', 'layer')[0]!;
  const [byF, byWeights] = [rank(f), rank(magnitudes)];
  return byF.map((r, unit) => score.lambda * r + (1 - score.lambda) * byWeights[unit]!);
}
