/** `prune-lab show RUN`: a finished run's report, or how far an unfinished one came. */
import { formatFailure } from '../../shared/errors';
import { isActive, type Run, type RunState } from '../../shared/report';
import { effectiveState, readReport, readRun } from '../../store/read';
import { parse } from '../args';
import { findRun } from '../find';
import { colours, fromHere, print, printJson } from '../io';
import { reportText } from '../tables';

const command = { usage: 'prune-lab show RUN [--json]', positionals: ['RUN'], options: { json: { type: 'boolean' } } } as const;

export async function show(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(command, argv);
  const folder = await findRun(positionals[0]!, process.cwd());
  const run = await readRun(folder);
  const state = effectiveState(run);
  const report = state === 'done' ? await readReport(folder) : null;
  if (values.json) printJson({ folder, run: { ...run, state }, report });
  else print(report ? reportText(report, fromHere(folder), colours) : unfinished(run, state, fromHere(folder)));
  return 0;
}

function unfinished(run: Run, state: RunState, folder: string): string {
  return [
    `${colours.bold(run.label)}: ${state}`,
    ...(run.progress ? [`Last completed epoch: ${run.progress.phase} ${run.progress.epoch} of ${run.progress.epochs}`] : []),
    ...(run.failure ? [colours.red(formatFailure(run.failure))] : []),
    `Run folder: ${folder}`,
    ...(isActive({ state }) ? [] : [`Continue it: prune-lab resume ${folder}`]),
  ].join('\n');
}
