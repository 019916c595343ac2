/** Experiment files: whatever the text is, a list of problems with their places, or runs that the schema takes. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadExperiment } from '../../../src/config/load';
import { parseExperiment, type Parsed } from '../../../src/config/parse';
import { formatProblem } from '../../../src/config/problems';
import { Experiment } from '../../../src/config/schema';
import { countRuns, expandExperiment } from '../../../src/config/sweep';
import { toValue, readTree } from '../../../src/config/tree';
import { tempFolders } from '../../fixtures/folders';
import { outcomeOf, PATIENCE, runs } from './inputs';
import { damagedBytes, damagedJson } from './mutations';

const { newFolder } = tempFolders('fuzz-config');

const ROOT = path.join(import.meta.dirname, '../../..');
const texts = ['examples', 'test/fixtures/broken'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith('.prune.json'))
    .map((name) => readFileSync(path.join(ROOT, folder, name), 'utf8')),
);
const values = texts.flatMap((text) => {
  const { tree } = readTree(text);
  return tree && typeof toValue(tree) === 'object' ? [toValue(tree)] : [];
});

function expectSound(text: string, { file, written, problems }: Parsed): void {
  for (const problem of problems) {
    expect(problem.code).toMatch(/^config\/[a-z-]+$/);
    for (const { offset, length } of [problem.range, ...problem.fixes.map(({ edit }) => edit)]) {
      expect(offset).toBeGreaterThanOrEqual(0);
      expect(offset + length).toBeLessThanOrEqual(text.length);
    }
    expect(formatProblem('f', problem).length).toBeLessThan(20_000);
  }
  const isRefused = problems.some(({ severity }) => severity === 'error');
  expect(file === null).toBe(isRefused);
  if (isRefused || countRuns(written!) > 50) return;
  for (const { experiment } of expandExperiment(written!, 'x')) expect(Experiment.safeParse(experiment).success).toBe(true);
}

/** Comments and what a comma too many brings, between the tokens of a text. */
const commented = (text: string, comment: string) => text.replace(/([{,[])/, `$1${comment}`);

test(
  'text',
  async () => {
    const json = damagedJson(values);
    const text = fc.oneof(
      { weight: 6, arbitrary: json },
      {
        weight: 1,
        arbitrary: fc.tuple(json, fc.constantFrom('// a\n', '/* } */', '/*', ',', '\ufeff', '\r')).map(([t, c]) => commented(t, c)),
      },
      { weight: 3, arbitrary: damagedBytes(texts.map((t) => Buffer.from(t))).map((bytes) => bytes.toString('utf8')) },
    );
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        const outcome = await outcomeOf(content.length, () => parseExperiment(content));
        expect(outcome).toHaveProperty('value');
        if ('value' in outcome) expectSound(content, outcome.value);
      }),
      runs('config'),
    );
  },
  PATIENCE,
);

test(
  'bytes of a file',
  async () => {
    const file = path.join(newFolder(), 'x.prune.json');
    await fc.assert(
      fc.asyncProperty(damagedBytes(texts.map((t) => Buffer.from(t))), async (bytes) => {
        writeFileSync(file, bytes);
        const outcome = await outcomeOf(bytes.length, () => loadExperiment(file));
        if ('value' in outcome) expectSound(outcome.value.text, outcome.value);
        else expect(outcome.refused.code).toBe('config/unreadable');
      }),
      runs('config-bytes'),
    );
  },
  PATIENCE,
);
