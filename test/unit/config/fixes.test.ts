import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findMissingData } from '../../../src/config/missingData';
import { parseExperiment, parseInSteps } from '../../../src/config/parse';
import { edited, writeAt, type Path, type Problem } from '../../../src/config/problems';
import { readTree, toValue } from '../../../src/config/tree';

const HEAD = '"data": { "name": "digits" }, "train": { "epochs": 20, "learningRate": 0.1 }';
const mended = (text: string, { fixes }: Problem, title: string) => edited(text, fixes.find((fix) => fix.title === title)!.edit);
const valueOf = (text: string) => toValue(readTree(text).tree!);
const only = (text: string, code: string) => parseExperiment(text).problems.find((problem) => problem.code === code)!;

describe('a sweep of one value', () => {
  it('is written in its place', () => {
    const text = `{ ${HEAD}, "prune": { "method": "wls", "keep": 0.1 }, "sweep": { "prune.keep": [0.2], "seed": [1, 2] } }`;
    const after = mended(text, only(text, 'config/sweep-one-value'), 'Write 0.2 at prune.keep');
    expect(after).toBe(`{ ${HEAD}, "prune": { "method": "wls", "keep": 0.2 }, "sweep": { "seed": [1, 2] } }`);
    expect(parseExperiment(after).problems).toEqual([]);
  });
  it('takes the sweep away with it, and makes the objects that are missing', () => {
    const text = `{\n  ${HEAD},\n  "prune": { "method": "wls", "keep": 0.1 },\n  "sweep": { "prune.criterion.screening.norm": ["rank"] }\n}`;
    const after = mended(text, only(text, 'config/sweep-one-value'), 'Write "rank" at prune.criterion.screening.norm');
    expect(after).toBe(`{\n  ${HEAD},\n  "prune": { "method": "wls", "keep": 0.1, "criterion": {"screening":{"norm":"rank"}} }\n}`);
    expect(parseExperiment(after).problems).toEqual([]);
  });
  it('before the place that it goes to', () => {
    const text = `{\n  "sweep": { "seed": [3] },\n  ${HEAD}\n}`;
    const after = mended(text, only(text, 'config/sweep-one-value'), 'Write 3 at seed');
    expect(after).toBe(`{\n  ${HEAD},\n  "seed": 3\n}`);
  });
});

describe('a pattern that matches no layer', () => {
  it('offers each layer, the nearest first', () => {
    const text = `{ ${HEAD}, "prune": { "method": "wls", "keep": 0.1, "layers": ["f3c"] } }`;
    const problem = only(text, 'config/pattern-no-match');
    expect(problem.fixes.map(({ title }) => title)).toEqual(['Change to "fc3"', 'Change to "fc1"', 'Change to "fc2"']);
    for (const { title } of problem.fixes) expect(parseExperiment(mended(text, problem, title)).problems).toEqual([]);
  });
});

describe('a percentage, and a key of other letters', () => {
  it.each([
    [`"prune": { "method": "wls", "keep": 5 }`, 'config/unit', 'Write 0.05'],
    [`"prune": { "method": "wls", "keep": "5%" }`, 'config/unit', 'Write 0.05'],
    [`"prune": { "method": "wls", "kep": 0.1, "keep": 0.1 }`, 'config/unknown-key', 'Remove "kep"'],
    [`"prune": { "method": "wls", "kep": 0.1 }`, 'config/unknown-key', 'Change to "keep"'],
  ])('%s', (prune, code, title) => {
    const text = `{ ${HEAD}, ${prune} }`;
    expect(parseExperiment(mended(text, only(text, code), title)).problems).toEqual([]);
  });
});

describe('data that is not there', () => {
  const missing = (text: string) => findMissingData(parseExperiment(text), async () => ['/nowhere']);
  it.each([
    ['{ "name": "mnist" }', '{ "name": "mnist", "otherwise": "digits" }'],
    ['{ "name": "mnist", "path": "x" }', '{ "name": "mnist", "otherwise": "digits" }'],
    ['{ "path": "x", "name": "mnist" }', '{ "name": "mnist", "otherwise": "digits" }'],
  ])('%s', async (data, after) => {
    const text = `{ "data": ${data}, "train": { "epochs": 20, "learningRate": 0.1 } }`;
    const [problem] = await missing(text);
    const mendedText = mended(text, problem!, 'Use the built-in digits instead');
    expect(mendedText).toBe(text.replace(data, after));
    expect(await missing(mendedText)).toEqual([]);
  });
  it('offers nothing where the sweep names it', async () => {
    const text = `{ ${HEAD}, "sweep": { "data.name": ["digits", "mnist"] } }`;
    expect((await missing(text)).map(({ fixes }) => fixes)).toEqual([[]]);
  });
});

describe('writeAt', () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const json = fc.object({ key, maxDepth: 2, values: [fc.integer()] });
  const path = fc.array(key, { minLength: 1, maxLength: 4 });
  const at = (value: unknown, way: Path) => way.reduce<unknown>((here, part) => (here as Record<string, unknown>)[part], value);

  it('leaves a text whose value has the written one at its place', () => {
    fc.assert(
      fc.property(json, path, fc.integer(), fc.constantFrom(0, 2, '\t'), (object, way, value, indent) => {
        const text = JSON.stringify(object, null, indent);
        const edit = writeAt(text, readTree(text).tree, way, value);
        if (!edit) return;
        const { tree, errors } = readTree(edited(text, edit));
        expect(errors).toEqual([]);
        expect(at(toValue(tree!), way)).toBe(value);
      }),
    );
  });
  it('keeps to the layout and to a trailing comma', () => {
    const text = '{\r\n    "a": 1, // one\r\n}';
    const after = edited(text, writeAt(text, readTree(text).tree, ['b', 'c'], true)!);
    expect(after).toBe('{\r\n    "a": 1,\r\n    "b": {"c":true}, // one\r\n}');
    expect(valueOf(after)).toEqual({ a: 1, b: { c: true } });
  });
  it('gives up where there is no object', () => {
    expect(writeAt('[]', readTree('[]').tree, ['a'], 1)).toBeNull();
    expect(writeAt('', undefined, ['a'], 1)).toBeNull();
    expect(writeAt('{"a": 1}', readTree('{"a": 1}').tree, ['a', 'b'], 1)).toBeNull();
  });
});

describe('parseInSteps', () => {
  it('finds the same, and lets others go on between', async () => {
    const values = Array.from({ length: 300 }, (_, i) => i + 1);
    const text = `{ ${HEAD}, "prune": { "method": "wls", "keep": 2 }, "sweep": { "train.batch": [${values.join(', ')}] } }`;
    let turns = 0;
    const count = setInterval(() => turns++, 0);
    const { problems } = await parseInSteps(text, 1);
    clearInterval(count);
    expect(problems).toEqual(parseExperiment(text).problems);
    expect(turns).toBeGreaterThan(0);
  });
});
