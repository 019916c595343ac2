/** Counts what is done, where time would say little. */
import { readdirSync } from 'node:fs';

/** An array that counts how often an element of it is read. */
export function countedReads<T>(values: readonly T[]): { values: T[]; count: () => number } {
  let count = 0;
  const proxy = new Proxy([...values], {
    get(target, key, receiver): unknown {
      if (typeof key === 'string' && /^\d+$/.test(key)) count++;
      return Reflect.get(target, key, receiver);
    },
  });
  return { values: proxy, count: () => count };
}

/** The most files that this process had open at a time while `work` went on, beyond those that it had before. On Linux. */
export async function mostOpen(work: () => Promise<unknown>): Promise<number> {
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  let most = 0;
  let done = false;
  const looking = (async () => {
    while (!done) {
      most = Math.max(most, open() - before);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await work().finally(() => (done = true));
  await looking;
  return most;
}
