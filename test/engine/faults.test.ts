/** A small part of `npm run test:faults`: a few deaths, and a little damage to each file. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RUN_FILES } from '../../src/shared/ids';
import { BYTES, changeBytes } from '../faults/bytes';
import { breakChannel, CHANNEL_PROMISES } from '../faults/channel';
import { damageRuns, DAMAGES, interruptedRun } from '../faults/damage';
import { HOSTS, killHosts } from '../faults/hosts';
import { KILLS, killRuns } from '../faults/kills';
import { cutPower, POWER } from '../faults/power';
import { Promises } from '../faults/promises';
import { faultOf, litterOf, Runs, wholeRun, type Whole } from '../faults/runs';
import { build, root } from './disturbed';

const runs = new Runs(root);
let whole: Whole;

beforeAll(async () => {
  build();
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

it.skipIf(process.platform !== 'linux')(
  'a run whose host is killed, alone or with it, loses nothing and outlives it by little',
  async () => {
    const promises = new Promises();
    await killHosts(runs, promises, { kills: 2, seed: 2, parallel: 2 });
    expect(promises.losses).toEqual([]);
    expect(Object.values(HOSTS).map((promise) => promises.triedOf(promise))).toEqual([2, 2, 2]);
  },
);

it('a run that a power cut ends loses nothing that was flushed, and takes nothing else for whole', async () => {
  const promises = new Promises();
  await cutPower(runs, whole, promises, { cuts: 4, creations: 2, seed: 2, parallel: 2 });
  expect(promises.losses).toEqual([]);
  expect(Object.values(POWER).map((promise) => promises.triedOf(promise))).toEqual([4, 4, 2]);
});

it.skipIf(process.platform !== 'linux')('neither side of the channel falls over what the other sends', async () => {
  const promises = new Promises();
  await breakChannel(runs, promises, { messages: 100, hosts: 6, starts: 2, seed: 2, parallel: 2 });
  expect(promises.losses).toEqual([]);
  expect(Object.values(CHANNEL_PROMISES).map((promise) => promises.triedOf(promise))).toEqual([101, 1, 2, 2, 6, 4]);
});

it('records of which a byte is changed, or the end cut off, are named', async () => {
  const promises = new Promises();
  await changeBytes(runs, whole.runDir, await interruptedRun(runs, whole), promises, { places: 300 });
  expect(promises.losses).toEqual([]);
  expect(promises.triedOf(BYTES.changed)).toBeGreaterThan(600);
});

it('damaged files are named, and never read as something else', async () => {
  const promises = new Promises();
  await damageRuns(runs, whole, promises, { damages: 30, resumes: 1, seed: 2, parallel: 2 });
  expect(promises.losses).toEqual([]);
  expect(promises.triedOf(DAMAGES.finished)).toBe(120);
  expect(promises.triedOf(DAMAGES.interrupted)).toBe(120);
  expect(promises.triedOf(DAMAGES.continued)).toBe(5);
});
