import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { safeLabel, safeLabels } from '../../../src/shared/ids';

describe('names of the runs of a sweep', () => {
  test('are told apart where what differs is cut off', () => {
    const long = 'path=../../.prune/reduced/base/a-long-name-of-a-folder/seed=';
    expect(safeLabels([`${long}1/model.json`, `${long}2/model.json`, 'lambda=0.2'])).toEqual([
      safeLabel(`${long}1`),
      `${safeLabel(`${long}1`)}-2`,
      'lambda=0.2',
    ]);
  });

  test('are all different and safe in a path', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 80 }), { maxLength: 20 }), (labels) => {
        const names = safeLabels(labels);
        expect(new Set(names).size).toBe(labels.length);
        for (const name of names) expect(name).toMatch(/^[A-Za-z0-9=_][A-Za-z0-9.=_-]*$/);
      }),
    );
  });
});
