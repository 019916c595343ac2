/** The text of an experiment file as an experiment, with everything that is wrong in it. */
import type { Node } from 'jsonc-parser';
import { check } from './checks';
import { findingsOf, valueAt } from './issues';
import { applyOverrides, overrideOf, type Override } from './overrides';
import { Locator, MOST_PROBLEMS, nodeAt, show, type Finding, type Path, type Problem } from './problems';
import { Experiment, ExperimentFile } from './schema';
import { choices, withValues, type WrittenExperiment } from './sweep';
import { checkSweep, settle, type RunFindings } from './sweepChecks';
import { syntaxProblem } from './syntax';
import { duplicateKeys, readTree, toValue } from './tree';

export interface Parsed {
  /** For positions; also there, as far as it goes, where the text is wrong. */
  tree: Node | undefined;
  /** With the defaults filled in; null where there is an error. Where a sweep gives a key that is missing itself, its first value is in it. */
  file: ExperimentFile | null;
  /** As it is written, overrides applied: what expandExperiment takes. null where there is an error. */
  written: WrittenExperiment | null;
  /** In order of place. */
  problems: Problem[];
  /** Puts what a later check finds in its place. */
  problemOf: (finding: Finding) => Problem;
}

/** Keys of the file that a single run does not have, or has in another form. */
const FILE_KEYS: readonly unknown[] = ['$schema', 'name', 'seed', 'seeds', 'sweep'];

/** @throws PruneError config/bad-set for an override that leads nowhere; nothing else, whatever the text is */
export function parseExperiment(text: string, overrides: readonly Override[] = []): Parsed {
  const steps = parsing(text, overrides);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** The same in short steps with pauses between, for the editor's thread: a sweep may have thousands of runs to look at. */
export async function parseInSteps(text: string, stepMs = 8): Promise<Parsed> {
  const steps = parsing(text, []);
  let step = steps.next();
  for (let since = performance.now(); !step.done; step = steps.next()) {
    if (performance.now() - since < stepMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  }
  return step.value;
}

function* parsing(text: string, overrides: readonly Override[]): Generator<void, Parsed> {
  const { tree, errors, tooDeepAt } = readTree(text);
  const locator = new Locator(text, tree);
  const syntax = syntaxProblem(text, errors, tooDeepAt, locator);
  const none = { tree, file: null, written: null };
  if (syntax || !tree) return { ...none, problems: syntax ? [syntax] : [], problemOf: (finding) => locator.problem(finding) };

  const written = applyOverrides(toValue(tree), overrides);
  const problemOf = (finding: Finding): Problem => {
    const path = longestWritten(written, finding.path);
    const override = overrideOf(path, overrides, nodeAt(tree, path) !== undefined);
    return override ? locator.problemFrom(override.option, finding) : locator.problem(finding);
  };
  const findings = yield* findingsIn(written);
  const errorsFirst = ['error', 'warning'].flatMap((severity) => findings.filter((finding) => finding.severity === severity));
  const problems = [...duplicates(tree, locator), ...errorsFirst.slice(0, MOST_PROBLEMS).map(problemOf)];
  problems.sort((a, b) => a.range.offset - b.range.offset);
  if (problems.some((problem) => problem.severity === 'error')) return { ...none, problems, problemOf };
  return { tree, file: resolved(written as WrittenExperiment), written: written as WrittenExperiment, problems, problemOf };
}

/** The path as far as there is something: all of it, or where a missing key should be. */
function longestWritten(written: unknown, path: Path): Path {
  const isThere = (length: number) => valueAt(written, path.slice(0, length)) !== undefined;
  let length = path.length;
  while (length > 0 && !isThere(length)) length--;
  return path.slice(0, length);
}

/** Pauses after each run of a sweep. */
function* findingsIn(written: unknown): Generator<void, Finding[]> {
  const { error } = ExperimentFile.safeParse(written);
  const issues = error?.issues ?? [];
  const base = findingsOf(issues, written);
  const ofFile = base.filter((finding) => finding.path.length === 0 || FILE_KEYS.includes(finding.path[0]));
  // Without a sound sweep there are no runs to look at.
  if (typeof written !== 'object' || written === null || ofFile.length > 0) return base;
  const file = written as WrittenExperiment;
  const sweep = checkSweep(file);
  if (sweep.some((finding) => ['config/sweep-unknown-key', 'config/too-many-runs', 'config/out-of-range'].includes(finding.code)))
    return [...base, ...sweep];

  // A seed is as good as another: the schema has checked them.
  const runs: RunFindings[] = [];
  for (const { values } of choices({ sweep: file.sweep })) {
    runs.push({ values, findings: findingsOfRun(withValues(file, values)) });
    yield;
  }
  return [
    ...sweep,
    ...settle(
      runs,
      error ? base : check(written, Experiment.parse({ ...withValues(file, {}), name: '' })),
      file.sweep ?? {},
      (path) => valueAt(written, path) !== undefined,
    ),
  ];
}

function findingsOfRun(run: Record<string, unknown>): Finding[] {
  const { data, error } = Experiment.safeParse({ ...run, name: '' });
  return data ? check(run, data) : findingsOf(error.issues, run);
}

function resolved(written: WrittenExperiment): ExperimentFile {
  const [first] = choices(written);
  const { seed, ...run } = withValues(written, first!.values);
  const { $schema, sweep, seeds } = written;
  return ExperimentFile.parse({ ...run, ...(written.seed !== undefined && { seed }), $schema, sweep, seeds });
}

function duplicates(tree: Node, locator: Locator): Problem[] {
  return duplicateKeys(tree)
    .slice(0, MOST_PROBLEMS)
    .map(({ path, property }) => {
      const key = property.children![0]!;
      return {
        code: 'config/duplicate-key',
        severity: 'error',
        path,
        message: `${show(key.value)} is written twice in the same object; only the last one would count.`,
        remedy: 'Remove one of them.',
        range: locator.range(key.offset, key.length),
        fixes: [{ title: 'Remove this one', edit: locator.removal(property) }],
      };
    });
}
