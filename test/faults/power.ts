/** Turns the power off at random points of the lives of runs, and continues them: what was not flushed may be lost (disk.cjs). */
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pLimit from 'p-limit';
import { RUNS_FOLDER } from '../../src/shared/ids';
import { stream } from '../../src/engine/random';
import { listRuns } from '../../src/store/read';
import { endOf, partIn } from './kills';
import type { Promises } from './promises';
import { litterOf, type Fate, type Runs, type Whole } from './runs';

export const POWER = {
  whole: 'After a power cut, what was not flushed is never read as whole',
  same: 'A run that a power cut ended, continued, ends with the same report and files',
  created: 'A run folder is there whole after a power cut, or not at all',
} as const;

/** Of the last so many operations that change or flush a file. */
const LAST = 5;

export interface Plan {
  cuts: number;
  /** Cuts while run folders are created. */
  creations: number;
  seed: number;
  parallel: number;
}

export async function cutPower(runs: Runs, whole: Whole, promises: Promises, { cuts, creations, seed, parallel }: Plan): Promise<void> {
  const rng = stream(seed, 'power');
  // Every other where a run ends: what says that it is done must not be there without what it is about.
  const first = (i: number) => (i % 2 === 0 ? 0 : Math.max(0, whole.operations - LAST));
  const operation = (i: number) => first(i) + 1 + Math.floor(rng.uniform() * (whole.operations - first(i)));
  const fates = Array.from({ length: cuts }, (_, i) => ({ operation: operation(i), power: rng.next() }));
  await pLimit(parallel).map(fates, async (fate) => {
    const runDir = await runs.create();
    const named = (loss: string | null) => loss && `${loss} (${JSON.stringify(fate)}, seed ${seed}, ${runDir})`;
    await runs.liveAlone(runDir, fate);
    const part = await partIn(runDir, whole);
    promises.tried(POWER.whole, named(part));
    promises.tried(POWER.same, named(part ?? (await endOf(runs, runDir, whole)) ?? litterOf(runDir, whole)));
  });
  const program = withoutEngine(runs);
  const operations = await operationsOf(runs, program);
  const lives = Array.from({ length: creations }, () => ({ operation: 1 + Math.floor(rng.uniform() * operations), power: rng.next() }));
  await pLimit(parallel).map(lives, async (fate) => {
    const loss = await createdBy(runs, program, fate);
    promises.tried(POWER.created, loss && `${loss} (${JSON.stringify(fate)}, seed ${seed})`);
  });
}

/** The terminal program where it finds no engine: it creates a run, takes it, and writes down that it failed. */
function withoutEngine(runs: Runs): string {
  const program = path.join(path.dirname(runs.temporary()), 'cli.js');
  copyFileSync(path.join(runs.checkout, 'dist', 'cli.js'), program);
  return program;
}

/** Starts it in a new workspace. @returns the folder of its runs */
async function start(runs: Runs, program: string, fate: Fate): Promise<string> {
  const cwd = runs.workspace();
  await once(runs.terminal(cwd, runs.env(program, fate)), 'close');
  return path.join(cwd, RUNS_FOLDER);
}

async function operationsOf(runs: Runs, program: string): Promise<number> {
  const count = runs.temporary();
  const listed = await listRuns(await start(runs, program, { count }));
  if (listed[0]?.run?.failure?.code !== 'client/no-engine') throw new Error(`It did not create a run: ${JSON.stringify(listed)}`);
  return Number(readFileSync(count, 'utf8'));
}

async function createdBy(runs: Runs, program: string, fate: Fate): Promise<string | null> {
  const root = await start(runs, program, fate);
  for (const { run, folder } of await listRuns(root)) {
    if (!run) return `${folder} cannot be read`;
    const outcome = await runs.live(folder);
    if (outcome.state !== 'done') return `it does not go on: ${JSON.stringify(outcome)}`;
  }
  return runs.hiddenAfterCreating(root);
}
