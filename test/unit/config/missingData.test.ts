import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findMissingData } from '../../../src/config/missingData';
import { overridesOf } from '../../../src/config/overrides';
import { parseExperiment } from '../../../src/config/parse';
import { namesOf, PARTS, searched, searchedInVain } from '../../../src/engine/data/locate';

const folder = mkdtempSync(path.join(tmpdir(), 'prune-lab-data-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(path.join(folder, 'full'));
for (const part of PARTS) writeFileSync(path.join(folder, 'full', namesOf(part)[0]!), '');

mkdirSync(path.join(folder, 'hundred'));
for (const name of ['train.bin', 'test.bin']) writeFileSync(path.join(folder, 'hundred', name), '');

/** The data room's own search, as the terminal and the editor ask it. */
const options = {
  experimentDir: folder,
  env: { PRUNE_LAB_DATA: path.join(folder, 'none'), XDG_CACHE_HOME: path.join(folder, 'cache'), HOME: folder, LOCALAPPDATA: folder },
};
const missing = async (data: object, rest: object = {}, sets: string[] = []) => {
  const text = JSON.stringify({ data, train: { epochs: 2, learningRate: 0.1 }, ...rest }, null, 2);
  const parsed = parseExperiment(text, overridesOf({ sets }));
  expect(parsed.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const problems = await findMissingData(parsed, searchedInVain(options));
  return problems.map(({ code, path: at, message, range, from, fixes }) => ({
    code,
    at: at.join('/'),
    marked: text.slice(range.offset, range.offset + range.length),
    message,
    from,
    fixes: fixes.map(({ title }) => title),
  }));
};

describe('findMissingData', () => {
  it('asks nothing of the built-in set, nor where it may step in', async () => {
    expect(await missing({ name: 'digits' })).toEqual([]);
    expect(await missing({ name: 'mnist', otherwise: 'digits' })).toEqual([]);
  });
  it('looks for CIFAR as for MNIST, and there is nothing to draw instead', async () => {
    expect(await missing({ name: 'cifar-10' })).toMatchObject([{ at: 'data/name', marked: '"cifar-10"', fixes: [] }]);
    expect(await missing({ name: 'cifar-100', path: 'full' })).toMatchObject([{ at: 'data/path', marked: '"full"', fixes: [] }]);
    expect(await missing({ name: 'cifar-100', path: 'hundred' })).toEqual([]);
    expect((await missing({ name: 'mnist' }))[0]!.fixes).toHaveLength(1);
  });
  it('marks a folder of images, and each NumPy file, that is not there', async () => {
    expect(await missing({ name: 'images', path: 'full' })).toEqual([]);
    expect(await missing({ name: 'images', path: 'photos' })).toMatchObject([
      { at: 'data/path', marked: '"photos"', message: `There is no folder ${path.join(folder, 'photos')}.` },
    ]);
    expect(await missing({ name: 'images', path: 'hundred/train.bin' })).toMatchObject([{ at: 'data/path' }]);
    const npy = { name: 'npy', images: 'hundred/train.bin', labels: 'y.npy', testImages: 'hundred/test.bin', testLabels: 'full' };
    expect(await missing(npy)).toMatchObject([
      { at: 'data/labels', marked: '"y.npy"', message: `There is no file ${path.join(folder, 'y.npy')}.` },
      { at: 'data/testLabels', marked: '"full"' },
    ]);
    expect(
      await missing({ ...npy, testLabels: 'hundred/test.bin' }, { sweep: { 'data.labels': ['a.npy', 'hundred/test.bin'] } }),
    ).toMatchObject([{ at: 'sweep/data.labels/0', marked: '"a.npy"' }]);
  });
  it('finds what is there', async () => expect(await missing({ name: 'mnist', path: 'full' })).toEqual([]));
  it('marks the path that has no data', async () => {
    expect(await missing({ name: 'mnist', path: 'fulll' })).toEqual([
      {
        code: 'config/data-not-found',
        at: 'data/path',
        marked: '"fulll"',
        message: `The files of mnist are not in ${path.join(folder, 'fulll')}.`,
        from: undefined,
        fixes: ['Use the built-in digits instead'],
      },
    ]);
  });
  it('marks the name where no path is given, and names every folder that was searched', async () => {
    const [problem, ...others] = await missing({ name: 'fashion-mnist' });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ at: 'data/name', marked: '"fashion-mnist"' });
    for (const place of searched('fashion-mnist', undefined, options)) expect(problem!.message).toContain(place.folder);
  });
  it('marks the swept values without data, each once', async () => {
    const sweep = { 'data.name': ['mnist', 'digits', 'fashion-mnist'], 'train.batch': [32, 64] };
    expect(await missing({ name: 'digits' }, { sweep })).toMatchObject([
      { at: 'sweep/data.name/0', marked: '"mnist"' },
      { at: 'sweep/data.name/2', marked: '"fashion-mnist"' },
    ]);
    expect(await missing({ name: 'mnist' }, { sweep: { 'data.path': ['full', 'gone'] } })).toMatchObject([
      { at: 'sweep/data.path/1', marked: '"gone"' },
    ]);
  });
  it('says which option named it', async () => {
    expect(await missing({ name: 'digits' }, {}, ['data.name=mnist'])).toMatchObject([{ from: '--set data.name=mnist' }]);
  });
  it('leaves a file with errors alone', async () => {
    const asked: string[] = [];
    expect(
      await findMissingData(parseExperiment('{ "data": { "name": "mnist" } }'), async (name) => {
        asked.push(name);
        return ['x'];
      }),
    ).toEqual([]);
    expect(asked).toEqual([]);
  });
});
