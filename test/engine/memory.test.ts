/** The estimate of a run's memory against what real runs took, and that a run which does not fit is not begun. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../../src/client/spawn';
import { loadDataset } from '../../src/engine/data/load';
import { namingMemory } from '../../src/engine/errors';
import { availableMemory } from '../../src/engine/measure/freeMemory';
import { estimateMemory } from '../../src/engine/measure/memory';
import { startingNetwork } from '../../src/engine/start';
import { inferenceRows } from '../../src/engine/train/evaluate';
import { readHistory, readReport, readRun } from '../../src/store/read';
import { build, nodeBy, run } from './disturbed';
import { experimentOf, newRun, SMALL, temporaryFolder } from './helpers';

beforeAll(build);

const BASE = { ...SMALL, prune: { method: 'none' } };
const one = { ...SMALL.train, epochs: 1 };

describe('the estimate', () => {
  it.each([
    ['of a small network', BASE],
    // 6.4 million parameters, whose copies are the most of it.
    ['of many parameters', { ...BASE, model: { name: 'mlp', hidden: [3000, 1300] }, train: { ...one, batch: 600 } }],
    // Activations of 2,000 images are the most of it.
    ['of a large batch', { ...BASE, data: { ...BASE.data, train: 2000 }, model: { name: 'lenet-5' }, train: { ...one, batch: 2000 } }],
  ])('%s is within a factor of two of what the run took', async (_what, file) => {
    const experiment = experimentOf(file);
    const dataset = await loadDataset(experiment.data, { experimentDir: null });
    const { graph } = await startingNetwork(experiment, dataset, null);
    const estimate = estimateMemory(graph, dataset, experiment.train.batch, inferenceRows(graph));
    const runDir = await newRun(file);
    expect(await run(runDir)).toMatchObject({ state: 'done' });
    const { peakRss } = await readReport(runDir);
    expect(estimate.total).toBeGreaterThan(peakRss / 2);
    expect(estimate.total).toBeLessThan(peakRss * 2);
  });
});

describe('a run that would not fit', () => {
  it('is refused before it trains, with what it needs and what there is', async () => {
    const runDir = await newRun(BASE);
    const env = { ...process.env, PRUNE_LAB_MEMORY_LIMIT: '100000000' };
    const outcome = await run(runDir, { env });
    const failure = {
      code: 'engine/too-large',
      message: 'The run needs about 0.3 GB of memory, but only 0.1 GB can be had.',
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
});
