/** The smooth part of the lasso on kernels, 1/2 ||T - D B||², from products alone (see problem.ts). Coefficients are [channels × responses] row by row. */
import type { LassoProblem } from './problem';

/** D'D B; rows of B that are zero cost nothing. */
export function multiplyGram(problem: LassoProblem, b: Float64Array): Float64Array {
  const { channels: d, responses, gram } = problem;
  const product = new Float64Array(b.length);
  for (let k = 0; k < d; k++) {
    if (rowIsZero(b, k, responses)) continue;
    // The Gram matrix is symmetric: its k-th row stands for its k-th column.
    for (let i = 0; i < d; i++) {
      const g = gram[k * d + i]!;
      if (g === 0) continue;
      for (let c = 0; c < responses; c++) product[i * responses + c]! += g * b[k * responses + c]!;
    }
  }
  return product;
}

/**
 * 1/2 ||T - D B||².
 * @param product D'D B, from `multiplyGram`
 */
export function squaredError(problem: LassoProblem, b: Float64Array, product: Float64Array): number {
  let sum = problem.energy / 2;
  for (let i = 0; i < b.length; i++) sum += b[i]! * (product[i]! / 2 - problem.correlation[i]!);
  return sum;
}

/**
 * Gradient of 1/2 ||T - D B||², which is D'D B - D'T.
 * @param product D'D B, from `multiplyGram`
 */
export function gradient(problem: LassoProblem, product: Float64Array): Float64Array {
  return product.map((value, i) => value - problem.correlation[i]!);
}

/**
 * The largest eigenvalue of D'D, or slightly more, never less: for every x > 0 it is at most max_i (|G| x)_i / x_i (Collatz and Wielandt), and power
 * iteration on |G| brings that bound down to the spectral radius of |G|, which is G's own where no entry is negative, as with kernels (HSIC is not).
 * 0 where all channels are constant.
 */
export function largestEigenvalue(problem: LassoProblem): number {
  const { channels: d, gram } = problem;
  let x = new Float64Array(d).fill(1);
  let bound = Infinity;
  for (let step = 0; step < 50; step++) {
    const y = new Float64Array(d);
    let largest = 0;
    let smallest = Infinity;
    let peak = 0;
    for (let i = 0; i < d; i++) {
      for (let k = 0; k < d; k++) y[i]! += Math.abs(gram[i * d + k]!) * x[k]!;
      if (y[i] === 0) continue;
      largest = Math.max(largest, y[i]! / x[i]!);
      smallest = Math.min(smallest, y[i]! / x[i]!);
      peak = Math.max(peak, y[i]!);
    }
    if (peak === 0) return 0;
    bound = Math.min(bound, largest);
    if (largest <= 1.001 * smallest) break;
    // A floor keeps x above zero where a block of channels has a smaller eigenvalue than the others.
    x = y.map((value) => Math.max(value / peak, 1e-6));
  }
  return bound * (1 + 1e-12);
}

export function rowIsZero(b: Float64Array, row: number, responses: number): boolean {
  for (let i = row * responses; i < (row + 1) * responses; i++) {
    if (b[i] !== 0) return false;
  }
  return true;
}

/** The largest |x| of a vector or matrix; 0 of an empty one. */
export function largestEntry(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}
