/** Kills runs at random points of their lives, and continues them. */
import path from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import pLimit from 'p-limit';
import { stream, type Rng } from '../../src/engine/random';
import { readCheckpoint } from '../../src/engine/train/checkpoint';
import { toFailure } from '../../src/shared/errors';
import { RUN_FILES } from '../../src/shared/ids';
import { readHistory, readReport, readRun } from '../../src/store/read';
import { readRunView } from '../../src/store/view';
import type { Promises } from './promises';
import { faultOf, isBeginning, isSameReport, litterOf, type Fate, type Runs, type Whole } from './runs';

export const KILLS = {
  same: 'A killed run, continued, ends with the report of one that was not',
  whole: 'What a killed run left is never a part read as whole',
  clean: 'A continued run leaves the same files, none of them temporary',
} as const;

/** At most so many deaths of one run. */
const MOST_DEATHS = 3;

export interface Plan {
  kills: number;
  seed: number;
  parallel: number;
}

/** Kills until so many processes have died. Every other by the clock, the rest in the middle of writing. */
export async function killRuns(runs: Runs, whole: Whole, promises: Promises, { kills, seed, parallel }: Plan): Promise<void> {
  const rng = stream(seed, 'kills');
  const lives: Fate[][] = [];
  for (let left = kills; left > 0; left -= lives.at(-1)!.length) {
    const deaths = Math.min(left, 1 + (rng.uniform() < 0.3 ? 1 + Math.floor(rng.uniform() * (MOST_DEATHS - 1)) : 0));
    lives.push(Array.from({ length: deaths }, () => fate(rng, whole)));
  }
  await pLimit(parallel).map(lives, async (fates) => {
    const runDir = await runs.create();
    const named = (loss: string | null) => loss && `${loss} (killed: ${JSON.stringify(fates)}, seed ${seed})`;
    for (const death of fates) {
      const outcome = await runs.live(runDir, death);
      promises.tried(KILLS.whole, named((await partIn(runDir, whole)) ?? (await unsettledIn(runDir))));
      if (outcome.state === 'done') break;
      // Only the kill may have ended it.
      if (outcome.state !== 'failed' || outcome.failure.code !== 'client/engine-died') {
        promises.tried(KILLS.same, named(`it ended by itself: ${JSON.stringify(outcome)}`));
        return;
      }
    }
    promises.tried(KILLS.same, named(await endOf(runs, runDir, whole)));
    promises.tried(KILLS.clean, named(litterOf(runDir, whole)));
  });
}

function fate(rng: Rng, whole: Whole): Fate {
  if (rng.uniform() < 0.5) return { ms: Math.floor(rng.uniform() * whole.ms) };
  return { operation: 1 + Math.floor(rng.uniform() * whole.operations) };
}

/** Continues a run to its end; of one that is done nothing but what its killer left over is changed. */
export async function endOf(runs: Runs, runDir: string, whole: Whole): Promise<string | null> {
  const outcome = await runs.live(runDir);
  if (outcome.state !== 'done') return `it did not go on: ${JSON.stringify(outcome)}`;
  const { state, pid, resumable, failure } = await readRun(runDir);
  if (state !== 'done' || pid !== null || resumable || failure) return `run.json says ${state}, pid ${pid}, resumable ${resumable}`;
  return faultOf(runDir, whole);
}

/** Reads a folder that a kill left with all that reads folders; what is wrong, or null. */
export async function partIn(runDir: string, whole: Whole): Promise<string | null> {
  try {
    const run = await readRun(runDir);
    const view = await readRunView(runDir);
    if (view.report && !isSameReport(view.report, whole)) return 'a view shows another report';
    if (existsSync(path.join(runDir, RUN_FILES.report)) && !isSameReport(await readReport(runDir), whole)) return 'report.json is another';
    if (!isBeginning(await readHistory(runDir), whole)) return 'the history is no beginning of the whole one';
    const file = path.join(runDir, RUN_FILES.checkpoint);
    if (!existsSync(file)) return null;
    const { facts } = await readCheckpoint(file, run.configHash);
    return isBeginning(facts.history, whole) ? null : "the checkpoint's history is no beginning of the whole one";
  } catch (error) {
    const { code, message } = toFailure(error);
    return `${code}: ${message} (${logTail(runDir)})`;
  }
}

/** The client that outlived the engine has written down whether the run can go on. */
async function unsettledIn(runDir: string): Promise<string | null> {
  const { state, resumable } = await readRun(runDir);
  return state !== 'done' && resumable !== existsSync(path.join(runDir, RUN_FILES.checkpoint))
    ? `run.json says resumable ${resumable}`
    : null;
}

function logTail(runDir: string): string {
  const file = path.join(runDir, RUN_FILES.log);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-3).join(' ') : 'no log';
}
