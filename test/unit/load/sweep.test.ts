/** A sweep of 2,000 variants: expanded, checked and labelled without work that grows faster than it, and queued and cancelled with few files open. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { configHash } from '../../../src/config/hash';
import { parseExperiment } from '../../../src/config/parse';
import { Experiment } from '../../../src/config/schema';
import { expandExperiment } from '../../../src/config/sweep';
import { Jobs } from '../../../src/host/jobs';
import { safeLabels } from '../../../src/shared/ids';
import { createRun } from '../../../src/store/create';
import { readRun } from '../../../src/store/read';
import { compare, comparisonCsv, comparisonText, measured, type Compared } from '../../../src/terminal/compare';
import { coloursFor } from '../../../src/terminal/text';
import { tempFolders } from '../../fixtures/folders';
import { lenetReport } from '../../fixtures/report';
import { mostOpen } from './counted';

const { newFolder } = tempFolders('many-variants');

const FILE = {
  data: { name: 'digits' },
  model: { name: 'lenet-300-100' },
  train: { epochs: 5, learningRate: 0.1 },
  prune: { method: 'wls', keep: 0.1 },
};
const numbers = (count: number, step: number) => Array.from({ length: count }, (_, i) => Number(((i + 1) * step).toFixed(6)));

/** `variants` runs of 20 seeds each. */
const sweepOf = (variants: number) => ({
  ...FILE,
  sweep: { 'train.learningRate': numbers(10, 0.01), 'prune.criterion.lambda': numbers(variants / 200, 0.01) },
  seeds: Array.from({ length: 20 }, (_, i) => i),
});

/** How often `object` was asked for `key` while `act` went on. */
function calls<T extends object>(object: T, key: keyof T, act: () => unknown): number {
  const spy = vi.spyOn(object as never, key as never);
  try {
    act();
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
  }
}

describe('2,000 variants', () => {
  it('are expanded, each with a label and a hash of its own', () => {
    const parsed = parseExperiment(JSON.stringify(sweepOf(2000)));
    expect(parsed.problems).toEqual([]);
    const variants = expandExperiment(parsed.written!, 'many');
    expect(variants).toHaveLength(2000);
    expect(new Set(variants.map(({ label }) => label)).size).toBe(2000);
    expect(new Set(variants.map(({ experiment }) => configHash(experiment))).size).toBe(2000);
  });

  it('are checked once each, the seeds left out', () => {
    const checked = (variants: number) => {
      const text = JSON.stringify(sweepOf(variants));
      return calls(Experiment, 'safeParse', () => parseExperiment(text));
    };
    expect(checked(1000)).toBe(1000 / 20);
    expect(checked(2000)).toBe(2000 / 20);
  });

  it('with a fault in each value are told where they are wrong', () => {
    const text = JSON.stringify({ ...FILE, sweep: { 'train.epochs': numbers(2000, 1).map((n) => n + 0.5) } });
    const { problems } = parseExperiment(text);
    expect(problems.length).toBeGreaterThan(1);
    problems.forEach(({ path, range }, i) => {
      expect(path).toEqual(['sweep', 'train.epochs', i]);
      expect(text.slice(range.offset, range.offset + range.length)).toBe(`${i + 1}.5`);
    });
  });

  it('whose names are one once they are cut get names of their own, with as many looks as names', () => {
    const labels = Array.from({ length: 2000 }, (_, i) => `${'x'.repeat(60)} seed=${i}`);
    let names: string[] = [];
    const looks = calls(Set.prototype, 'has', () => (names = safeLabels(labels)));
    expect(new Set(names).size).toBe(2000);
    expect(looks).toBeLessThanOrEqual(2 * 2000);
  });

  it('are compared in a table of their values', () => {
    const variants = expandExperiment(parseExperiment(JSON.stringify(sweepOf(2000))).written!, 'many');
    const report = measured(lenetReport());
    const runs = variants.map(({ label, values, experiment }): Compared => ({
      label,
      folder: label,
      state: 'done',
      seed: experiment.seed,
      values,
      report,
    }));
    const comparison = compare('many', runs);
    expect(comparison.groups).toHaveLength(100);
    expect(comparison.groups.every(({ n, seeds }) => n === 20 && new Set(seeds).size === 20)).toBe(true);
    expect(comparisonText(comparison, coloursFor({})).split('\n').length).toBeLessThan(110);
    expect(comparisonCsv(comparison).trimEnd().split('\r\n')).toHaveLength(101);
    // All of one group.
    expect(
      compare(
        'seeds',
        runs.map((run) => ({ ...run, values: {} })),
      ).groups,
    ).toMatchObject([{ n: 2000 }]);
  });
});

describe('a queue', () => {
  const KERNELS = { childEnv: () => ({}) } as ConstructorParameters<typeof Jobs>[0];
  const queued = (count: number) => {
    const root = newFolder();
    return Promise.all(
      Array.from({ length: count }, async (_, seed) => {
        const at = { folder: join(root, String(seed)) };
        mkdirSync(at.folder);
        const runDir = await createRun({ at, experiment: { seed }, experimentFile: null, label: `seed=${seed}`, configHash: 'abcdef' });
        return { runDir, resume: false, threads: 'auto' as const, device: 'cpu' as const };
      }),
    );
  };

  it('of which half is cancelled at once: each record says so, and few files are open', async () => {
    const runs = await queued(200);
    const jobs = new Jobs(KERNELS, { folder: () => Promise.resolve(), paths: () => Promise.resolve() }, () => {});
    const outcomes: Promise<unknown>[] = [];
    const cancelled = (i: number) => i % 2 === 1;
    const end = async () => {
      jobs.add(runs);
      outcomes.push(...runs.map(({ runDir }) => jobs.outcome(runDir)!));
      runs.forEach(({ runDir }, i) => cancelled(i) && jobs.cancel(runDir));
      await Promise.all(outcomes);
    };
    // Sixteen at most are at work, each with a file or two.
    if (process.platform === 'linux') expect(await mostOpen(end)).toBeLessThanOrEqual(64);
    else await end();
    expect(jobs.folders).toEqual([]);
    // There is no engine beside these sources, so that those which begin fail at once.
    for (const [i, { runDir }] of runs.entries())
      expect(await readRun(runDir)).toMatchObject(
        cancelled(i) ? { state: 'cancelled' } : { state: 'failed', failure: { code: 'client/no-engine' } },
      );
  });
});
