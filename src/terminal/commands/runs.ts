/** `prune-lab runs`: the runs of this folder, newest first. */
import { basename, join } from 'node:path';
import { RUNS_FOLDER } from '../../shared/ids';
import { percent } from '../../shared/report';
import { effectiveState, listRuns, type Listed } from '../../store/read';
import { parse } from '../args';
import { colours, print, printJson } from '../io';
import { integer } from '../../shared/text';
import { table } from '../text';

const command = { usage: 'prune-lab runs [--json]', positionals: [], options: { json: { type: 'boolean' } } } as const;

export async function runs(argv: readonly string[]): Promise<number> {
  const { values } = parse(command, argv);
  const listed = await listRuns(join(process.cwd(), RUNS_FOLDER));
  if (values.json) {
    for (const entry of listed) printJson(entry.run ? { ...entry, run: { ...entry.run, state: effectiveState(entry.run) } } : entry);
  } else if (!listed.length) print(`No runs in ${RUNS_FOLDER}; start one with \`prune-lab run FILE\`.`);
  else {
    const columns = [
      { title: 'run' },
      { title: 'state' },
      { title: 'test error', align: 'right' },
      { title: 'kept', align: 'right' },
    ] as const;
    print(table(columns, listed.map(row), colours).join('\n'));
  }
  return 0;
}

function row(entry: Listed): string[] {
  if (!entry.run) return [basename(entry.folder), 'damaged', '', ''];
  const { run } = entry;
  const { summary, progress } = run;
  const state = effectiveState(run);
  return [
    run.id,
    state !== 'done' && progress ? `${state}, ${progress.phase} ${progress.epoch}/${progress.epochs}` : state,
    summary ? percent(summary.error) : '',
    summary ? `${integer(summary.kept)} ${summary.unit} (${percent(summary.kept / summary.total)})` : '',
  ];
}
