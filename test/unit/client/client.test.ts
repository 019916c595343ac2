import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/client/connection';
import { engineEnv } from '../../../src/client/env';
import { placesFor, shareOf } from '../../../src/client/share';
import type { Device } from '../../../src/shared/device';
import { runAll, type QueueOptions } from '../../../src/client/queue';
import { probeEngine, runExperiment } from '../../../src/client/run';
import { startEngine } from '../../../src/client/spawn';
import type { Event } from '../../../src/shared/protocol';
import { createRun } from '../../../src/store/create';
import { readRun } from '../../../src/store/read';
import { updateRun } from '../../../src/store/update';

const engineFile = resolve('test/fixtures/fakeEngine.mjs');
const peer = (fake: string) => ({ engineFile, threads: 1, env: { ...process.env, PRUNE_LAB_FAKE: fake } });

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'prune-lab-client-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));
const newRun = () => createRun({ at: { root }, experiment: { seed: 0 }, experimentFile: null, label: 'x', configHash: 'abcdef' });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('start', () => {
  test('is ready with the first message, and gone after dispose', async () => {
    const engine = await startEngine(peer('work'));
    expect(engine.ready).toMatchObject({ type: 'ready', versions: { node: process.version } });
    expect(isAlive(engine.ready.pid)).toBe(true);
    await engine.dispose();
    expect(isAlive(engine.ready.pid)).toBe(false);
    await engine.dispose();
  });

  test.each([
    ['error-first', { code: 'setup/kernels-missing', remedy: 'Run `prune-lab setup`.' }],
    ['wrong-first', { code: 'client/bad-message', message: expect.stringContaining('`stage`') }],
    ['crash-at-start', { code: 'client/engine-died', message: expect.stringMatching(/exit code 3[^]*cannot open shared object/) }],
  ])('%s is refused with its cause', async (fake, expected) => {
    await expect(startEngine(peer(fake))).rejects.toMatchObject(expected);
  });

  test('silence ends at the time-out', async () => {
    await expect(startEngine({ ...peer('silent'), startTimeoutMs: 300 })).rejects.toMatchObject({
      code: 'client/start-timeout',
      message: expect.stringContaining('0.3 s'),
    });
  });

  test('a missing program, and one that cannot be started', async () => {
    await expect(startEngine({ threads: 1, engineFile: join(root, 'engine.js') })).rejects.toMatchObject({
      code: 'client/no-engine',
      where: join(root, 'engine.js'),
    });
    await expect(startEngine({ ...peer('work'), execPath: join(root, 'node') })).rejects.toMatchObject({
      code: 'client/cannot-start',
      message: expect.stringContaining('ENOENT'),
    });
  });
});

describe('a run', () => {
  const run = async (fake: string) => {
    const runDir = await newRun();
    await updateRun(runDir, { state: 'running', pid: 999_999_999 });
    const outcome = await runExperiment({ ...peer(fake), runDir, resume: false });
    return { runDir, outcome, record: await readRun(runDir) };
  };
  const failure = (outcome: Outcome) => (outcome.state === 'failed' ? outcome.failure : undefined);

  test.each([
    ['bad-message', 'client/bad-message', /epoch|phase/],
    ['unknown-type', 'client/bad-message', /type/],
    ['exit:7', 'client/engine-died', /exit code 7[^]*first line\n +last line/],
    ['exit:0', 'client/engine-died', /exit code 0/],
    ['kill', 'client/engine-died', /SIGKILL/],
  ])('%s fails it, and run.json says so', async (fake, code, message) => {
    const { outcome, record } = await run(fake);
    expect(failure(outcome)).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(record).toMatchObject({ state: 'failed', pid: null, failure: { code } });
  });

  test('a kill by the system is explained by memory, a crash is not', async () => {
    expect(failure((await run('kill')).outcome)?.remedy).toMatch(/memory ran out/);
    expect(failure((await run('exit:137')).outcome)?.remedy).toMatch(/memory ran out/);
    expect(failure((await run('exit:1')).outcome)?.remedy).not.toMatch(/memory/);
  });

  test('the last 64 KB of what a dead child printed are in the log', async () => {
    const { runDir } = await run('flood');
    const log = await readFile(join(runDir, 'log.txt'), 'utf8');
    expect(log.length).toBeLessThan(66_000);
    expect(log.length).toBeGreaterThan(64_000);
    expect(log.trimEnd()).toMatch(/x{1000}END$/);
  });

  test('a child that does not start fails the run', async () => {
    const { outcome, record } = await run('error-first');
    expect(failure(outcome)?.code).toBe('setup/kernels-missing');
    expect(record.state).toBe('failed');
  });

  test('a cancel is asked for, and is an outcome of its own', async () => {
    const runDir = await newRun();
    const abort = new AbortController();
    const outcome = await runExperiment({
      ...peer('work:60000'),
      runDir,
      resume: false,
      signal: abort.signal,
      onEvent: (event) => event.type === 'stage' && abort.abort(),
    });
    expect(outcome).toEqual({ state: 'cancelled', resumable: false });
    expect((await readRun(runDir)).state).toBe('cancelled');
  });

  test('one that is deaf to a cancel is killed at once on demand, and was interrupted', async () => {
    const runDir = await newRun();
    const [cancel, kill] = [new AbortController(), new AbortController()];
    const outcome = await runExperiment({
      ...peer('stubborn'),
      runDir,
      resume: false,
      signal: cancel.signal,
      killSignal: kill.signal,
      onEvent: () => {
        cancel.abort();
        setTimeout(() => kill.abort(), 100);
      },
    });
    expect(failure(outcome)?.code).toBe('client/stopped');
    expect((await readRun(runDir)).state).toBe('interrupted');
  });

  test('dispose ends a child that heeds neither cancel nor SIGTERM', async () => {
    const engine = await startEngine(peer('stubborn'));
    const deaf = new Promise<void>((done) => engine.onEvent(() => done()));
    engine.send({ type: 'start', runDir: root, resume: false });
    await deaf;
    await engine.dispose();
    expect(isAlive(engine.ready.pid)).toBe(false);
    expect(failure(await engine.finished)?.code).toBe('client/stopped');
  });

  test('a probe of a child that dies instead is an error', async () => {
    await expect(probeEngine(peer('error-first'))).rejects.toMatchObject({ code: 'setup/kernels-missing' });
  });
});

describe('environment', () => {
  test("the child gets the allow list and the kernels' settings, nothing more", async () => {
    const runDir = await newRun();
    const events: Event[] = [];
    await runExperiment({
      ...peer('env'),
      runDir,
      resume: false,
      threads: 3,
      onEvent: (event) => events.push(event),
      env: {
        PATH: process.env['PATH'],
        HOME: '/home/x',
        LC_ALL: 'C',
        SECRET_TOKEN: 's',
        NODE_OPTIONS: '--inspect',
        PRUNE_LAB_FAKE: 'env',
        PRUNE_LAB_KERNELS: '/k',
      },
    });
    const seen = JSON.parse(events.find((event) => event.type === 'warning')!.message) as Record<string, string>;
    expect(seen).toMatchObject({
      HOME: '/home/x',
      LC_ALL: 'C',
      PRUNE_LAB_KERNELS: '/k',
      TF_ENABLE_ONEDNN_OPTS: '1',
      OMP_NUM_THREADS: '3',
      TF_NUM_INTRAOP_THREADS: '3',
    });
    expect(Object.keys(seen).filter((name) => /SECRET|NODE_OPTIONS/.test(name))).toEqual([]);
  });

  test('with one thread a graph runs in the thread that asks for it, with more beside each other', () => {
    const between = (threads: number) => engineEnv({ threads, env: {} })['TF_NUM_INTEROP_THREADS'];
    expect([1, 2, 3].map(between)).toEqual(['-1', '2', '3']);
  });

  test('Windows names are taken in any case', () => {
    expect(engineEnv({ threads: 1, env: { Path: 'C:\\x', SystemRoot: 'C:\\Windows', other: '1' } })).toMatchObject({
      Path: 'C:\\x',
      SystemRoot: 'C:\\Windows',
    });
  });
});

describe('queue', () => {
  const queued = async (n: number, device: Device = 'cpu') =>
    Promise.all(Array.from({ length: n }, async () => ({ runDir: await newRun(), resume: false, threads: 'auto' as const, device })));
  const atWork = async () => {
    let now = 0;
    return Math.max(...[...(await readFile(join(root, 'work.log'), 'utf8'))].map((sign) => (now += sign === '+' ? 1 : -1)));
  };

  test('runs N at a time, shares the cores, keeps the order of outcomes', async () => {
    const threads: string[] = [];
    const finished: number[] = [];
    const runs = await queued(5);
    const outcomes = await runAll(runs, {
      ...peer('work:300'),
      parallel: 2,
      cores: 5,
      onEvent: (_, event) => event.type === 'stage' && threads.push(event.detail),
      onOutcome: (index) => finished.push(index),
    });
    expect(outcomes.map((outcome) => outcome.state)).toEqual(Array(5).fill('done'));
    expect(await atWork()).toBe(2);
    expect(threads).toEqual(Array(5).fill('2 threads'));
    expect(finished.sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test('shares the memory that there was before any began, and begins fewer where it is little', async () => {
    const limits: (string | undefined)[] = [];
    const shared = async (options: QueueOptions) => {
      limits.length = 0;
      await runAll(await queued(4), {
        ...peer('env'),
        ...options,
        onEvent: (_, event) =>
          event.type === 'warning' && limits.push((JSON.parse(event.message) as NodeJS.ProcessEnv)['PRUNE_LAB_MEMORY_LIMIT']),
      });
      return limits;
    };
    expect(await shared({ cores: 2, memory: 8e9 })).toEqual(Array(4).fill('4000000000'));
    expect(await shared({ cores: 8, memory: 1e9 })).toEqual(Array(4).fill('500000000'));
    expect(await shared({ cores: 8, memory: 1e9, parallel: 4 })).toEqual(Array(4).fill('250000000'));
    expect(await shared({ cores: 8, memory: 1e8 })).toEqual(Array(4).fill('100000000'));
  });

  test("an experiment's own number of threads holds", async () => {
    const threads: string[] = [];
    await runAll([{ ...(await queued(1))[0]!, threads: 3 }], {
      ...peer('work'),
      cores: 8,
      onEvent: (_, event) => event.type === 'stage' && threads.push(event.detail),
    });
    expect(threads).toEqual(['3 threads']);
  });

  test('the graphics card is one: a run at a time, on all cores, unless more are asked for', async () => {
    const share = (n: number, parallel?: number) => {
      const places =
        parallel ??
        placesFor(
          4,
          8e9,
          Array.from({ length: n }, () => ({ device: 'gpu' as const })),
        );
      return [places, shareOf(places, 4, 8e9).threads];
    };
    expect(share(3)).toEqual([1, 4]);
    expect(share(3, 2)).toEqual([2, 2]);
    expect(placesFor(4, 8e9, [{ device: 'cpu' }, { device: 'cpu' }])).toBe(4);
    const outcomes = await runAll(await queued(3, 'gpu'), { ...peer('work'), cores: 4, memory: 8e9 });
    expect(outcomes.map((outcome) => outcome.state)).toEqual(Array(3).fill('done'));
    expect(await atWork()).toBe(1);
  });

  test('what a child is told of the card, and of whose choice it is, only where it computes on one', () => {
    const env = {
      CUDA_VISIBLE_DEVICES: '1',
      LD_LIBRARY_PATH: '/cuda',
      TF_DETERMINISTIC_OPS: '0',
      TF_NUM_INTRAOP_THREADS: '9',
      PRUNE_LAB_DEVICE: 'gpu',
    };
    expect(engineEnv({ threads: 2, device: 'gpu', env })).toMatchObject({ ...env, TF_NUM_INTRAOP_THREADS: '2' });
    const cpu = engineEnv({ threads: 2, env });
    expect(cpu).toMatchObject({ PRUNE_LAB_DEVICE: 'cpu', TF_NUM_INTRAOP_THREADS: '2' });
    expect(Object.keys(cpu).filter((name) => /CUDA|LD_LIBRARY|DETERMINISTIC/.test(name))).toEqual([]);
  });

  test('one that dies does not stop the others', async () => {
    const outcomes = await runAll(await queued(3), { ...peer('exit:2'), parallel: 3 });
    expect(outcomes.map((outcome) => outcome.state)).toEqual(['failed', 'failed', 'failed']);
  });

  test('an abort cancels those at work and those that wait', async () => {
    const abort = new AbortController();
    const runs = await queued(4);
    const outcomes = await runAll(runs, { ...peer('work:60000'), parallel: 2, signal: abort.signal, onEvent: () => abort.abort() });
    expect(outcomes.map((outcome) => outcome.state)).toEqual(Array(4).fill('cancelled'));
    for (const { runDir } of runs) expect((await readRun(runDir)).state).toBe('cancelled');
  });
});
