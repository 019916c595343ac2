/**
 * The measured side of a case: a process that works when it is told to. Each line on its input asks for a round, which repeats the work for
 * a while (the line says which, where there are several) and prints {"seconds": [...], "peakRss": bytes, ...}; it ends with its input. peers/serve.py is the same in Python.
 */
import { createInterface } from 'node:readline';

export interface Serving {
  /** Before the first round of a work; the first calls set up what later ones have. */
  warmUps?: number;
  /** Seconds that a round takes at least, and times that it works at least. */
  atLeast?: number;
  times?: number;
  /** Before each time, not measured. */
  before?: () => unknown;
  /** What else a round tells: `same`, numbers that the other side must give as well. */
  more?: () => object;
}

/** @param once the work; where it gives a number, these are the seconds that count */
export async function serve(
  once: (work: string) => unknown,
  { warmUps = 2, atLeast = 0.4, times = 2, before, more }: Serving = {},
): Promise<void> {
  const time = async (work: string) => {
    await before?.();
    const start = performance.now();
    const measured = await once(work);
    return typeof measured === 'number' ? measured : (performance.now() - start) / 1000;
  };
  const warm = new Set<string>();
  for await (const work of createInterface({ input: process.stdin })) {
    for (let i = 0; i < warmUps && !warm.has(work); i++) await time(work);
    warm.add(work);
    const seconds: number[] = [];
    let spent = 0;
    while (seconds.length < times || spent < atLeast) {
      seconds.push(await time(work));
      spent += seconds.at(-1)!;
    }
    console.log(JSON.stringify({ seconds, peakRss: process.resourceUsage().maxRSS * 1024, ...more?.() }));
  }
}
