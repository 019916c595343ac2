/** The estimate of a run's memory against what real runs took, and that a run which does not fit is not begun. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../../src/client/spawn';
import { loadDataset } from '../../src/engine/data/load';
import { namingMemory } from '../../src/engine/errors';
import { estimateMemory } from '../../src/engine/measure/memory';
import { startingNetwork } from '../../src/engine/start';
import { availableMemory } from '../../src/setup/memory';
import { readHistory, readReport, readRun } from '../../src/store/read';
import { build, nodeBy, run } from './disturbed';
import { experimentOf, newRun, SMALL, temporaryFolder } from './helpers';

beforeAll(build);

const BASE = { ...SMALL, prune: { method: 'none' } };
const one = { ...SMALL.train, epochs: 1 };
const measure = { ...SMALL.measure, dense: 'first-cut' };
const mlp = (...hidden: number[]) => ({ name: 'mlp', hidden });
const few = { ...SMALL, measure, data: { ...SMALL.data, train: 256, test: 100 } };
const screened = (feature: string) => ({
  ...SMALL,
  measure,
  data: { ...SMALL.data, train: 600 },
  train: { ...SMALL.train, epochs: 2, batch: 100 },
  prune: { ...SMALL.prune, criterion: { lambda: 0.5, feature } },
});

describe('the estimate', () => {
  it.each([
    ['of a small network', BASE],
    // 6.4 million parameters, whose copies are the most of it.
    ['of many parameters', { ...BASE, model: { name: 'mlp', hidden: [3000, 1300] }, train: { ...one, batch: 600 } }],
    // Activations of 2,000 images are the most of it.
    ['of a large batch', { ...BASE, data: { ...BASE.data, train: 2000 }, model: { name: 'lenet-5' }, train: { ...one, batch: 2000 } }],
    // Activations of 32 batches.
    [
      'of screening by input',
      {
        ...screened('input'),
        data: { ...SMALL.data, train: 3200 },
        model: mlp(1000, 1000),
        train: { ...SMALL.train, epochs: 2, batch: 100 },
      },
    ],
    // Class means of a million connections, twice.
    ['of screening while weights train', { ...screened('online'), model: mlp(800, 400) }],
    ['of screening by gates', { ...screened('gated'), model: mlp(600, 400) }],
    // Maps of 256 images at every batch norm.
    [
      'of channel-level screening',
      {
        ...few,
        model: { name: 'resnet-20' },
        train: { ...one, batch: 256 },
        prune: { method: 'cls', keep: 0.5, criterion: { lambda: 0.5 } },
      },
    ],
    // Kernels of pairs of samples, of 500 or 600 channels at a time.
    [
      'of lasso by a class graph',
      { ...few, model: { name: 'lenet-5' }, train: one, prune: { method: 'sglp-ib', keep: 0.5, calibration: { samples: 256 } } },
    ],
    [
      'of lasso on labels',
      { ...few, model: mlp(600), train: one, prune: { method: 'hsic-lasso', keep: 0.5, calibration: { samples: 256 } } },
    ],
  ])('%s is at least 0.8 and at most 1.5 times what the run took', async (_what, file) => {
    const experiment = experimentOf(file);
    const dataset = await loadDataset(experiment.data, { experimentDir: null });
    const { graph } = await startingNetwork(experiment, dataset, null);
    const estimate = estimateMemory({ experiment, graph, dataset, inputs: null });
    const runDir = await newRun(file);
    expect(await run(runDir)).toMatchObject({ state: 'done' });
    const { peakRss } = await readReport(runDir);
    expect(estimate.total).toBeGreaterThan(0.8 * peakRss);
    expect(estimate.total).toBeLessThan(1.5 * peakRss);
  });
});

describe('a run that would not fit', () => {
  it('is refused before it trains, with what it needs and what there is', async () => {
    const runDir = await newRun(BASE);
    const env = { ...process.env, PRUNE_LAB_MEMORY_LIMIT: '100000000' };
    const outcome = await run(runDir, { env });
    const failure = {
      code: 'engine/too-large',
      message: 'The run needs about 0.4 GB of memory, but only 0.1 GB can be had.',
      remedy: expect.stringContaining('train.batch'),
    };
    expect(outcome).toMatchObject({ state: 'failed', failure });
    expect(await readRun(runDir)).toMatchObject({ state: 'failed', failure, progress: null });
    expect(await readHistory(runDir)).toEqual([]);
  });
});

describe('memory that runs out', () => {
  it('is named where an array could not be had, and nothing else is', () => {
    const thrown = (act: () => unknown): unknown => {
      try {
        return act();
      } catch (error) {
        return error;
      }
    };
    expect(namingMemory(thrown(() => new ArrayBuffer(2 ** 50)))).toMatchObject({ code: 'engine/out-of-memory' });
    const other = thrown(() => (1).toFixed(1000));
    expect(namingMemory(other)).toBe(other);
  });

  it.skipIf(process.platform === 'win32')('in a process that V8 ends, is what the client says', async () => {
    const file = path.join(temporaryFolder(), 'engine.cjs');
    writeFileSync(file, 'const all = [];\nfor (;;) all.push(Array(1e4).fill(0).map(() => ({})));\n');
    await expect(
      startEngine({ engineFile: file, threads: 1, execPath: nodeBy('exec env NODE_OPTIONS=--max-old-space-size=20') }),
    ).rejects.toMatchObject({
      code: 'client/engine-died',
      remedy: expect.stringMatching(/^Memory ran out/),
    });
  });
});

describe('what can be had', () => {
  const files = (texts: Record<string, string>) => (file: string) => texts[file] ?? null;
  const meminfo = { '/proc/meminfo': 'MemTotal:       8000 kB\nMemFree:         100 kB\nMemAvailable:   4000 kB\n' };
  it('is what Linux calls available with what this process has already, not what it calls free', () => {
    const had = availableMemory({}, files(meminfo)) - 4000 * 1024;
    expect(had).toBeGreaterThan(0.5 * process.memoryUsage.rss());
    expect(had).toBeLessThan(2 * process.memoryUsage.rss());
  });
  it('is no more than the control group may have, nor than the limit in the environment', () => {
    const grouped = { ...meminfo, '/sys/fs/cgroup/memory.max': '3000000\n' };
    expect(availableMemory({}, files(grouped))).toBe(3_000_000);
    expect(availableMemory({}, files({ ...meminfo, '/sys/fs/cgroup/memory/memory.limit_in_bytes': '2000000\n' }))).toBe(2_000_000);
    expect(availableMemory({ PRUNE_LAB_MEMORY_LIMIT: '1000' }, files(grouped))).toBe(1000);
    const unlimited = { ...meminfo, '/sys/fs/cgroup/memory.max': 'max\n' };
    expect(availableMemory({}, files(unlimited))).toBeGreaterThan(4000 * 1024);
  });

  const GB = 1e9;
  const version2 = (limits: Record<string, number>, more: Record<string, string> = {}) => ({
    '/proc/self/cgroup': '0::/user.slice/app.slice/editor.scope\n',
    ...Object.fromEntries(Object.entries(limits).map(([folder, bytes]) => [`/sys/fs/cgroup${folder}/memory.max`, `${bytes}\n`])),
    ...more,
  });
  it('is no more than what any group around its own may have', () => {
    const own = '/user.slice/app.slice/editor.scope';
    expect(availableMemory({}, files(version2({ [own]: 3 * GB, '/user.slice': 2 * GB })))).toBe(2 * GB);
    expect(availableMemory({}, files(version2({ [own]: 1 * GB, '/user.slice': 2 * GB })))).toBe(1 * GB);
    expect(availableMemory({}, files(version2({ '': 1.5 * GB, '/other': 1 })))).toBe(1.5 * GB);
    const version1 = {
      '/proc/self/cgroup': '12:cpu,cpuacct:/a\n7:memory:/a/b\n0::/\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      '/sys/fs/cgroup/memory/a/memory.limit_in_bytes': String(1 * GB),
      '/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes': String(2 * GB),
    };
    expect(availableMemory({}, files(version1))).toBe(1 * GB);
  });
  it('is what others in the group have not taken, but for what the system would give back', () => {
    const group = version2(
      { '': 2 * GB },
      { '/sys/fs/cgroup/memory.current': String(1.5 * GB), '/sys/fs/cgroup/memory.stat': `anon 1\ninactive_file ${0.25 * GB}\n` },
    );
    expect(availableMemory({}, files(group), 0)).toBe(0.75 * GB);
    expect(availableMemory({}, files(group), 0.5 * GB)).toBe(1.25 * GB);
  });
});
