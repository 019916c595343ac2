import type { Split } from './dataset';
import { dataErrors } from './errors';

export interface Sizes {
  train: number;
  validation: number;
  test: number;
}

/** `count` samples from sample `from` on, without copying. */
export function part(pixels: Split['pixels'], labels: Split['labels'], features: number, from: number, count: number): Split {
  return { pixels: pixels.subarray(from * features, (from + count) * features), labels: labels.subarray(from, from + count), count };
}

/** @throws data/not-enough-samples where the files have fewer samples than the experiment asks for */
export function checkSizes(name: string, { train, validation, test }: Sizes, have: { train: number; test: number }): void {
  if (train + validation > have.train) throw dataErrors.notEnoughSamples(name, 'training and validation', train + validation, have.train);
  if (test > have.test) throw dataErrors.notEnoughSamples(name, 'test', test, have.test);
}
