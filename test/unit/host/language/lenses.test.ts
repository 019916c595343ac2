import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../../src/config/parse';
import { COMMANDS } from '../../../../src/host/contract';
import { lensesOf, type RunFacts } from '../../../../src/host/language/lenses';

const NONE: RunFacts = { canRun: true, active: [], last: null };
const LAST = { folder: '/w/.prune/runs/1', error: 0.0158, kept: 11_457, total: 266_200, unit: 'weights' as const };
const START: readonly string[] = [COMMANDS.pruneModel, COMMANDS.dryRun, COMMANDS.runAll];

const TEXT = `// lenses
{
  "data": { "name": "digits" },
  "train": { "epochs": 40, "learningRate": 0.1 },
  "prune": { "method": "wls", "keep": 0.1 },
  "seeds": [1, 2, 3],
  "sweep": { "prune.criterion.lambda": [0.2, 0.4, 0.6], "prune.keep": [0.05, 0.1] }
}`;
const lenses = (text: string, facts: Partial<RunFacts> = {}) => lensesOf(parseExperiment(text), { ...NONE, ...facts });
const told = (text: string, facts: Partial<RunFacts> = {}) =>
  lenses(text, facts).map(({ offset, length, title, command, args, ofFile }) => [
    text.slice(offset, offset + length),
    title,
    command,
    ...(ofFile ? ['FILE'] : []),
    ...args,
  ]);

describe('lensesOf', () => {
  it('starts runs at the root, the sweep and the seeds', () => {
    expect(told(TEXT, { last: LAST })).toEqual([
      ['{', '▷ Prune model', COMMANDS.pruneModel, 'FILE'],
      ['{', 'Dry run', COMMANDS.dryRun, 'FILE'],
      ['{', 'last: 1.58% · 23× fewer', COMMANDS.showResult, LAST.folder],
      ['"sweep"', 'Run 18 variants', COMMANDS.runAll, 'FILE'],
      ['"seeds"', 'Run 3 seeds', COMMANDS.pruneModel, 'FILE', { seeds: [1, 2, 3] }],
    ]);
  });

  it('says nothing of variants where there is one', () => {
    expect(told(TEXT.replace(/,\s*"seeds"[^}]*\}/, '')).map(([, title]) => title)).toEqual(['▷ Prune model', 'Dry run']);
  });

  it('shows a run that goes on in place of all others', () => {
    const active: RunFacts['active'] = [{ folder: '/r', state: 'running', progress: 'epoch 12/40' }];
    expect(told(TEXT, { active, last: LAST })).toEqual([
      ['{', '$(sync~spin) running: epoch 12/40', COMMANDS.showResult, '/r'],
      ['{', 'Cancel', COMMANDS.cancelRun, '/r'],
      ['{', 'Show', COMMANDS.showResult, '/r'],
    ]);
  });

  it('counts those that wait', () => {
    const queued = (folder: string) => ({ folder, state: 'queued' as const, progress: '' });
    const active = [{ folder: '/r1', state: 'running' as const, progress: 'twin epoch 1/5' }, queued('/r2'), queued('/r3')];
    expect(told(TEXT, { active })).toEqual([
      ['{', '$(sync~spin) running: twin epoch 1/5 · 2 more', COMMANDS.showResult, '/r1'],
      ['{', 'Cancel all', COMMANDS.cancelRun, ['/r1', '/r2', '/r3']],
      ['{', 'Show', COMMANDS.showResult, '/r1'],
    ]);
    expect(told(TEXT, { active: [queued('/r2')] })[0]![1]).toBe('$(clock) queued');
  });

  it('starts nothing where the text has errors or is not trusted, but shows the last run', () => {
    const last = [['{', 'last: 1.58% · 23× fewer', COMMANDS.showResult, LAST.folder]];
    expect(told(TEXT.replace('"digits"', '"digit"'), { last: LAST })).toEqual(last);
    expect(told(TEXT, { canRun: false, last: LAST })).toEqual(last);
  });

  it('leaves a warning alone', () => {
    const text = TEXT.replace(/"seeds".*\n/, '').replace(/\{ "prune.crit.*\}/, '{ "prune.keep": [0.1] }');
    expect(parseExperiment(text).problems.map(({ severity }) => severity)).toEqual(['warning']);
    expect(told(text).map(([, title]) => title)).toEqual(['▷ Prune model', 'Dry run']);
  });

  it.each([
    [{ error: 0.0158, kept: 100, total: 100 }, 'last: 1.58%'],
    [{ error: 0.5, kept: 0, total: 100 }, 'last: 50.00%'],
    [{ error: 0.02, kept: 40, total: 100 }, 'last: 2.00% · 2.5× fewer'],
    [{ error: 0, kept: 10, total: 100 }, 'last: 0.00% · 10× fewer'],
  ])('%o: %s', (summary, title) => {
    expect(lenses(TEXT, { last: { folder: '/r', unit: 'weights', ...summary } })[2]!.title).toBe(title);
  });

  it('counts channels of a run that cut channels', () => {
    const last = { folder: '/r', error: 0.0795, kept: 4845, total: 12_112, unit: 'channels' as const };
    expect(lenses(TEXT, { last })[2]).toMatchObject({
      title: 'last: 7.95% · 2.5× fewer channels',
      tooltip: 'Shows the result: test error 7.95%, 4845 of 12112 channels left',
    });
  });

  it('counts inputs of a run that selected them', () => {
    const last = { folder: '/r', error: 0.0187, kept: 196, total: 784, unit: 'inputs' as const };
    expect(lenses(TEXT, { last })[2]).toMatchObject({
      title: 'last: 1.87% · 4× fewer inputs',
      tooltip: 'Shows the result: test error 1.87%, 196 of 784 inputs left',
    });
  });

  const facts = fc.record({
    canRun: fc.boolean(),
    active: fc.array(
      fc.record({ folder: fc.string(), state: fc.constantFrom('queued' as const, 'running' as const), progress: fc.string() }),
      { maxLength: 2 },
    ),
    last: fc.constantFrom(null, LAST),
  });
  /** The text with a piece taken out and another put in. */
  const broken = fc
    .tuple(
      fc.nat(TEXT.length),
      fc.nat(20),
      fc.oneof(fc.constantFrom('', '"', '{', '}', ',', '"sweep": 3', '"seeds": [1]', '/*'), fc.string()),
    )
    .map(([at, length, piece]) => TEXT.slice(0, at) + piece + TEXT.slice(at + length));

  it('stands on a key or the first bracket, whatever the text is, and starts no run of a text with errors', () => {
    fc.assert(
      fc.property(fc.oneof(broken, fc.string(), fc.constant(TEXT)), facts, (text, runs) => {
        const parsed = parseExperiment(text);
        const found = lensesOf(parsed, runs);
        for (const { offset, length } of found) expect(['{', '"sweep"', '"seeds"']).toContain(text.slice(offset, offset + length));
        const starts = found.filter(({ command }) => START.includes(command));
        const isRunnable = runs.canRun && runs.active.length === 0 && !parsed.problems.some(({ severity }) => severity === 'error');
        expect(starts.length > 0).toBe(isRunnable);
        if (runs.active.length > 0 && parsed.tree?.type === 'object') expect(found).toHaveLength(3);
      }),
      { numRuns: 300 },
    );
  });
});
