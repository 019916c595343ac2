/** Layer names that a hostile model or report could have, from the file that is read to the files that are written. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NodeNames } from '../../../src/engine/nn/savedNames';
import { readLayersModel } from '../../../src/engine/nn/saved';
import { writeMasks } from '../../../src/engine/report/masks';
import { RUN_FILES } from '../../../src/shared/ids';
import { layerFile } from '../../../src/store/layerFile';
import { readCoefficients, readMask } from '../../../src/store/view';
import { tempFolders } from '../../fixtures/folders';
import { lassoReport } from '../../fixtures/lassoReport';
import { runRecord } from '../../fixtures/run';
import { edited, type ModelJson } from '../nn/savedFixtures';

const { newFolder } = tempFolders('layer-file');

const HOSTILE = [
  '../../x',
  '..',
  '.',
  '/etc/x',
  'a/b',
  'a\\..\\..\\b',
  'C:\\x',
  'nul',
  'CON.1',
  'inputs',
  'x\0y',
  '\u202e',
  '',
  ' ',
  'ä'.repeat(300),
];
const CONV = 'conv';

function named(model: ModelJson, to: string): void {
  const text = JSON.stringify(model)
    .replaceAll(`"${CONV}"`, JSON.stringify(to))
    .replaceAll(`"${CONV}/`, JSON.stringify(`${to}/`).slice(0, -1));
  Object.assign(model, JSON.parse(text));
}

describe('the masks of a saved model', () => {
  test.each(HOSTILE)('with a layer called %j lie in their folder', async (name) => {
    const { graph, values } = await readLayersModel(edited('cnn', (model) => named(model, name)));
    const top = newFolder();
    const runDir = path.join(top, 'a', 'run');
    const files = await writeMasks(runDir, graph, values);
    expect(readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())).toHaveLength(files.size);
    expect(
      readdirSync(path.join(runDir, RUN_FILES.masks))
        .map((file) => `${RUN_FILES.masks}/${file}`)
        .sort(),
    ).toEqual([...files.values()].sort());
    expect([...files.values()]).not.toContain(RUN_FILES.inputMask);
    for (const [layer, file] of files) expect(readFileSync(path.join(runDir, file))).toHaveLength(values.get(layer)!.mask.length);
  });
});

test('whatever layers are called, each has a file of its own', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE)), { maxLength: 20 }), (layers) => {
      const names = new NodeNames(layers.map((name) => ({ name, className: 'Dense' })));
      const files = layers.map((_, i) => layerFile('masks', names.of(i)).toLowerCase());
      expect(new Set(files).size).toBe(layers.length);
      for (const file of files) expect(path.dirname(path.posix.normalize(file))).toBe(RUN_FILES.masks);
    }),
  );
});

describe('a report with a forged layer name', () => {
  const report = lassoReport();
  const forged = '../../secret';

  test('reads no file elsewhere as coefficients or mask', async () => {
    const top = newFolder();
    const folder = path.join(top, 'run');
    for (const name of [RUN_FILES.masks, RUN_FILES.coefficients]) mkdirSync(path.join(folder, name), { recursive: true });
    const [row] = report.lasso!.layers;
    const { rows, cols } = row!.coefficients;
    writeFileSync(path.join(top, 'secret.f32'), new Uint8Array(rows * cols * 4));
    writeFileSync(path.join(top, 'secret.u8'), new Uint8Array(6));
    const view = {
      ...{ folder, run: runRecord(), state: 'done' as const, experiment: 'forged', config: null, history: [], failure: null },
      report: {
        ...report,
        lasso: { ...report.lasso!, layers: [{ ...row!, layer: forged }] },
        layers: [{ ...report.layers[0]!, name: forged, shape: [2, 3] }],
      },
    };
    await expect(readCoefficients(view, forged)).rejects.toMatchObject({ code: 'store/unsafe-layer' });
    await expect(readMask(view, forged)).rejects.toMatchObject({ code: 'store/unsafe-layer' });
  });
});

test('as many layers as a model may have, all of which want one name, get one each', () => {
  const layers = Array.from({ length: 20_000 }, () => ({ name: '!', className: 'Dense' }));
  const names = new NodeNames(layers);
  expect(new Set(layers.map((_, i) => names.of(i))).size).toBe(layers.length);
});
