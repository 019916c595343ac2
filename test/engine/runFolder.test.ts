/** What happens to a run whose folder, or a file of whose data, is taken away. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../../src/shared/protocol';
import { readRun } from '../../src/store/read';
import { imageFile, labelFile, writeSet } from '../unit/data/fixtures';
import { afterEpochs, begunIn, expectFailure, expectSameEnd, FILE, newRunIn, nodeBy, prepare, run } from './disturbed';
import { experimentOf, temporaryFolder } from './helpers';

beforeAll(prepare);

describe('the folder of a run', () => {
  it.skipIf(process.platform === 'win32')('that must not be written to any more, ends the run', async () => {
    // Root writes everywhere, unless it gives that right up.
    const isRoot = process.getuid?.() === 0;
    const giveUp = ['--bounding-set', '-dac_override', '--inh-caps', '-dac_override'];
    if (isRoot && spawnSync('setpriv', [...giveUp, 'true']).status !== 0) {
      console.log('Not tested: this is root, and setpriv cannot take its right to write everywhere');
      return;
    }
    const execPath = isRoot ? nodeBy(`exec setpriv ${giveUp.join(' ')}`) : process.execPath;
    const runDir = begunIn(temporaryFolder());
    const outcome = await run(runDir, { resume: true, execPath, onEvent: afterEpochs(3, () => chmodSync(runDir, 0o555)) });
    chmodSync(runDir, 0o755);
    expectFailure(outcome, 'store/cannot-write', /EACCES/);
    await expectSameEnd(runDir);
  });

  it.skipIf(process.platform === 'win32')('that is removed, ends the run and does not come back', async () => {
    const runDir = begunIn(temporaryFolder());
    // Files that the run adds meanwhile keep a folder from going away: again, as a person would.
    const remove = () => {
      for (let i = 0; i < 1000 && existsSync(runDir); i++) spawnSync('rm', ['-rf', runDir]);
    };
    const outcome = await run(runDir, { resume: true, onEvent: afterEpochs(3, remove) });
    expectFailure(outcome, 'store/gone', /removed/);
    expect(existsSync(runDir)).toBe(false);
  });

  it('that is renamed, ends the run, which goes on under its new name', async () => {
    const runDir = begunIn(temporaryFolder());
    const moved = `${runDir}-moved`;
    const outcome = await run(runDir, { resume: true, onEvent: afterEpochs(3, () => renameSync(runDir, moved)) });
    expectFailure(outcome, 'store/gone', /renamed/);
    expect(existsSync(runDir)).toBe(false);
    await expectSameEnd(moved);
  });
});

describe('the workspace of a run', () => {
  it('that goes away with all in it, ends the run, which goes on when it is back', async () => {
    const workspace = path.join(temporaryFolder(), 'workspace');
    const runDir = begunIn(path.join(workspace, '.prune', 'runs'));
    const outcome = await run(runDir, { resume: true, onEvent: afterEpochs(3, () => renameSync(workspace, `${workspace}-away`)) });
    expectFailure(outcome, 'store/gone', /removed/);
    expect(existsSync(workspace)).toBe(false);
    renameSync(`${workspace}-away`, workspace);
    await expectSameEnd(runDir);
  });
});

describe('a data file', () => {
  it('that is removed while the run goes on, is missed when the run is resumed; put back, the run goes on', async () => {
    const noise = (count: number, seed: number) => Uint8Array.from({ length: count }, (_, i) => ((i + seed) * 2654435761) >>> 24);
    const digits = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % 10);
    const data = writeSet(path.join(temporaryFolder(), 'data'), {
      'train-images': imageFile(noise(700 * 784, 0)),
      'train-labels': labelFile(digits(700)),
      't10k-images': imageFile(noise(100 * 784, 1)),
      't10k-labels': labelFile(digits(100)),
    });
    const runDir = await newRunIn(temporaryFolder(), experimentOf({ ...FILE, data: { ...FILE.data, name: 'mnist', path: data } }));
    const abort = new AbortController();
    const image = path.join(data, 'train-images-idx3-ubyte');
    const events: ((event: Event) => void)[] = [
      afterEpochs(1, () => renameSync(image, `${image}.away`)),
      afterEpochs(8, () => abort.abort()),
    ];
    const outcome = await run(runDir, { signal: abort.signal, onEvent: (event) => events.forEach((on) => on(event)) });
    expect(outcome).toEqual({ state: 'cancelled', resumable: true });
    expectFailure(await run(runDir, { resume: true }), 'data/not-found', /./);
    expect(await readRun(runDir)).toMatchObject({ state: 'failed', resumable: true });
    renameSync(`${image}.away`, image);
    expect(await run(runDir, { resume: true })).toMatchObject({ state: 'done' });
  });
});
