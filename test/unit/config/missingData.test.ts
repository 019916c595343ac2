import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findMissingData } from '../../../src/config/missingData';
import { overridesOf } from '../../../src/config/overrides';
import { parseExperiment } from '../../../src/config/parse';
import { locateDataset, namesOf, PARTS, searched } from '../../../src/engine/data/locate';

const folder = mkdtempSync(path.join(tmpdir(), 'prune-lab-data-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(path.join(folder, 'full'));
for (const part of PARTS) writeFileSync(path.join(folder, 'full', namesOf(part)[0]!), '');

/** The data room's own search, as the terminal and the editor ask it. */
const options = {
  experimentDir: folder,
  env: { PRUNE_LAB_DATA: path.join(folder, 'none'), XDG_CACHE_HOME: path.join(folder, 'cache'), HOME: folder, LOCALAPPDATA: folder },
};
const missing = async (data: object, rest: object = {}, sets: string[] = []) => {
  const text = JSON.stringify({ data, train: { epochs: 2, learningRate: 0.1 }, ...rest }, null, 2);
  const parsed = parseExperiment(text, overridesOf({ sets }));
  expect(parsed.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const problems = await findMissingData(parsed, async (name, given) =>
    (await locateDataset(name, given, options)) ? [] : searched(name, given, options).map((place) => place.folder),
  );
  return problems.map(({ code, path: at, message, range, from }) => ({
    code,
    at: at.join('/'),
    marked: text.slice(range.offset, range.offset + range.length),
    message,
    from,
  }));
};

describe('findMissingData', () => {
  it('asks nothing of the built-in set, nor where it may step in', async () => {
    expect(await missing({ name: 'digits' })).toEqual([]);
    expect(await missing({ name: 'mnist', otherwise: 'digits' })).toEqual([]);
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
