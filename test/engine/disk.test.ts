/** What happens to a run when its disk is full or read-only: real disks, in memory, where this machine lets us mount one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun } from '../../src/store/read';
import { afterEpochs, begunIn, expectFailure, expectSameEnd, newRunIn, nodeBy, prepare, run } from './disturbed';
import { temporaryFolder } from './helpers';

const mounted: string[] = [];
beforeAll(prepare);
afterAll(() => {
  for (const folder of mounted) spawnSync('umount', [folder]);
});

/** A disk of 2 MB; null, with the reason printed, where mounting is not permitted. */
function smallDisk(): string | null {
  const folder = temporaryFolder();
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { encoding: 'utf8' });
  if (status === 0) {
    mounted.push(folder);
    return folder;
  }
  console.log(`Not tested: no disk could be mounted here (${(error?.message ?? stderr).trim()})`);
  return null;
}

describe('a disk', () => {
  it('that fills up while the run goes on, ends it; with space it goes on', async () => {
    const disk = smallDisk();
    if (!disk) return;
    const runDir = begunIn(disk);
    const filler = path.join(disk, 'filler');
    const fill = () => expect(() => writeFileSync(filler, Buffer.alloc(4e6))).toThrow('ENOSPC');
    expectFailure(await run(runDir, { resume: true, onEvent: afterEpochs(3, fill) }), 'store/disk-full', /ENOSPC/);
    rmSync(filler);
    await expectSameEnd(runDir);
  });

  it('that is full from the beginning, gets no run', async () => {
    const disk = smallDisk();
    if (!disk) return;
    expect(() => writeFileSync(path.join(disk, 'filler'), Buffer.alloc(4e6))).toThrow('ENOSPC');
    await expect(newRunIn(path.join(disk, 'runs'))).rejects.toMatchObject({ code: 'store/disk-full' });
  });

  it('that becomes read-only, ends it; writable again it goes on', async () => {
    const disk = smallDisk();
    if (!disk) return;
    const runDir = begunIn(disk);
    // A disk with a file open for writing refuses; the child's are open for moments.
    const lock = () => {
      for (let i = 0; spawnSync('mount', ['-o', 'remount,ro', disk]).status !== 0; i++) if (i > 200) throw new Error('stays writable');
    };
    expectFailure(await run(runDir, { resume: true, onEvent: afterEpochs(3, lock) }), 'store/cannot-write', /EROFS/);
    await expect(newRunIn(disk)).rejects.toMatchObject({ code: 'store/cannot-write' });
    execFileSync('mount', ['-o', 'remount,rw', disk]);
    await expectSameEnd(runDir);
  });

  it.skipIf(process.platform === 'win32')('that takes no larger files, is told as one that is full', async () => {
    const runDir = await newRunIn(temporaryFolder());
    // In blocks of 512 or 1024 bytes; the lines of the epochs come to more.
    const outcome = await run(runDir, { execPath: nodeBy('ulimit -f 8; exec') });
    expectFailure(outcome, 'store/disk-full', /EFBIG/);
    expect(await readRun(runDir)).toMatchObject({ state: 'failed', pid: null, failure: { code: 'store/disk-full' } });
  });
});
