import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunView } from '../../../src/shared/view';
import { readCoefficients, readMask } from '../../../src/store/view';
import { coefficients, lassoReport, writeLassoFiles } from '../../fixtures/lassoReport';
import { runRecord } from '../../fixtures/run';

const report = lassoReport();
const first = report.lasso!.layers[0]!;
let folder: string;
let view: RunView;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'view-'));
  writeLassoFiles(folder, report);
  view = { folder, run: runRecord(), state: 'done', experiment: 'lasso', config: null, report, history: [], failure: null };
});
afterEach(() => rm(folder, { recursive: true }));

describe('coefficients of a run', () => {
  test('are read as they were written', async () => {
    const read = await readCoefficients(view, first.layer);
    expect(read).toMatchObject({ rows: 64, cols: 10 });
    expect(read!.values).toEqual(coefficients(first));
  });

  test('of a layer that the report does not know are none, whatever lies there', async () => {
    await writeFile(join(folder, 'other.f32'), new Uint8Array(64 * 10 * 4));
    expect(await readCoefficients(view, '../other')).toBeNull();
    expect(await readCoefficients({ ...view, report: null }, first.layer)).toBeNull();
    expect(await readCoefficients({ ...view, report: { ...report, lasso: null } }, first.layer)).toBeNull();
  });

  test('that are gone, or of another size, are none', async () => {
    const file = join(folder, first.coefficients.file);
    await writeFile(file, new Uint8Array(64 * 10 * 4 - 1));
    expect(await readCoefficients(view, first.layer)).toBeNull();
    await unlink(file);
    expect(await readCoefficients(view, first.layer)).toBeNull();
  });
});

test('the mask of a batch norm is a row of channels', async () => {
  const mask = await readMask(view, first.layer);
  expect(mask).toMatchObject({ rows: 1, cols: 64 });
  expect(mask!.bytes.filter(Boolean)).toHaveLength(first.kept);
  expect(await readMask(view, '../coefficients/bn1')).toBeNull();
});
