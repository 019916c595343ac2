import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/config/parse';
import { edited, type Problem } from '../../../src/config/problems';

const ROOT = path.join(__dirname, '../../..');
const BROKEN = path.join(ROOT, 'test/fixtures/broken');
const EXAMPLES = readdirSync(path.join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.prune.json'),
);
const read = (...parts: string[]) => readFileSync(path.join(...parts), 'utf8');
const problemsOf = (text: string) => parseExperiment(text).problems;

const VALID = `{
  // a comment, and a trailing comma
  "$schema": "x", "name": "all",
  "data": { "name": "digits", "train": 1000, },
  "model": { "name": "mlp", "hidden": [30, 20] },
  "train": { "epochs": 8, "learningRate": 0.1, "schedule": { "name": "step", "at": [0.5] } },
  "prune": { "method": "wls", "keep": 0.1, "criterion": { "lambda": 0.3, "screening": { "norm": "rank" } }, "layers": ["fc*"] },
  "fineTune": { "epochs": 2, "learningRate": 0.01 },
  "seeds": [1, 2],
  "sweep": { "prune.criterion.lambda": [0.1, 0.2] }
}`;

function expectInside(text: string, problems: readonly Problem[]) {
  for (const { range, fixes } of problems) {
    expect(range.offset).toBeGreaterThanOrEqual(0);
    expect(range.offset + range.length).toBeLessThanOrEqual(text.length);
    // The offsets from lines and columns, counted independently.
    const lines = text.split(/(?<=\r\n|\r(?!\n)|\n)/);
    const offset = (line: number, column: number) => lines.slice(0, line - 1).join('').length + column - 1;
    expect([offset(range.line, range.column), offset(range.endLine, range.endColumn)]).toEqual([range.offset, range.offset + range.length]);
    for (const { edit } of fixes) expect(edit.offset + edit.length).toBeLessThanOrEqual(text.length);
  }
}

describe('valid files', () => {
  it('has examples to look at', () => expect(EXAMPLES).toContain('quick.prune.json'));
  it.each(EXAMPLES)('examples/%s has no problems', (name) => expect(problemsOf(read(ROOT, 'examples', name))).toEqual([]));
  it('fills in defaults', () => {
    const { file, problems } = parseExperiment(VALID);
    expect(problems).toEqual([]);
    expect(file).toMatchObject({
      train: { batch: 128, momentum: 0.9 },
      prune: { schedule: { name: 'logistic', end: 0.75 }, floors: { layer: 1, output: 1 } },
    });
  });
  it('lets a sweep give a key that the file itself lacks', () => {
    const { file, problems } = parseExperiment(
      VALID.replace('"keep": 0.1, ', '').replace('"sweep": {', '"sweep": { "prune.keep": [0.2, 0.3],'),
    );
    expect(problems).toEqual([]);
    expect(file!.prune).toMatchObject({ keep: 0.2 });
  });
  it('lets a sweep change the branch of a union', () => {
    const text = VALID.replace(/"criterion": \{.*?\} \}, /, '').replace(
      '"prune.criterion.lambda": [0.1, 0.2]',
      '"prune.method": ["wls", "magnitude", "dsc", "han"]',
    );
    expect(problemsOf(text)).toEqual([]);
  });
});

describe('any text', () => {
  const damaged = fc
    .tuple(
      fc.nat(VALID.length),
      fc.nat(30),
      fc.oneof(fc.string(), fc.constantFrom('{', '[', '"', ',', 'null', '5', '-1', '"x": 1,', '/*', '\r\n', '\r', '"__proto__": {},')),
    )
    .map(([at, length, insert]) => edited(VALID, { offset: at, length: Math.min(length, VALID.length - at), text: insert }));

  it('never throws, and problems lie inside the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          damaged,
          fc.nat(VALID.length).map((n) => VALID.slice(0, n)),
          fc.string({ unit: 'binary' }),
          fc.json(),
        ),
        (text) => {
          const { file, written, problems } = parseExperiment(text);
          expectInside(text, problems);
          const errors = problems.filter((problem) => problem.severity === 'error');
          expect(file === null).toBe(errors.length > 0);
          expect(written === null).toBe(errors.length > 0);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("takes any JSON value in the place of any key's value", () => {
    const places = [...VALID.matchAll(/: (\{[^{}]*\}|\[[^[\]]*\]|"[^"]*"|[\d.]+)/g)].map((match) => ({
      offset: match.index + 2,
      length: match[1]!.length,
    }));
    expect(places.length).toBeGreaterThanOrEqual(15);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
        const text = edited(VALID, { ...place, text: JSON.stringify(value) });
        expectInside(text, problemsOf(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes an object that cannot be made a string where a name decides', () => {
    for (const [name] of VALID.matchAll(/"(?:name|method)": "[^"]*"/g)) {
      const text = VALID.replace(name, `${name.slice(0, name.indexOf(':'))}: { "toString": 0 }`);
      expect(problemsOf(text).some((problem) => problem.severity === 'error')).toBe(true);
    }
  });

  it('checks sweeps of thousands of runs', () => {
    const values = (n: number) => JSON.stringify(Array.from({ length: n }, (_, i) => (i + 1) / 100));
    const text = VALID.replace('[0.1, 0.2]', values(100)).replace('"sweep": {', `"sweep": { "prune.keep": ${values(50)},`);
    expect(problemsOf(text).filter((problem) => problem.severity === 'error')).toEqual([]);
  });

  it('says no more than a person can read of a file that is all wrong', () => {
    const many = (n: number, entry: (i: number) => string) => Array.from({ length: n }, (_, i) => entry(i)).join(',');
    const texts = [
      `{${many(60_000, (i) => `"k${i}":1`)}}`,
      `{${many(100_000, () => '"a":1')}}`,
      VALID.replace('[1, 2]', `[${many(100_000, () => '1')}]`),
      VALID.replace('["fc*"]', `[${many(50_000, (i) => `"x${i}"`)}]`),
      VALID.replace('[0.1, 0.2]', `[${many(9_000, () => '7')}]`),
      VALID.replace('"sweep": {', `"sweep": { ${many(30_000, (i) => `"prune.layerKeep.l${i}": [0.5]`)},`),
    ];
    for (const text of texts) {
      const problems = problemsOf(text);
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.length).toBeLessThanOrEqual(200);
    }
  });

  it('does not lose an error behind many warnings', () => {
    const starts = JSON.stringify(Array.from({ length: 150 }, (_, i) => 0.9 + i / 10_000));
    const text = VALID.replace('"keep": 0.1,', '"keep": 0.1, "schedule": { "name": "linear", "end": 1 },').replace(
      '"prune.criterion.lambda": [0.1, 0.2]',
      `"prune.keep": [0.1, 1e-9], "prune.schedule.start": ${starts}`,
    );
    const { file, problems } = parseExperiment(text);
    expect(problems.filter(({ severity }) => severity === 'warning').length).toBeGreaterThan(50);
    expect(problems.filter(({ severity }) => severity === 'error')).toMatchObject([{ code: 'config/sweep-value' }]);
    expect(file).toBeNull();
  });

  it('is not felled by deep nesting', () => {
    for (const text of ['['.repeat(200_000), '{"a":'.repeat(100_000), `{"sweep": {"${'a.'.repeat(50_000)}": [1, 2]}}`])
      expectInside(text, problemsOf(text));
    expect(problemsOf('['.repeat(200_000))[0]!.code).toBe('config/syntax');
  });

  it('reports __proto__ like any other unknown key', () => {
    const text = VALID.replace('"epochs": 8', '"epochs": 8, "__proto__": { "momentum": 0 }');
    expect(problemsOf(text)).toMatchObject([{ code: 'config/unknown-key', path: ['train', '__proto__'] }]);
  });
});

describe('fixes', () => {
  const same = (a: Problem) => (b: Problem) =>
    a.code === b.code && JSON.stringify(a.path) === JSON.stringify(b.path) && a.message === b.message;
  const count = (problems: readonly Problem[], problem: Problem) => problems.filter(same(problem)).length;

  const cases = readdirSync(BROKEN).flatMap((name) => {
    const text = read(BROKEN, name);
    return problemsOf(text).flatMap((problem) =>
      problem.fixes.map(({ title, edit }) => ({ name: `${name}: ${problem.message} ${title}`, text, problem, edit })),
    );
  });

  it('there are many', () => expect(cases.length).toBeGreaterThan(40));
  it.each(cases)('$name', ({ text, problem, edit }) => {
    const before = problemsOf(text);
    const after = problemsOf(edited(text, edit));
    if (problem.code === 'config/syntax') {
      // Only the first mistake is told, so another may come to light, but further on.
      for (const next of after) if (next.code === 'config/syntax') expect(next.range.offset).toBeGreaterThan(problem.range.offset);
      return;
    }
    expect(after.filter((p) => p.code === 'config/syntax')).toEqual([]);
    expect(count(after, problem)).toBeLessThan(count(before, problem));
  });

  it('removes a property wherever it stands', () => {
    for (const body of [
      '"x": 1',
      '"x": 1,',
      '"dense": "twin", "x": 1',
      '"dense": "twin", "x": 1,',
      '"x": 1, "dense": "twin"',
      '/* a */ "x": 1, // b\n',
    ]) {
      const text = VALID.replace('"model":', `"measure": { ${body} }, "model":`);
      const [problem, ...others] = problemsOf(text);
      expect(others).toEqual([]);
      expect(problem).toMatchObject({ code: 'config/unknown-key', path: ['measure', 'x'] });
      expect(problemsOf(edited(text, problem!.fixes[0]!.edit)), body).toEqual([]);
    }
  });
});
