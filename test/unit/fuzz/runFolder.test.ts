/** Run folders: each of their records damaged, also with the digest made right again, as a forger would. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from '../../../src/engine/train/checkpoint';
import { reportMarkdown } from '../../../src/host/markdown';
import { RUN_FILES } from '../../../src/shared/ids';
import { HistoryRow, Report, Run, type Lasso } from '../../../src/shared/report';
import { RunView } from '../../../src/shared/view';
import { compareRuns } from '../../../src/store/compare';
import { listRuns, readHistory, readReport, readRun } from '../../../src/store/read';
import { isBroken, sealed } from '../../../src/store/seal';
import { readCoefficients, readMask, readRunView } from '../../../src/store/view';
import { reportText } from '../../../src/terminal/tables';
import { preresnetReport } from '../../fixtures/channelReports';
import { tempFolders } from '../../fixtures/folders';
import { croppedReport, inputsReport } from '../../fixtures/inducedReport';
import { lassoReport } from '../../fixtures/lassoReport';
import { lenetReport } from '../../fixtures/report';
import { runRecord } from '../../fixtures/run';
import { outcomeOf, PATIENCE, runs } from './inputs';
import { damagedBytes, damagedJson } from './mutations';

const { newFolder } = tempFolders('fuzz-run');

const root = newFolder();
const folder = path.join(root, 'one');
mkdirSync(folder);
const at = (name: string) => path.join(folder, name);

/** The same text with the digest that belongs to it, where it is an object at all. */
function forged(text: string): string {
  try {
    const { digest: _, ...record } = JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify(sealed(record));
  } catch {
    return text;
  }
}
const damagedRecord = (good: readonly object[]) =>
  fc.tuple(damagedJson(good.map(sealed)), fc.boolean()).map(([text, isForged]) => (isForged ? forged(text) : text));

/** What stands in the text, were its digest not looked at. */
const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

test(
  'run.json',
  async () => {
    const record = runRecord({ progress: { phase: 'train', epoch: 2, epochs: 5 }, failure: { code: 'a/b', message: 'c' }, pid: 2 ** 22 });
    const done = runRecord({ summary: { error: 0.1, errorCount: 1, samples: 10, kept: 5, total: 10, unit: 'weights', params: 7 } });
    await fc.assert(
      fc.asyncProperty(damagedRecord([record, done]), async (text) => {
        writeFileSync(at(RUN_FILES.run), text);
        const outcome = await outcomeOf(text.length, () => readRun(folder));
        const [listed] = await listRuns(root);
        if ('refused' in outcome) {
          expect(outcome.refused.code).toBe('store/damaged');
          expect(listed).toMatchObject({ run: null, failure: { code: 'store/damaged' } });
          return;
        }
        expect(Run.safeParse(outcome.value).success).toBe(true);
        expect(isBroken(jsonOf(text))).toBe(false);
        expect(listed!.run).toEqual(outcome.value);
        const view = await readRunView(folder);
        expect(view.run).toEqual(outcome.value);
        expect(RunView.safeParse(view).success).toBe(true);
      }),
      runs('run-record'),
    );
  },
  PATIENCE,
);

test(
  'config.resolved.json in a comparison',
  async () => {
    const config = {
      name: 'x',
      seed: 1,
      data: { name: 'digits', train: 10 },
      prune: { method: 'wls', keep: 0.05, criterion: { lambda: 0.2 } },
    };
    writeFileSync(at(RUN_FILES.run), JSON.stringify(sealed(runRecord({ state: 'failed' }))));
    const other = await readRunView(folder);
    await fc.assert(
      fc.asyncProperty(damagedJson([config]), async (text) => {
        writeFileSync(at(RUN_FILES.config), text);
        const outcome = await outcomeOf(text.length + 100_000, () => readRunView(folder));
        expect(outcome).toHaveProperty('value');
        if ('value' in outcome) expect(compareRuns([outcome.value, other]).runs).toHaveLength(2);
      }),
      runs('run-config'),
    );
  },
  PATIENCE,
);

test(
  'metrics.ndjson',
  async () => {
    const rows = lenetReport().history.map(sealed);
    const whole = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    const line = fc.tuple(damagedJson(rows), fc.boolean()).map(([text, isForged]) => `${isForged ? forged(text) : text}\n${whole}`);
    const input = fc.oneof(
      line,
      damagedBytes([Buffer.from(whole)]).map((bytes) => bytes.toString('utf8')),
    );
    await fc.assert(
      fc.asyncProperty(input, async (text) => {
        writeFileSync(at(RUN_FILES.metrics), text);
        const outcome = await outcomeOf(text.length, () => readHistory(folder));
        if ('refused' in outcome) {
          expect(outcome.refused.code).toBe('store/damaged');
          return;
        }
        // Each whole line, and only these: what was cut has no line feed.
        expect(outcome.value).toHaveLength(text.split('\n').length - 1);
        for (const row of outcome.value) expect(HistoryRow.safeParse(row).success).toBe(true);
        for (const [i, row] of outcome.value.entries()) expect(isBroken(jsonOf(text.split('\n')[i]!)), JSON.stringify(row)).toBe(false);
      }),
      runs('run-history'),
    );
  },
  PATIENCE,
);

test(
  'report.json: what is read can be shown',
  async () => {
    writeFileSync(at(RUN_FILES.run), JSON.stringify(sealed(runRecord())));
    for (const name of [RUN_FILES.metrics, RUN_FILES.config]) writeFileSync(at(name), '{}\n');
    // Without the long lists, so that changes meet the rest as often.
    const short = (report: Report): Report => ({
      ...report,
      heatmap: report.heatmap && { ...report.heatmap, width: 2, height: 2, counts: [0, 1, 2, 3] },
    });
    const input = inputsReport();
    const tiny = {
      ...input.inputs!,
      shape: [2, 2, 1],
      total: 4,
      kept: 2,
      map: { height: 2, width: 2, counts: [1, 0, 1, 0] },
      classMeans: [],
    };
    const reports = [lenetReport(), preresnetReport(20), lassoReport(), { ...input, inputs: tiny }].map(short);
    // What is laid out by its numbers, damaged alone: else changes would seldom meet it.
    const part = (key: 'lasso' | 'inputs' | 'heatmap' | 'channels', report: Report) =>
      damagedJson([report[key]]).map((text) => forged(JSON.stringify({ ...report, [key]: 'PART' }).replace('"PART"', () => text)));
    const { lasso } = lassoReport();
    const classes = ['a', 'b', 'c'];
    const small: Lasso = {
      ...lasso!,
      classes,
      correlation: classes.map(() => [1, 0, 0]),
      edges: [],
      tree: [
        { left: 0, right: 2, height: 0.2, weight: 0.5 },
        { left: 3, right: 1, height: 0.4, weight: 0.5 },
      ],
      calibration: { samples: 6, perClass: [2, 2, 2] },
      layers: lasso!.layers.slice(0, 1),
    };
    const parts = [
      part('lasso', { ...reports[2]!, lasso: small }),
      part('inputs', reports[3]!),
      part('heatmap', reports[0]!),
      part('channels', reports[1]!),
    ];
    for (const report of [...reports, croppedReport(), input]) expect(Report.safeParse(report).error).toBeUndefined();
    await fc.assert(
      fc.asyncProperty(fc.oneof(damagedRecord(reports), ...parts), async (text) => {
        writeFileSync(at(RUN_FILES.report), text);
        const outcome = await outcomeOf(text.length, () => readReport(folder));
        if ('refused' in outcome) {
          expect(outcome.refused.code).toBe('store/damaged');
          return;
        }
        const report = outcome.value;
        expect(isBroken(jsonOf(text))).toBe(false);
        const shown = [reportText(report, 'folder', picocolors.createColors(false)), reportMarkdown(report, 'label')];
        expect(shown.join('').length).toBeLessThan(20 * text.length + 200_000);
        const view = await readRunView(folder);
        expect(compareRuns([view, view]).points).toHaveLength(view.report && report.stages.length > 0 ? 2 : 0);
        for (const { name } of report.layers.slice(0, 3)) {
          for (const read of [readMask, readCoefficients]) {
            const made = await outcomeOf<unknown>(text.length, () => read(view, name));
            expect('refused' in made ? made.refused.code : made.value).toBe('refused' in made ? 'store/unsafe-layer' : null);
          }
        }
      }),
      runs('run-report'),
    );
  },
  PATIENCE,
);

test(
  'checkpoint.bin',
  async () => {
    const report = lassoReport();
    const layer = () => ({ weights: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(1, 2), mask: Uint8Array.of(1, 0, 1, 0) });
    const norm = {
      weights: Float32Array.of(1),
      bias: Float32Array.of(0),
      mask: Uint8Array.of(1),
      mean: Float32Array.of(0),
      variance: Float32Array.of(1),
    };
    const checkpoint: Checkpoint = {
      facts: {
        configHash: 'abcdef',
        phase: 'train',
        epoch: 2,
        history: report.history.slice(0, 1),
        stages: report.stages.slice(0, 1).map(({ latencyMs: _, ...stage }) => stage),
        floors: [{ layer: 'a', kind: 'layer', floor: 1, held: 0 }],
        sampling: null,
        rebuilds: 1,
        lasso: null,
        best: { epoch: 1, validationError: 0.5 },
      },
      values: new Map([
        ['a', layer()],
        ['n', norm],
      ]),
      velocities: new Map([['a', { weights: new Float32Array(4), bias: new Float32Array(2) }]]),
      bestValues: new Map([['a', layer()]]),
      maskedValues: null,
      statistics: new Map([['f', Float64Array.of(1, 2)]]),
    };
    const file = at(RUN_FILES.checkpoint);
    await writeCheckpoint(file, checkpoint);
    const good = readFileSync(file);
    expect(await readCheckpoint(file, 'abcdef')).toEqual(checkpoint);

    const withDigest = (body: Buffer) => Buffer.concat([body, createHash('sha256').update(body).digest()]);
    const headerEnd = 12 + good.readUInt32LE(8);
    const arrays = good.subarray(headerEnd, -32);
    const withHeader = (text: string) => {
      const [header, length] = [Buffer.from(text), Buffer.alloc(4)];
      length.writeUInt32LE(header.length);
      return withDigest(Buffer.concat([good.subarray(0, 8), length, header, arrays]));
    };
    const input = fc.oneof(
      damagedBytes([good]),
      damagedBytes([good.subarray(0, -32)]).map(withDigest),
      damagedJson([jsonOf(good.toString('utf8', 12, headerEnd))]).map(withHeader),
    );
    await fc.assert(
      fc.asyncProperty(input, async (bytes) => {
        writeFileSync(file, bytes);
        const outcome = await outcomeOf(bytes.length, () => readCheckpoint(file, 'abcdef'));
        if ('refused' in outcome) {
          expect(outcome.refused.code).toBe('engine/checkpoint-damaged');
          return;
        }
        const { arrays: named } = jsonOf(bytes.toString('utf8', 12, 12 + bytes.readUInt32LE(8))) as {
          arrays: { type: string; length: number }[];
        };
        const size = named.reduce((sum, { type, length }) => sum + length * { f32: 4, f64: 8, u8: 1 }[type as 'f32' | 'f64' | 'u8'], 0);
        expect(12 + bytes.readUInt32LE(8) + size + 32).toBe(bytes.length);
        const { values, bestValues, velocities, statistics } = outcome.value;
        for (const held of [...values.values(), ...(bestValues?.values() ?? [])]) {
          expect(held.weights).toBeInstanceOf(Float32Array);
          expect(held.mask.length).toBe(held.weights.length);
        }
        for (const { weights, bias } of velocities.values())
          expect([weights, bias].every((array) => array instanceof Float32Array)).toBe(true);
        for (const array of statistics.values()) expect(array).toBeInstanceOf(Float64Array);
        // Without a forger, nothing but what was written.
        const digest = bytes.subarray(-32);
        expect(createHash('sha256').update(bytes.subarray(0, -32)).digest().equals(digest)).toBe(true);
        if (digest.equals(good.subarray(-32))) expect(isDeepStrictEqual(outcome.value, checkpoint)).toBe(true);
      }),
      runs('run-checkpoint'),
    );
  },
  PATIENCE,
);
