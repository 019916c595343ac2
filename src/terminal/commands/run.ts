/** `prune-lab run FILE`: one run, or all runs of a sweep with their comparison. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Outcome } from '../../client/connection';
import type { Queued } from '../../client/queue';
import { configHash } from '../../config/hash';
import type { Variant } from '../../config/sweep';
import { RUN_FILES, RUNS_FOLDER, safeLabel, safeLabels, timeStamp } from '../../shared/ids';
import { assertVacant, createRun } from '../../store/create';
import { effectiveState, readReport, readRun } from '../../store/read';
import { parse, wholeNumber } from '../args';
import { compare, comparisonText, measured, writeComparison, type Compared } from '../compare';
import { execute, exitCode, printResume } from '../execute';
import { colours, fromHere, print, printFailure, printJson, write } from '../io';
import { requireKernels } from '../kernels';
import { EXPERIMENT_OPTIONS, hasErrors, load, printProblems } from '../load';
import type { Shown } from '../progress';
import { reportText } from '../tables';

const command = {
  usage: 'prune-lab run FILE [--out DIR] [--seed N] [--set KEY=VALUE]... [--parallel N] [--json]',
  positionals: ['FILE'],
  options: { ...EXPERIMENT_OPTIONS, out: { type: 'string' }, parallel: { type: 'string' } },
} as const;

type Prepared = Queued & Shown & { variant: Variant };

/** Where sweeps leave their comparison when --out names no folder. */
const SWEEPS_FOLDER = '.prune/sweeps';

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(command, argv);
  const json = values.json ?? false;
  const parallel = values.parallel === undefined ? undefined : wholeNumber(command, 'parallel', values.parallel, 1, 1024);
  const [file] = positionals as [string];
  const loaded = await load(command, file, values);
  const problems = [...loaded.problems, ...loaded.missingData];
  printProblems(file, problems, json, process.stderr);
  if (hasErrors(problems)) return 2;
  const { variants } = loaded;
  const { name } = variants[0]!.experiment;
  for (const { experiment } of variants) requireKernels(experiment.engine.device);
  const out = values.out === undefined ? null : resolve(values.out);
  if (out) await assertVacant(out);

  const runs: Prepared[] = [];
  const names = safeLabels(variants.map(({ label }) => label));
  for (const [i, variant] of variants.entries()) {
    const at = out ? { folder: variants.length > 1 ? join(out, names[i]!) : out } : { root: resolve(RUNS_FOLDER) };
    runs.push(await prepare(variant, file, at, variants.length > 1));
  }
  const executed = await execute(runs, { json, parallel });

  if (runs.length > 1) {
    const folder = out ?? resolve(SWEEPS_FOLDER, `${timeStamp(new Date())}-${safeLabel(name)}`);
    await finishSweep(name, runs, executed.outcomes, folder, json);
  } else if (!json) await finishSingle(runs[0]!, executed.outcomes[0]!);
  return exitCode(executed);
}

async function prepare(variant: Variant, file: string, at: Parameters<typeof createRun>[0]['at'], several: boolean): Promise<Prepared> {
  const { experiment, label } = variant;
  const folder = await createRun({ at, experiment, experimentFile: resolve(file), label, configHash: configHash(experiment) });
  return { variant, folder, runDir: folder, label: several ? label : null, resume: false, ...experiment.engine };
}

/** What is printed after the end of a run that was alone. */
export async function finishSingle(shown: Shown, outcome: Outcome): Promise<void> {
  const folder = fromHere(shown.folder);
  if (outcome.state === 'done') print(`\n${reportText(await readReport(shown.folder), folder, colours)}`);
  else {
    if (outcome.state === 'failed') {
      printFailure(outcome.failure);
      const log = join(shown.folder, RUN_FILES.log);
      // A child that could not begin wrote none.
      if (existsSync(log)) write(`  log: ${fromHere(log)}\n`, process.stderr);
    } else print(colours.yellow('Cancelled.'));
    printResume([shown], [outcome], fromHere);
  }
}

/** The comparison, also of a sweep that was stopped: of what is there. */
async function finishSweep(
  name: string,
  runs: readonly Prepared[],
  outcomes: readonly Outcome[],
  folder: string,
  json: boolean,
): Promise<void> {
  const compared: Compared[] = [];
  for (const [i, { variant, folder: runFolder }] of runs.entries()) {
    compared.push({
      label: variant.label,
      folder: runFolder,
      state: effectiveState(await readRun(runFolder)),
      seed: variant.experiment.seed,
      values: variant.values,
      report: outcomes[i]!.state === 'done' ? measured(await readReport(runFolder)) : null,
    });
  }
  const comparison = compare(name, compared);
  await writeComparison(folder, comparison);
  if (json) printJson({ type: 'comparison', folder, ...comparison });
  else {
    print(`\n${comparisonText(comparison, colours)}\n\nComparison: ${fromHere(folder)}`);
    printResume(runs, outcomes, fromHere);
  }
}
