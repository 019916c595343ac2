/** What state a run is in: what its record says, and whether the process is there that would change it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { createRun } from '../../../src/store/create';
import { effectiveState, readRun } from '../../../src/store/read';
import { updateRun } from '../../../src/store/update';
import { tempFolders } from '../../fixtures/folders';

const { newFolder } = tempFolders('state');

const newRun = () =>
  createRun({ at: { root: newFolder() }, experiment: { seed: 7 }, experimentFile: null, label: 'a', configHash: 'abcdef' });

describe('state', () => {
  test('updateRun changes what it is told and the time, nothing else', async () => {
    const folder = await newRun();
    const before = await readRun(folder);
    const after = await updateRun(folder, { state: 'running', pid: 1 });
    expect(await readRun(folder)).toEqual(after);
    expect({ ...after, updated: before.updated }).toEqual({ ...before, state: 'running', pid: 1 });
    expect(after.updated >= before.updated).toBe(true);
  });

  test('running is interrupted when its process is gone', async () => {
    const folder = await newRun();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const running = await updateRun(folder, { state: 'running', pid: child.pid! });
    expect(effectiveState(running)).toBe('running');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(effectiveState(running)).toBe('interrupted');
    expect(effectiveState({ ...running, state: 'done' })).toBe('done');
    expect(effectiveState({ ...running, pid: null })).toBe('interrupted');
  });

  test('queued is interrupted when the client is gone that would have started it', async () => {
    const folder = await newRun();
    const queued = await readRun(folder);
    expect(effectiveState(queued)).toBe('queued');
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'close');
    expect(effectiveState({ ...queued, pid: gone.pid! })).toBe('interrupted');
    // As older versions wrote it.
    expect(effectiveState({ ...queued, pid: null })).toBe('interrupted');
  });

  test.skipIf(process.platform !== 'linux')('a process that has ended, but of which nobody took note, is gone', async () => {
    const folder = await newRun();
    // The shell's child ends at once; sleep, which the shell becomes, never asks for it.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
    const running = await updateRun(folder, { state: 'running', pid: Number(pid) });
    while (!/\) Z /.test(await readFile(`/proc/${running.pid}/stat`, 'utf8'))) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(effectiveState(running)).toBe('interrupted');
    parent.kill('SIGKILL');
  });

  test('a living process of today is not the one of a run from before the machine started', async () => {
    const folder = await newRun();
    const running = await updateRun(folder, { state: 'running', pid: process.pid });
    expect(effectiveState(running)).toBe('running');
    expect(effectiveState({ ...running, updated: '2001-01-01T00:00:00.000Z' })).toBe('interrupted');
  });
});
