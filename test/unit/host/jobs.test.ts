/** What is asked of a run when its turn comes: paths and links may have changed while it waited. */
import { mkdirSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Jobs } from '../../../src/host/jobs';
import { requireRunInside } from '../../../src/host/outside';
import { queueVariant, requireRunPathsInside, variantsOf } from '../../../src/host/prepare';
import { readRun } from '../../../src/store/read';
import { tempFolders } from '../../fixtures/folders';

const { newFolder } = tempFolders('jobs');

let workspace: string;
let elsewhere: string;
beforeEach(() => {
  const top = realpathSync(newFolder());
  [workspace, elsewhere] = [path.join(top, 'workspace'), path.join(top, 'elsewhere')];
  for (const folder of [path.join(workspace, 'data', 'a'), path.join(elsewhere, 'a')]) mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(workspace, 'data', 'a', '1.png'), '');
});

/** Queues a run as "Prune model" does, lets `happen` happen while it waits, and lets its turn come. */
async function turn(happen: (runDir: string) => void) {
  const file = path.join(workspace, 'one.prune.json');
  const data = { name: 'images', path: 'data', size: 8 };
  writeFileSync(file, JSON.stringify({ data, model: { name: 'mlp', hidden: [4] }, train: { epochs: 1, learningRate: 0.1 } }));
  const allowed = [workspace];
  const [variant] = await variantsOf(file, { all: true }, allowed);
  const queued = await queueVariant(variant!, file, workspace, allowed);
  happen(queued.runDir);
  const guard = {
    folder: (runDir: string) => requireRunInside(runDir, allowed),
    paths: (runDir: string) => requireRunPathsInside(runDir, allowed),
  };
  const jobs = new Jobs({ childEnv: () => process.env }, guard, () => {});
  jobs.add([queued]);
  return { outcome: await jobs.outcome(queued.runDir), runDir: queued.runDir };
}

const outside = { state: 'failed', failure: { code: 'host/outside-workspace' } };

describe('a run whose turn comes', () => {
  it('is started where all is as it was', async () => {
    // There is no engine beside the sources: this far it came.
    expect((await turn(() => {})).outcome).toMatchObject({ state: 'failed', failure: { code: 'client/no-engine' } });
  });

  it('is not started where its data has become a link out of the workspace, and its record says so', async () => {
    const { outcome, runDir } = await turn(() => {
      renameSync(path.join(workspace, 'data'), path.join(workspace, 'away'));
      symlinkSync(elsewhere, path.join(workspace, 'data'));
    });
    expect(outcome).toMatchObject(outside);
    expect(await readRun(runDir)).toMatchObject({ state: 'failed', pid: null, failure: { code: 'host/outside-workspace' } });
  });

  it('is not written to where its folder has become one', async () => {
    const { outcome, runDir } = await turn((folder) => {
      renameSync(folder, path.join(elsewhere, 'run'));
      symlinkSync(path.join(elsewhere, 'run'), folder);
    });
    expect(outcome).toMatchObject(outside);
    expect(await readRun(runDir)).toMatchObject({ state: 'queued', failure: null });
  });
});
