/** Whole runs that cut channels to a budget of multiply-accumulates or parameters. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRuntime } from '../../src/engine/kernels/runtime';
import { channelSites } from '../../src/engine/nn/graph';
import { readLayersModel } from '../../src/engine/nn/saved';
import { compactCounter } from '../../src/engine/compact/counter';
import { withoutTimes } from '../../src/shared/report';
import { newRun, readMask, run, stage, type RunResult } from './helpers';

beforeAll(() => void loadRuntime(1));

const SMALL = {
  data: { name: 'digits', train: 96, validation: 40, test: 80 },
  model: { name: 'resnet', depth: 8 },
  train: { epochs: 1, batch: 32, learningRate: 0.05 },
  measure: { dense: 'first-cut', latency: { batch: 16, repeats: 3 } },
  engine: { threads: 1 },
  seed: 2,
};
const masks = ({ runDir, report }: RunResult) => report.channels!.layers.map(({ layer }) => readMask(runDir, layer));

/** The compact network fits; with one channel more, the next of the ranking, it would not. */
async function expectJustWithin({ report, runDir }: RunResult, of: 'macs' | 'params', keep: number): Promise<void> {
  const [dense, compact] = [stage(report, 'dense')[of], stage(report, 'compact')[of]];
  const limit = Math.floor(keep * dense);
  expect(compact).toBeLessThanOrEqual(limit);
  const { graph, values } = await readLayersModel(path.join(runDir, 'model', 'masked', 'model.json'));
  const sites = channelSites(graph);
  const left = sites.map(({ name }) => new Uint8Array(readMask(runDir, name)));
  // A file has zeros for the scales of cut channels.
  sites.forEach(({ name }, l) => left[l]!.forEach((alive, c) => alive || (values.get(name)!.weights[c] = 1)));
  const count = compactCounter(graph, values, sites);
  expect(count(left)[of]).toBe(compact);
  const costs = left.flatMap((mask, l) =>
    [...mask.keys()].filter((c) => mask[c] === 0).map((c) => count(left.with(l, mask.with(c, 1)))[of]),
  );
  expect(Math.max(...costs)).toBeGreaterThan(limit);
  expect(report.parity!.maxAbsDiff).toBeLessThanOrEqual(report.parity!.tolerance);
  expect(report.keep).toBe(keep);
}

describe('a ranking cut to a budget', () => {
  it.each([
    ['macs', 0.5, 'global', { method: 'channels', score: 'l1' }, { name: 'resnet', depth: 8 }],
    ['params', 0.4, 'layer', { method: 'channels', score: 'gamma' }, { name: 'densenet', depth: 10, growth: 4 }],
    ['macs', 0.3, 'global', { method: 'cls', criterion: { lambda: 0.5 } }, { name: 'preresnet', depth: 11 }],
    ['params', 0.6, 'global', { method: 'slimming' }, { name: 'densenet', depth: 10, growth: 4 }],
  ] as const)('%s to %f by a %s ranking', async (budget, keep, scope, method, model) => {
    await expectJustWithin(await run({ ...SMALL, model, prune: { ...method, keep, scope, budget } }), budget, keep);
  });

  it('annealed, falls to it by the schedule, with the same masks whether the network is rebuilt or not', async () => {
    const prune = { method: 'channels', score: 'l1', keep: 0.4, budget: 'macs', schedule: { name: 'linear', end: 0.75 } };
    const file = (shrink: boolean) => ({ ...SMALL, train: { ...SMALL.train, epochs: 4 }, prune: { ...prune, shrink } });
    const [shrunk, masked] = [await run(file(true)), await run(file(false))];
    await expectJustWithin(masked, 'macs', 0.4);
    expect(masks(shrunk)).toEqual(masks(masked));
    expect(stage(shrunk.report, 'compact').macs).toBe(stage(masked.report, 'compact').macs);
    const { history } = shrunk.report;
    expect(shrunk.report.shrinking!.rebuilds).toBe(3);
    expect(history.map((row) => row.testError !== null)).toEqual([false, false, true, true]);
    const kept = history.map((row) => row.kept);
    expect(kept).toEqual([...kept].sort((a, b) => b - a));
    expect(new Set(kept).size).toBe(3);
    expect(kept.at(-1)).toBe(shrunk.report.channels!.kept);
    const resumedIn = await newRun(file(true));
    await expect(run(file(true), { in: resumedIn, abortAfter: 2 })).rejects.toThrow('cancelled by the test');
    const resumed = await run(file(true), { in: resumedIn, resume: true });
    expect(withoutTimes(resumed.report)).toEqual(withoutTimes(shrunk.report));
  });

  it('fine-tunes what is left, counted in channels', async () => {
    const { report } = await run({
      ...SMALL,
      prune: { method: 'channels', score: 'l2', keep: 0.5, budget: 'params', layers: ['stage*'] },
      fineTune: { epochs: 1, learningRate: 0.01 },
    });
    const [train, fineTune] = report.history;
    expect(fineTune!.kept).toBe(train!.kept);
    // Channels of the stem, which is not cut, count among those that are left.
    expect(train!.kept).toBe(report.channels!.kept + 16);
  });

  it('says before it trains that a budget is out of reach', async () => {
    const refused = run({ ...SMALL, prune: { method: 'channels', score: 'l1', keep: 0.01, budget: 'macs', floors: { layer: 4 } } });
    await expect(refused).rejects.toMatchObject({
      code: 'prune/budget-out-of-reach',
      message: expect.stringMatching(/multiply-accumulates/) as string,
      remedy: expect.stringMatching(/Raise prune\.keep above 0\.\d+/) as string,
    });
  });
});
