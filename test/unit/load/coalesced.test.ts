import { expect, it } from 'vitest';
import { coalesced } from '../../../src/engine/coalesced';

it('does work one at a time, and once more for all who asked meanwhile', async () => {
  let state = 0;
  const written: number[] = [];
  let atWork = 0;
  const finish: (() => void)[] = [];
  const work = coalesced(async () => {
    expect(++atWork).toBe(1);
    written.push(state);
    await new Promise<void>((resolve) => finish.push(resolve));
    atWork--;
  });
  await work.settled();
  for (state = 1; state <= 2000; state++) work.ask();
  expect(finish).toHaveLength(1);
  let settled = false;
  const end = work.settled().then(() => (settled = true));
  finish[0]!();
  while (finish.length < 2) await Promise.resolve();
  expect(settled).toBe(false);
  finish[1]!();
  await end;
  // The first that asked, and the newest.
  expect(written).toEqual([1, 2001]);
  work.ask();
  expect(finish).toHaveLength(3);
  finish[2]!();
  await work.settled();
  expect(written).toHaveLength(3);
});
