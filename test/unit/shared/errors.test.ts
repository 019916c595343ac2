import { expect, it } from 'vitest';
import { PruneError, toFailure } from '../../../src/shared/errors';

it('has messages of a bounded length, whatever they quote', () => {
  const { message } = new PruneError('a/b', `The layer ${'x'.repeat(10_000)} is unknown.`);
  expect(message).toMatch(/^The layer x+…$/);
  expect(message.length).toBeLessThan(4000);
  expect(toFailure(new PruneError('a/b', 'As it is.')).message).toBe('As it is.');
});
