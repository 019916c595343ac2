/** What the trained network's logits say of its classes: which of them go together. The graph and the tree of the structured lasso come from it. */
import type { ClassEdge, ClassStructure } from './problem';

/** A spread of at most this fraction of the logit's size is the rounding of its float32 values, not spread. */
const ROUNDING = 1e-6;

/**
 * Pearson's correlations of the classes' logits over samples, in float64: in [-1, 1], 1 on the diagonal, and 0 between a class whose logit is
 * constant (a deviation under a millionth of its root mean square) and any other.
 *
 * @param logits [samples × classes] row by row
 */
export function classCorrelation(logits: Float32Array, samples: number, classes: number): ClassStructure {
  // Class by class, centred and of length 1; zeros for a constant class.
  const columns = Array.from({ length: classes }, (_, c) => {
    const x = Float64Array.from({ length: samples }, (_, i) => logits[i * classes + c]!);
    const mean = x.reduce((sum, value) => sum + value, 0) / samples;
    const size = Math.sqrt(dot(x, x));
    for (let i = 0; i < samples; i++) x[i]! -= mean;
    const deviation = Math.sqrt(dot(x, x));
    return deviation > ROUNDING * size ? x.map((value) => value / deviation) : x.fill(0);
  });
  const correlation = new Float64Array(classes * classes);
  for (let a = 0; a < classes; a++) {
    correlation[a * classes + a] = 1;
    for (let b = 0; b < a; b++) {
      const r = Math.max(-1, Math.min(1, dot(columns[a]!, columns[b]!)));
      correlation[a * classes + b] = correlation[b * classes + a] = r;
    }
  }
  return { classes, correlation };
}

/**
 * The pairs of classes that share channels, a < b, each once: those with r > threshold, or with |r| > threshold where coefficients have a sign
 * (a pair that excludes each other, r < 0, then has opposite coefficients; coefficients without a sign cannot).
 */
export function classEdges(structure: ClassStructure, options: { threshold: number; signed: boolean }): ClassEdge[] {
  const { classes, correlation } = structure;
  const edges: ClassEdge[] = [];
  for (let a = 0; a < classes; a++) {
    for (let b = a + 1; b < classes; b++) {
      const r = correlation[a * classes + b]!;
      if ((options.signed ? Math.abs(r) : r) > options.threshold) edges.push({ a, b, r });
    }
  }
  return edges;
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}
