/** Real processes that ask for one run at the same time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { RUN_FILES, RUNS_FOLDER } from '../../src/shared/ids';
import type { EventOf } from '../../src/shared/protocol';
import { readReport, readRun } from '../../src/store/read';
import { build, program, run } from './disturbed';
import { newRun, SMALL, temporaryFolder } from './helpers';

beforeAll(build);

/** Long enough that two that start together meet. */
const FILE = { ...SMALL, prune: { method: 'none' }, train: { ...SMALL.train, batch: 10, epochs: 10 } };

/** Runs the terminal program. @returns its exit code and the failure that it ended with */
async function terminal(cwd: string, ...args: string[]) {
  const child = spawn(process.execPath, [program, ...args, '--json'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number];
  const failures = [...out.matchAll(/"code":"([^"]+)"/g)].map((found) => found[1]!);
  expect(err).not.toMatch(/\n\s*at /);
  return { code, failures };
}

const both = <T>(start: () => Promise<T>) => Promise.all([start(), start()]);

describe('two processes at once', () => {
  it('that continue one run: one does, the other is told, and the record is of the one', async () => {
    const runDir = await newRun(FILE);
    const ended = await both(() => terminal(path.dirname(runDir), 'resume', runDir));
    const [won, lost] = ended[0].code === 0 ? ended : [ended[1], ended[0]];
    expect(won).toEqual({ code: 0, failures: [] });
    expect(lost.code).not.toBe(0);
    // Whoever looks a moment later sees the record that says running, before it asks for the folder.
    expect(['store/in-use', 'terminal/still-running']).toContain(lost.failures[0]);
    expect(await readRun(runDir)).toMatchObject({ state: 'done', pid: null, failure: null });
    expect((await readReport(runDir)).history).toHaveLength(10);
    expect(readdirSync(runDir).filter((name) => name.includes('claim'))).toEqual([]);
  });

  it('that run one file into one folder: one does, the other is told', async () => {
    const cwd = temporaryFolder();
    writeFileSync(path.join(cwd, 'test.prune.json'), JSON.stringify(FILE));
    const ended = await both(() => terminal(cwd, 'run', 'test.prune.json', '--out', 'out'));
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 2]);
    expect(ended.find(({ code }) => code === 2)!.failures).toEqual(['store/exists']);
    expect(await readRun(path.join(cwd, 'out'))).toMatchObject({ state: 'done' });
  });

  it('that run one file, have a folder each', async () => {
    const cwd = temporaryFolder();
    writeFileSync(path.join(cwd, 'test.prune.json'), JSON.stringify(FILE));
    expect(await both(() => terminal(cwd, 'run', 'test.prune.json'))).toEqual([
      { code: 0, failures: [] },
      { code: 0, failures: [] },
    ]);
    const runs = readdirSync(path.join(cwd, RUNS_FOLDER));
    expect(runs).toHaveLength(2);
    for (const name of runs) expect(await readRun(path.join(cwd, RUNS_FOLDER, name))).toMatchObject({ id: name, state: 'done' });
  });
});

describe('a run that goes on', () => {
  it('is not started a second time, and does not notice', async () => {
    const runDir = await newRun(FILE);
    const rows: EventOf<'epoch'>[] = [];
    let second: ReturnType<typeof run> | undefined;
    const outcome = await run(runDir, {
      onEvent: (event) => {
        if (event.type !== 'epoch') return;
        rows.push(event);
        second ??= run(runDir);
      },
    });
    expect(await second).toMatchObject({
      state: 'failed',
      failure: { code: 'store/in-use', message: expect.stringContaining(`${process.pid}`) },
    });
    expect(outcome).toEqual({ state: 'done', report: path.join(runDir, RUN_FILES.report) });
    expect(rows).toHaveLength(10);
    expect(await readRun(runDir)).toMatchObject({ state: 'done', failure: null });
  });

  it('of which only a dead process says that it does, is free', async () => {
    const runDir = await newRun({ ...FILE, train: { ...FILE.train, epochs: 1 } });
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'close');
    mkdirSync(path.join(runDir, 'claim-7'));
    writeFileSync(
      path.join(runDir, 'claim-7', 'owner.json'),
      JSON.stringify({ pid: gone.pid, updated: new Date().toISOString(), token: 'x' }),
    );
    expect(await run(runDir)).toMatchObject({ state: 'done' });
    expect(readdirSync(runDir).filter((name) => name.includes('claim'))).toEqual([]);
  });
});
