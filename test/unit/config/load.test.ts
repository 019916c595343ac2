import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { loadExperiment } from '../../../src/config/load';
import { overridesOf } from '../../../src/config/overrides';
import { parseExperiment } from '../../../src/config/parse';
import { formatProblem } from '../../../src/config/problems';

const folder = mkdtempSync(path.join(tmpdir(), 'prune-lab-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TEXT = `{
  // kept
  "data": { "name": "digits" },
  "train": { "epochs": 4, "learningRate": 0.1 },
  "prune": { "method": "wls", "keep": 0.1 },
  "seeds": [1, 2],
  "sweep": { "prune.keep": [0.1, 0.2], "train.batch": [64, 128] },
}`;

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}
const code = (expected: string) => expect.objectContaining({ name: 'PruneError', code: expected });

describe('loadExperiment', () => {
  it('gives the runs, named after the file', async () => {
    const loaded = await loadExperiment(write('small.prune.json', TEXT.replace(/ {2}"s.*\n/g, '')));
    expect(loaded).toMatchObject({
      problems: [],
      file: { prune: { keep: 0.1 } },
      variants: [{ label: 'small', experiment: { name: 'small', seed: 0 } }],
    });
  });
  it('applies overrides', async () => {
    const { variants, problems } = await loadExperiment(write('sweep.prune.json', TEXT), { sets: ['prune.keep=0.3'], seed: 9 });
    expect(problems).toEqual([]);
    expect(variants.map((v) => [v.label, v.experiment.seed, v.experiment.prune])).toMatchObject([
      ['batch=64', 9, { keep: 0.3 }],
      ['batch=128', 9, { keep: 0.3 }],
    ]);
  });
  it('gives problems but no runs of a broken file', async () => {
    const loaded = await loadExperiment(
      write('broken.prune.json', TEXT.replace('"keep": 0.1', '"keep": 5').replace('"prune.keep": [0.1, 0.2], ', '')),
    );
    expect(loaded).toMatchObject({ file: null, variants: [], problems: [{ code: 'config/unit' }] });
  });
  it('tolerates a byte order mark', async () => {
    const { problems, text } = await loadExperiment(write('bom.prune.json', `\uFEFF${TEXT}`));
    expect(problems).toEqual([]);
    expect(text).toBe(TEXT);
  });
  it('refuses what is no experiment file', async () => {
    await expect(loadExperiment(path.join(folder, 'absent.prune.json'))).rejects.toEqual(code('config/not-found'));
    await expect(loadExperiment(path.join(write('a-file', 'x'), 'below.prune.json'))).rejects.toEqual(code('config/not-found'));
    await expect(loadExperiment(folder)).rejects.toEqual(code('config/unreadable'));
    await expect(loadExperiment(write('latin1.prune.json', Uint8Array.of(0x7b, 0xe9, 0x7d)))).rejects.toEqual(code('config/unreadable'));
    await expect(loadExperiment(write('large.prune.json', ' '.repeat(1024 * 1024 + 1)))).rejects.toEqual(code('config/too-large'));
    await expect(loadExperiment(write('set.prune.json', TEXT), { sets: ['prune.keep'] })).rejects.toEqual(code('config/bad-set'));
  });
});

describe('overrides', () => {
  const parsed = (sets: string[], seed?: number, text = TEXT) =>
    parseExperiment(text, overridesOf({ sets, ...(seed !== undefined && { seed }) }));
  const file = (sets: string[], seed?: number) => {
    const { file: resolved, problems } = parsed(sets, seed);
    expect(problems).toEqual([]);
    return resolved!;
  };
  const lines = (text: string, sets: string[], seed?: number) =>
    parsed(sets, seed, text).problems.map((problem) => formatProblem('f', problem).split('\n')[0]);

  it('change what they name and nothing else', () =>
    expect(file(['train.epochs=9'])).toEqual({ ...file([]), train: { ...file([]).train, epochs: 9 } }));
  it('are JSON, and else strings', () => {
    expect(file(['model={"name":"mlp","hidden":[5]}', 'measure.dense=twin', 'train.nesterov=false', 'name="5"'])).toMatchObject({
      name: '5',
      model: { hidden: [5] },
      measure: { dense: 'twin' },
      train: { nesterov: false },
    });
  });
  it('make the objects on the way', () =>
    expect(file(['prune.criterion.screening.norm=rank']).prune).toMatchObject({ criterion: { screening: { norm: 'rank' } } }));
  it('take the place of a sweep over the same key', () => {
    const { prune, sweep } = file(['prune.keep=0.4']);
    expect(prune).toMatchObject({ keep: 0.4 });
    expect(sweep).toEqual({ 'train.batch': [64, 128] });
  });
  it('set a sweep by its dotted key', () => expect(file(['sweep.prune.keep=[0.5,0.6]']).sweep).toMatchObject({ 'prune.keep': [0.5, 0.6] }));
  it.each([
    [['seed=5'], undefined],
    [[], 5],
    [['seed=4'], 5],
    [['sweep.seed=[1,2]'], 5],
  ])('a seed takes the place of all seeds: %j %j', (sets, seed) => {
    const resolved = file(sets, seed);
    expect(resolved).toMatchObject({ seed: 5, sweep: { 'prune.keep': [0.1, 0.2], 'train.batch': [64, 128] } });
    expect(resolved.seeds).toBeUndefined();
    expect(resolved.sweep).not.toHaveProperty('seed');
  });
  it('seeds take the place of a seed', () => {
    expect(file(['seed=3', 'seeds=[7,8]'])).toMatchObject({ seeds: [7, 8] });
    expect(file(['seed=3', 'seeds=[7,8]']).seed).toBeUndefined();
    expect(file(['sweep.seed=[7,8]']).seeds).toBeUndefined();
  });
  it.each(['', '=', 'keep', '=5', 'prune..keep=5', 'prune.=5', 'prune.keep=', 'train.epochs.x=5', 'seeds.0=5'])(
    'refuses --set %j',
    (set) => {
      expect(() => parsed([set])).toThrowError(code('config/bad-set'));
    },
  );
  it('of a sweep that is no list under a name that objects have are a fault like any other', () => {
    const { problems } = parsed(['sweep.__proto__=null'], undefined, TEXT);
    expect(problems.map((problem) => problem.code)).toContain('config/sweep-unknown-key');
  });

  it('throw nothing else, whatever they are', () => {
    const part = fc.constantFrom('prune', 'keep', 'seeds', '0', 'sweep', 'x', '__proto__', 'constructor', '', ' ', '-1');
    const set = fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.oneof(fc.json(), fc.string()))
      .map(([parts, value]) => `${parts.join('.')}=${value}`);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(set, fc.string()), { maxLength: 4 }),
        fc.constantFrom(TEXT, '{}', '[]', '5', '', '{ "prune": null }'),
        (sets, text) => {
          try {
            const { problems } = parsed(sets, undefined, text);
            // What an option brought must be mended there: there is no place in the file, and no edit of it that would help.
            for (const { from, range, fixes } of problems)
              if (from !== undefined)
                expect([range.offset, range.length, fixes, sets]).toEqual([
                  0,
                  0,
                  [],
                  expect.arrayContaining([from.slice('--set '.length)]),
                ]);
          } catch (error) {
            expect(error).toEqual(code('config/bad-set'));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  const PLAIN = TEXT.replace(/ {2}"s.*\n/g, '');
  it.each([
    ['an unknown key', ['prune.keeps=0.4'], ['--set prune.keeps=0.4 error config/unknown-key: There is no key prune.keeps.']],
    ['a wrong value', ['prune.keep=40'], ['--set prune.keep=40 error config/unit: prune.keep is 40, but a keep fraction lies in (0, 1].']],
    [
      'the last of two',
      ['prune.keep=40', 'prune.keep=50'],
      ['--set prune.keep=50 error config/unit: prune.keep is 50, but a keep fraction lies in (0, 1].'],
    ],
    [
      'a key that is missing from an object it made',
      ['fineTune.epochs=2'],
      ['--set fineTune.epochs=2 error config/missing-key: fineTune.learningRate is missing.'],
    ],
    [
      'a key that is missing from an object it replaced',
      ['train={"epochs":2}'],
      ['--set train={"epochs":2} error config/missing-key: train.learningRate is missing.'],
    ],
    [
      'one value of a sweep',
      ['sweep.prune.keep=[0.5,50]'],
      ['--set sweep.prune.keep=[0.5,50] error config/sweep-value: prune.keep is 50, but a keep fraction lies in (0, 1].'],
    ],
    [
      'a key of the file that it made useless',
      ['prune.method=none'],
      ['f:5:31 error config/no-effect: prune.keep has no effect where prune.method is "none"; it belongs to all others.'],
    ],
  ])('say where the fault is: %s', (_, sets, expected) => expect(lines(PLAIN, sets)).toEqual(expected));
  it('leave other problems where they are in the file', () => {
    const text = PLAIN.replace('"epochs"', '"epoch"');
    expect(lines(text, ['prune.criterion.lambda=0.3', 'name=x'])).toEqual(lines(text, []));
  });
  it('say what is wrong with a seed', () =>
    expect(lines(PLAIN, [], -1)).toEqual([
      '--seed -1 error config/out-of-range: seed is -1, but it must be a whole number from 0 to 2147483647.',
    ]));
  it('do not hide that the text is no JSON', () =>
    expect(parsed(['seed=1'], 2, '{ "a": ').problems).toMatchObject([{ code: 'config/syntax' }]));
});
