/** The built child process with real kernels, driven by the client as the terminal drives it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { probeEngine } from '../../src/client/run';
import { startEngine } from '../../src/client/spawn';
import { readCheckpoint } from '../../src/engine/train/checkpoint';
import { locateKernels } from '../../src/setup/locate';
import { RUN_FILES, RUNS_FOLDER } from '../../src/shared/ids';
import type { Event, EventOf, Request } from '../../src/shared/protocol';
import { withoutTimes, type Report, type Run } from '../../src/shared/report';
import { PACKAGE_VERSION } from '../../src/shared/version';
import { effectiveState, listRuns, readReport, readRun } from '../../src/store/read';
import { afterEpochs, build, child, program, run } from './disturbed';
import { newRun, SMALL, temporaryFolder } from './helpers';

beforeAll(build);

/** Long enough to be stopped in its middle: 40 epochs without pruning, then 40 with it. */
const LONG = { ...SMALL, train: { ...SMALL.train, epochs: 40 } };

const checkpointOf = (runDir: string) => path.join(runDir, RUN_FILES.checkpoint);

async function until<T>(what: string, read: () => T | Promise<T>, seconds = 20): Promise<NonNullable<Awaited<T>>> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
    const value = await read();
    if (value) return value;
  }
  throw new Error(`Not so within ${seconds} s: ${what}`);
}

/** Has the process ended? One that nobody has waited for yet has, too. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return existsSync(stat) && /^\d+ \(.*\) Z/.test(readFileSync(stat, 'utf8'));
  } catch {
    return true;
  }
}

const STACK = /\n\s*at |\.[cm]?[jt]s:\d+:\d+/;
/** What a person may see of an error: text, and no part of a stack trace. */
function expectNoStack(...shown: unknown[]) {
  for (const value of shown) expect(typeof value === 'string' ? value : JSON.stringify(value).replaceAll('\\n', '\n')).not.toMatch(STACK);
}

describe('start', () => {
  it('says ready first, with its versions', async () => {
    const engine = await startEngine(child);
    expect(engine.ready.pid).not.toBe(process.pid);
    expect(engine.ready.versions).toMatchObject({
      pruneLab: PACKAGE_VERSION,
      node: process.versions.node,
      tfjs: '4.22.0',
      tensorflow: expect.stringMatching(/^2\.\d+\.\d+/),
      platform: `${process.platform}-${process.arch}`,
      threads: 1,
      oneDNN: true,
      device: 'cpu',
    });
    await engine.dispose();
    expect(isGone(engine.ready.pid)).toBe(true);
  });

  it('on a graphics card: says what is missing, kernels or card', async () => {
    const env = { ...process.env, CUDA_VISIBLE_DEVICES: '-1' };
    const { folder } = locateKernels()!;
    await expect(startEngine({ ...child, device: 'gpu', env: { ...env, PRUNE_LAB_KERNELS: folder } })).rejects.toMatchObject({
      code: 'engine/no-gpu',
      where: folder,
    });
    const nowhere = { ...env, PRUNE_LAB_KERNELS: '', PRUNE_LAB_CACHE: temporaryFolder() };
    await expect(startEngine({ ...child, device: 'gpu', env: nowhere })).rejects.toMatchObject({ code: 'engine/gpu-kernels-missing' });
  });

  it('answers a probe with checks that hold', async () => {
    const probe = await probeEngine({ ...child, threads: 2 });
    expect(probe.versions.threads).toBe(2);
    expect(existsSync(probe.kernels.folder)).toBe(true);
    expect(probe.checks.length).toBeGreaterThan(1);
    for (const check of probe.checks) expect(check).toMatchObject({ ok: true, maxAbsDiff: expect.closeTo(0, 5) });
  });

  it('ignores messages that are none with a warning, and goes on', async () => {
    const engine = await startEngine(child);
    const events: Event[] = [];
    engine.onEvent((event) => events.push(event));
    const messages = [null, 42, 'start', [], {}, { type: 'nonsense' }, { type: 'start' }, { type: 'start', runDir: 5, resume: 'no' }];
    for (const message of messages) engine.send(message as unknown as Request);
    engine.send({ type: 'probe' });
    await until('a probe', () => events.some((event) => event.type === 'probe'));
    await engine.dispose();
    const warnings = events.slice(0, -1) as EventOf<'warning'>[];
    expect(warnings.map(({ type, code }) => [type, code])).toEqual(messages.map(() => ['warning', 'engine/bad-message']));
    expectNoStack(events, engine.output);
  });

  it('refuses a folder that is no run', async () => {
    const engine = await startEngine(child);
    engine.send({ type: 'start', runDir: temporaryFolder(), resume: false });
    const outcome = await engine.finished;
    expect(outcome).toMatchObject({ state: 'failed', failure: { code: 'store/not-a-run' } });
    expectNoStack(outcome, engine.output);
    await until('its end', () => isGone(engine.ready.pid));
    await engine.dispose();
  });
});

describe('a run', () => {
  it('goes to done, and its record, its report and its events agree', async () => {
    const runDir = await newRun(SMALL);
    const events: Event[] = [];
    const outcome = await run(runDir, { onEvent: (event) => events.push(event) });
    expect(outcome).toEqual({ state: 'done', report: path.join(runDir, RUN_FILES.report) });
    const [record, report] = [await readRun(runDir), await readReport(runDir)];
    const last = report.stages.at(-1)!;
    expect(record).toMatchObject({
      state: 'done',
      pid: null,
      resumable: false,
      failure: null,
      progress: { phase: 'train', epoch: 4, epochs: 4 },
      summary: {
        error: last.error,
        errorCount: last.errorCount,
        samples: last.samples,
        kept: report.kept.weights,
        total: report.kept.total,
        params: last.params,
      },
    });
    expect(events.flatMap((event) => (event.type === 'epoch' ? [event.row] : []))).toEqual(report.history);
    expect(events.at(-1)).toEqual({ type: 'done', report: path.join(runDir, RUN_FILES.report) });
    expect(existsSync(checkpointOf(runDir))).toBe(false);
  });

  it('loses no message to a client that is busy', async () => {
    // More than what a channel holds unread: 400 epochs of about 400 bytes each.
    const runDir = await newRun({
      ...SMALL,
      data: { name: 'digits', train: 20, validation: 10, test: 10 },
      model: { name: 'mlp', hidden: [2] },
      train: { ...SMALL.train, batch: 20, epochs: 400 },
      prune: { method: 'none' },
    });
    const state = () => (JSON.parse(readFileSync(path.join(runDir, RUN_FILES.run), 'utf8')) as Run).state;
    let epochs = 0;
    const outcome = await run(runDir, {
      onEvent: (event) => {
        if (event.type !== 'epoch' || ++epochs > 1) return;
        const tick = new Int32Array(new SharedArrayBuffer(4));
        for (const end = Date.now() + 60_000; state() === 'running' && Date.now() < end;) Atomics.wait(tick, 0, 0, 50);
        // The child would end now, if it did not wait for its messages to be read.
        Atomics.wait(tick, 0, 0, 500);
      },
    });
    expect(outcome.state).toBe('done');
    expect(epochs).toBe(400);
  });

  it.each([
    ['lacks its files', () => {}, 'data/not-found'],
    [
      'holds damaged files',
      (folder: string) => {
        // All of them in the same way: they are read side by side.
        for (const name of ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'])
          writeFileSync(path.join(folder, `${name}-ubyte`), Buffer.from([0, 0, 8, Number(name.at(-1))]));
      },
      'data/truncated',
    ],
  ])('whose data folder %s fails with a code', async (_what, fill, code) => {
    const folder = path.join(temporaryFolder(), 'data');
    mkdirSync(folder);
    fill(folder);
    const runDir = await newRun({ ...SMALL, data: { ...SMALL.data, name: 'mnist', path: folder } });
    const events: Event[] = [];
    const outcome = await run(runDir, { onEvent: (event) => events.push(event) });
    expect(outcome).toMatchObject({ state: 'failed', failure: { code, remedy: expect.any(String) } });
    const record = await readRun(runDir);
    expect(record).toMatchObject({ state: 'failed', pid: null, resumable: false });
    const failure = { failure: record.failure };
    expect(events.at(-1)).toEqual({ type: 'failed', ...failure });
    expect(outcome).toEqual({ state: 'failed', ...failure });
    expectNoStack(record, events);
    expect(JSON.stringify(failure)).toContain(folder);
  });
});

describe('a run that was stopped', () => {
  let whole: Report;
  beforeAll(async () => {
    const runDir = await newRun(LONG);
    expect(await run(runDir)).toMatchObject({ state: 'done' });
    whole = await readReport(runDir);
  });

  /** Resumes it and expects what a run ends with that was never stopped. */
  async function expectSameEnd(runDir: string) {
    expect(await run(runDir, { resume: true })).toMatchObject({ state: 'done' });
    expect(withoutTimes(await readReport(runDir))).toEqual(withoutTimes(whole));
    expect(await readRun(runDir)).toMatchObject({ state: 'done', pid: null, failure: null, resumable: false });
  }

  it.each([
    ['the dense twin', 3],
    ['pruning', 44],
  ])('cancelled during %s, leaves a checkpoint and ends as one that was not', async (_phase, epochs) => {
    const runDir = await newRun(LONG);
    const engine = await startEngine(child);
    engine.onEvent(afterEpochs(epochs, () => engine.send({ type: 'cancel' })));
    engine.send({ type: 'start', runDir, resume: false });
    expect(await engine.finished).toEqual({ state: 'cancelled', resumable: true });
    // by itself: nobody has killed it
    await until('its end', () => isGone(engine.ready.pid));
    await engine.dispose();
    const record = await readRun(runDir);
    expect(record).toMatchObject({ state: 'cancelled', pid: null, resumable: true, failure: null, summary: null });
    const checkpoint = await readCheckpoint(checkpointOf(runDir), record.configHash);
    expect(checkpoint.facts).toMatchObject({ phase: record.progress!.phase, epoch: record.progress!.epoch });
    expect(existsSync(path.join(runDir, RUN_FILES.report))).toBe(false);
    await expectSameEnd(runDir);
  });

  it('cancelled before its first epoch was done, has nothing to resume from', async () => {
    // An epoch of 1200 steps, which the cancel arrives in.
    const runDir = await newRun({ ...SMALL, model: { name: 'mlp', hidden: [300, 100] }, train: { ...SMALL.train, batch: 1 } });
    const abort = new AbortController();
    const outcome = await run(runDir, { signal: abort.signal, onEvent: () => abort.abort() });
    expect(outcome).toEqual({ state: 'cancelled', resumable: false });
    expect(await readRun(runDir)).toMatchObject({ state: 'cancelled', pid: null, resumable: false, progress: null });
    expect(existsSync(checkpointOf(runDir))).toBe(false);
  });

  it('killed together with its client, was interrupted, and goes on from its checkpoint', async () => {
    const runDir = await newRun(LONG);
    const abort = new AbortController();
    await run(runDir, { signal: abort.signal, onEvent: afterEpochs(3, () => abort.abort()) });
    expect(existsSync(checkpointOf(runDir))).toBe(true);

    // Nobody writes down how this child ends.
    const engine = await startEngine(child);
    engine.onEvent(afterEpochs(3, () => process.kill(engine.ready.pid, 'SIGKILL')));
    engine.send({ type: 'start', runDir, resume: true });
    expect(await engine.finished).toMatchObject({ state: 'failed', failure: { code: 'client/engine-died' } });
    await engine.dispose();
    const record = await readRun(runDir);
    expect(record).toMatchObject({ state: 'running', pid: engine.ready.pid, resumable: true });
    expect(effectiveState(record)).toBe('interrupted');
    await expectSameEnd(runDir);
  });

  it('killed before its first checkpoint, says so and can be run anew', async () => {
    // Ten epochs on few samples, long before two seconds have passed.
    const runDir = await newRun({ ...LONG, data: { name: 'digits', train: 100, validation: 50, test: 50 } });
    const killed = await run(runDir, {
      onEvent: afterEpochs(10, () => {
        process.kill((JSON.parse(readFileSync(path.join(runDir, RUN_FILES.run), 'utf8')) as Run).pid!, 'SIGKILL');
      }),
    });
    expect(killed).toMatchObject({ state: 'failed', failure: { code: 'client/engine-died', message: expect.stringContaining('SIGKILL') } });
    expect(existsSync(checkpointOf(runDir))).toBe(false);
    expect(await readRun(runDir)).toMatchObject({ state: 'failed', resumable: false, failure: { code: 'client/engine-died' } });

    const resumed = await run(runDir, { resume: true });
    expect(resumed).toMatchObject({ state: 'failed', failure: { code: 'engine/checkpoint-missing' } });
    expect((await readRun(runDir)).failure?.code).toBe('engine/checkpoint-missing');
    expectNoStack(resumed);
    expect(await run(runDir)).toMatchObject({ state: 'done' });
    expect(await readRun(runDir)).toMatchObject({ state: 'done', pid: null, failure: null });
  });
});

describe('without its client', () => {
  it('a child that has nothing to do ends', async () => {
    const script = `require('node:child_process')
      .spawn(process.execPath, [${JSON.stringify(child.engineFile)}, '--channel'], { detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
      .stdio[3].once('data', (line) => { const { type, pid } = JSON.parse(line); console.log(type, pid); });`;
    const client = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await new Promise<string[]>((resolve) => createInterface(client.stdout).once('line', (text) => resolve([text])));
    const [type, pid] = line!.split(' ');
    expect(type).toBe('ready');
    expect(isGone(Number(pid))).toBe(false);
    client.kill('SIGKILL');
    await until('the end of the child', () => isGone(Number(pid)));
  });

  it('a child at work leaves a checkpoint and ends', async () => {
    const cwd = temporaryFolder();
    // One batch an epoch, and a large one: the client most likely dies while the child computes and has not heard of it when it next speaks.
    const experiment = { ...SMALL, model: { name: 'mlp', hidden: [600, 300] }, train: { ...SMALL.train, batch: 1200, epochs: 1000 } };
    writeFileSync(path.join(cwd, 'test.prune.json'), JSON.stringify(experiment));
    const client = spawn(process.execPath, [program, 'run', 'test.prune.json', '--json'], { cwd, stdio: 'ignore' });
    const listed = async () => (await listRuns(path.join(cwd, RUNS_FOLDER)))[0];
    const { folder, run: running } = await until('three epochs', async () => {
      const first = await listed();
      return first?.run && (first.run.progress?.epoch ?? 0) >= 3 ? first : null;
    });
    const pid = running.pid!;
    expect(isGone(pid)).toBe(false);
    client.kill('SIGKILL');
    await until('the end of the child', () => isGone(pid));
    const record = await readRun(folder);
    expect(record).toMatchObject({ state: 'cancelled', pid: null, resumable: true });
    expect((await readCheckpoint(checkpointOf(folder), record.configHash)).facts.epoch).toBe(record.progress!.epoch);
  });
});
