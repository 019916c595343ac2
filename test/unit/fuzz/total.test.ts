import { expect, test } from 'vitest';
import { INPUTS } from './inputs';

test('the families together try at least 100,000 inputs', () => {
  expect(Object.values(INPUTS).reduce((sum, runs) => sum + runs, 0)).toBeGreaterThanOrEqual(100_000);
});
