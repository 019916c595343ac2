import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RUN_FILES } from '../../../src/shared/ids';
import { CompareView, RunView } from '../../../src/shared/view';
import { toJson } from '../../../src/store/atomic';
import { compareRuns } from '../../../src/store/compare';
import { createRun } from '../../../src/store/create';
import { updateRun } from '../../../src/store/update';
import { readMask, readRunView } from '../../../src/store/view';
import { densenetReport } from '../../fixtures/channelReports';
import { inputsReport } from '../../fixtures/inducedReport';
import { lenetReport } from '../../fixtures/report';
import { runRecord } from '../../fixtures/run';

interface Given {
  lambda?: number;
  seed?: number;
  errorCount?: number;
  kept?: number;
  keep?: number;
  name?: string;
  done?: boolean;
  config?: null;
}

function ran({ lambda = 0, seed = 0, errorCount = 150, kept = 13_310, keep = 0.05, name = 'sweep', done = true, config }: Given): RunView {
  const report = lenetReport();
  const last = report.stages.at(-1)!;
  const label = `lambda=${lambda} seed=${seed} kept=${kept} wrong=${errorCount}`;
  return {
    folder: `runs/${label}`,
    run: runRecord({ id: label, label, state: done ? 'done' : 'failed', seed }),
    state: done ? 'done' : 'failed',
    experiment: name,
    config: config === null ? null : { name, seed, train: { epochs: 40, layers: ['*'] }, prune: { keep, criterion: { lambda } } },
    report: done
      ? {
          ...report,
          lambda,
          kept: { weights: kept, total: 266_200 },
          stages: [...report.stages.slice(0, -1), { ...last, errorCount, error: errorCount / 10_000 }],
        }
      : null,
    history: [],
    failure: null,
  };
}

describe('differences', () => {
  test('only what differs, in the order of the experiment, and not its name', () => {
    const { differences } = compareRuns([ran({ lambda: 0, seed: 1 }), ran({ lambda: 0.2, seed: 2, name: 'other' })]);
    expect(differences).toEqual([
      { key: 'seed', values: ['1', '2'] },
      { key: 'prune.criterion.lambda', values: ['0', '0.2'] },
    ]);
  });

  test('a key that one run does not have is null there', () => {
    const plain = ran({});
    const { differences } = compareRuns([
      plain,
      { ...plain, config: { ...plain.config, prune: { method: 'none' } } },
      ran({ config: null }),
    ]);
    expect(differences.find(({ key }) => key === 'prune.keep')?.values).toEqual(['0.05', null, null]);
    expect(differences.find(({ key }) => key === 'train.layers')?.values).toEqual(['["*"]', '["*"]', null]);
  });

  test('none between runs of one experiment', () => {
    expect(compareRuns([ran({}), ran({})]).differences).toEqual([]);
  });
});

describe('Pareto front', () => {
  test('fewer weights or fewer errors, and nobody with both', () => {
    const { points } = compareRuns([
      ran({ kept: 10_000, errorCount: 200 }),
      ran({ kept: 12_000, errorCount: 200 }),
      ran({ kept: 13_000, errorCount: 150 }),
      ran({ kept: 20_000, errorCount: 140 }),
      ran({ kept: 30_000, errorCount: 145 }),
      ran({ done: false }),
    ]);
    expect(points.map(({ front }) => front)).toEqual([true, false, true, true, false]);
    expect(points[0]).toMatchObject({ keep: 10_000 / 266_200, error: 0.02 });
  });

  test('equal runs are both on it', () => {
    expect(compareRuns([ran({ seed: 0 }), ran({ seed: 1 })]).points.map(({ front }) => front)).toEqual([true, true]);
  });

  test('a fraction of the channels is not measured against one of the weights; a run that cut nothing is against both', () => {
    const dense = ran({ kept: 266_200, errorCount: 164 });
    const uncut: RunView = { ...dense, report: { ...dense.report!, method: 'none' } };
    const ofChannels = (wrong: number): RunView => {
      const report = densenetReport();
      return { ...dense, report: { ...report, stages: report.stages.map((stage) => ({ ...stage, error: wrong / 10_000 })) } };
    };
    const { points } = compareRuns([
      uncut,
      ran({ kept: 10_000, errorCount: 160 }),
      ofChannels(170),
      ofChannels(500),
      ran({ kept: 11_000, errorCount: 200 }),
    ]);
    expect(points.map(({ unit, front }) => [unit, front])).toEqual([
      [null, false],
      ['weights', true],
      ['channels', true],
      ['channels', false],
      ['weights', false],
    ]);
    expect(points[2]!.keep).toBe(2808 / 9360);
    expect(compareRuns([ofChannels(170)]).groups).toMatchObject([{ unit: 'channels', keptFraction: { mean: 0.3 } }]);
  });

  test('inputs are compared with inputs alone, and grouped by what was swept', () => {
    const selected = (keep: number, kept: number, seed: number): RunView => {
      const report = inputsReport();
      return { ...ran({ keep, seed }), folder: `runs/${keep}-${seed}`, report: { ...report, inputs: { ...report.inputs!, kept } } };
    };
    const { points, groups } = compareRuns([selected(0.25, 196, 1), selected(0.25, 196, 2), selected(0.1, 78, 1), ran({ kept: 10 })]);
    expect(points.map(({ unit, keep }) => [unit, keep])).toEqual([
      ['inputs', 0.25],
      ['inputs', 0.25],
      ['inputs', 78 / 784],
      ['weights', 10 / 266_200],
    ]);
    expect(points.map(({ front }) => front)).toEqual([false, false, true, true]);
    expect(groups.map(({ n, unit }) => [n, unit])).toEqual([
      [1, 'weights'],
      [1, 'inputs'],
      [2, 'inputs'],
    ]);
  });

  test('no point of the front beats another, and each other point is beaten by one of the front', () => {
    const costs = fc.record({ kept: fc.integer({ min: 1, max: 20 }), errorCount: fc.integer({ min: 0, max: 20 }) });
    fc.assert(
      fc.property(fc.array(costs, { minLength: 1, maxLength: 12 }), (all) => {
        const { points } = compareRuns(all.map(ran));
        const front = points.filter((point) => point.front);
        const asGood = (a: (typeof points)[number], b: (typeof points)[number]) => a.keep <= b.keep && a.error <= b.error;
        expect(front.length).toBeGreaterThan(0);
        for (const a of front) for (const b of front) expect(asGood(a, b)).toBe(a.keep === b.keep && a.error === b.error);
        for (const b of points.filter((point) => !point.front)) expect(front.some((a) => asGood(a, b))).toBe(true);
      }),
    );
  });
});

describe('groups', () => {
  test('mean and sample deviation over seeds, by rising lambda; runs without a report do not count', () => {
    const { groups } = compareRuns([
      ran({ lambda: 10, seed: 0, done: false }),
      ran({ lambda: 2, seed: 0, errorCount: 140 }),
      ran({ lambda: 0, seed: 2, errorCount: 155 }),
      ran({ lambda: 0, seed: 1, errorCount: 160 }),
      ran({ lambda: 0, seed: 0, errorCount: 150 }),
    ]);
    expect(groups.map(({ label, lambda, n }) => [label, lambda, n])).toEqual([
      ['lambda=0', 0, 3],
      ['lambda=2', 2, 1],
      ['lambda=10', 10, 0],
    ]);
    // 150, 160, 155: mean 155, squares 25 + 25 + 0 over n - 1 = 2.
    expect(groups[0]!.error!.mean).toBeCloseTo(0.0155, 12);
    expect(groups[0]!.error!.deviation).toBeCloseTo(0.0005, 12);
    expect(groups[1]!.error).toEqual({ mean: 0.014, deviation: null });
    expect(groups[2]!.error).toBeNull();
    expect(groups[0]!.keptFraction).toEqual({ mean: expect.closeTo(0.05, 12), deviation: expect.closeTo(0, 12) });
  });

  test('are named after the experiment where only the seed differs', () => {
    expect(compareRuns([ran({ seed: 0 }), ran({ seed: 1 })]).groups).toMatchObject([{ label: 'sweep', n: 2 }]);
  });

  test('a run whose experiment cannot be read is alone', () => {
    expect(compareRuns([ran({}), ran({ seed: 1, config: null }), ran({ seed: 2, config: null })]).groups.map(({ n }) => n)).toEqual([
      1, 1, 1,
    ]);
  });
});

test('what is made is what the panel accepts', () => {
  const view = compareRuns([ran({}), ran({ lambda: 0.2, done: false })]);
  expect(CompareView.parse(view)).toEqual(view);
});

describe('readRunView', () => {
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'prune-lab-view-'));
    const experiment = { name: 'quick', seed: 7, prune: { keep: 0.05 } };
    folder = await createRun({ at: { root }, experiment, experimentFile: null, label: 'a', configHash: 'abcdef' });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test('of a queued run: its experiment, and no report', async () => {
    const view = await readRunView(folder);
    expect(view).toMatchObject({ folder, state: 'queued', experiment: 'quick', report: null, history: [], failure: null });
    expect(view.config).toEqual({ name: 'quick', seed: 7, prune: { keep: 0.05 } });
  });

  test('of a finished run: report, history and masks', async () => {
    const report = lenetReport();
    await writeFile(join(folder, RUN_FILES.report), toJson(report));
    await updateRun(folder, { state: 'done' });
    const view = await readRunView(folder);
    expect(RunView.parse(view)).toEqual(view);
    expect(view.report).toEqual(report);
    expect(view.history).toEqual(report.history);

    const { name, shape } = report.layers.at(-1)!;
    await mkdir(join(folder, RUN_FILES.masks));
    await writeFile(join(folder, RUN_FILES.masks, `${name}.u8`), new Uint8Array(shape[0]! * shape[1]!).fill(1));
    expect(await readMask(view, name)).toMatchObject({ rows: shape[0], cols: shape[1] });
    // What goes to a webview must be of this class exactly, not of a class made from it.
    expect((await readMask(view, name))!.bytes.constructor).toBe(Uint8Array);
    expect(await readMask(view, report.layers[0]!.name)).toBeNull();
    expect(await readMask(view, '../report')).toBeNull();
  });

  test('a report that cannot be read is the failure of a view that has the rest', async () => {
    await writeFile(join(folder, RUN_FILES.report), '{');
    await writeFile(join(folder, RUN_FILES.metrics), `${JSON.stringify(lenetReport().history[0])}\n`);
    await updateRun(folder, { state: 'done' });
    const view = await readRunView(folder);
    expect(view.failure?.code).toBe('store/damaged');
    expect(view.report).toBeNull();
    expect(view.history).toHaveLength(1);
  });

  test('a folder that is gone is no run', async () => {
    await expect(readRunView(join(root, 'gone'))).rejects.toMatchObject({ code: 'store/not-a-run' });
  });
});
