/** A small part of `npm run test:faults`: a few deaths, and a little damage to each file. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RUN_FILES } from '../../src/shared/ids';
import { damageRuns, DAMAGES } from '../faults/damage';
import { KILLS, killRuns } from '../faults/kills';
import { Promises } from '../faults/promises';
import { faultOf, litterOf, Runs, wholeRun, type Whole } from '../faults/runs';

const root = path.resolve(__dirname, '..', '..');
const runs = new Runs(root);
let whole: Whole;

beforeAll(async () => {
  execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root });
  whole = await wholeRun(runs);
});
afterAll(() => runs.dispose());

it('a run that is killed six times over loses nothing', async () => {
  const promises = new Promises();
  await killRuns(runs, whole, promises, { kills: 6, seed: 2, parallel: 2 });
  expect(promises.losses).toEqual([]);
  expect(promises.triedOf(KILLS.whole)).toBe(6);
  expect(promises.triedOf(KILLS.same)).toBeGreaterThan(1);
});

it('a run whose process dies when all but its last words are done is done', async () => {
  const runDir = await runs.create();
  // The last operation writes to the log; the one before removes the checkpoint.
  const outcome = await runs.live(runDir, { operation: whole.operations - 1 });
  expect(outcome).toEqual({ state: 'done', report: path.join(runDir, RUN_FILES.report) });
  expect(readFileSync(path.join(runDir, RUN_FILES.log), 'utf8')).not.toMatch(/ done\n/);
  expect([await faultOf(runDir, whole), litterOf(runDir, whole)]).toEqual([null, null]);
});

it('damaged files are named, and never read as something else', async () => {
  const promises = new Promises();
  await damageRuns(runs, whole, promises, { damages: 30, resumes: 1, seed: 2, parallel: 2 });
  expect(promises.losses).toEqual([]);
  expect(promises.triedOf(DAMAGES.finished)).toBe(120);
  expect(promises.triedOf(DAMAGES.interrupted)).toBe(120);
  expect(promises.triedOf(DAMAGES.continued)).toBe(5);
});
