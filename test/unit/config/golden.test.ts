import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../../src/config/load';
import { formatProblem, type Problem } from '../../../src/config/problems';

const BROKEN = path.join(__dirname, '../../fixtures/broken');
const GOLDEN = path.join(__dirname, '../../golden/config');

/** As the terminal prints it, with the text that is underlined and what each fix would write. */
function printed(file: string, text: string, problems: readonly Problem[]): string {
  return problems
    .map((problem) => {
      const { offset, length } = problem.range;
      const marked = text.slice(offset, offset + length);
      const fixes = problem.fixes.map(
        ({ title, edit }) =>
          `  fix: ${title}: ${JSON.stringify(text.slice(edit.offset, edit.offset + edit.length))} -> ${JSON.stringify(edit.text)}\n`,
      );
      return `${formatProblem(file, problem)}\n  at: ${JSON.stringify(marked)}\n${fixes.join('')}`;
    })
    .join('');
}

describe('broken experiment files', () => {
  it.each(readdirSync(BROKEN))('%s', async (file) => {
    const { problems, text, variants } = await loadExperiment(path.join(BROKEN, file));
    expect(problems.length).toBeGreaterThan(0);
    if (problems.some((problem) => problem.severity === 'error')) expect(variants).toEqual([]);
    await expect(printed(file, text, problems)).toMatchFileSnapshot(path.join(GOLDEN, file.replace('.prune.json', '.txt')));
  });
});
