/** Where the code lenses of an experiment file stand, and what they say. Knows nothing of the editor. */
import type { Node } from 'jsonc-parser';
import type { Parsed } from '../../config/parse';
import { nodeAt } from '../../config/problems';
import { countRuns } from '../../config/sweep';
import type { Unit } from '../../shared/left';
import { percent } from '../../shared/report';
import { COMMANDS, type StartOptions } from '../contract';

export interface RunFacts {
  /** May runs be started: the workspace is trusted and the file lies on disk. */
  canRun: boolean;
  /** Runs of this file that are queued or running, in the order that they will run. */
  active: readonly { folder: string; state: 'queued' | 'running'; progress: string }[];
  /** Its newest finished run. */
  last: { folder: string; error: number; kept: number; total: number; unit: Unit } | null;
}

/** Stands above [offset, offset + length), which is a key, or the bracket that opens the experiment. */
export interface Lens {
  offset: number;
  length: number;
  title: string;
  tooltip: string;
  command: string;
  /** Of the command, after the file where `ofFile`. */
  args: (string | readonly string[] | StartOptions)[];
  ofFile: boolean;
}

type Shown = Omit<Lens, 'offset' | 'length'>;

export function lensesOf({ tree, written, problems }: Pick<Parsed, 'tree' | 'written' | 'problems'>, facts: RunFacts): Lens[] {
  if (tree?.type !== 'object') return [];
  const root = { offset: tree.offset, length: 1 };
  if (facts.active.length > 0) return running(facts.active).map((lens) => ({ ...root, ...lens }));
  const last = facts.last ? [{ ...root, ...lastRun(facts.last) }] : [];
  if (!facts.canRun || !written || problems.some(({ severity }) => severity === 'error')) return last;
  return [
    { ...root, ...start('▷ Prune model', 'Runs this experiment', COMMANDS.pruneModel) },
    { ...root, ...start('Dry run', 'A few steps on few samples, to see that everything works', COMMANDS.dryRun) },
    ...last,
    ...many(tree, written),
  ];
}

function many(tree: Node, written: NonNullable<Parsed['written']>): Lens[] {
  const runs = countRuns(written);
  const { seeds = [] } = written;
  const sweep = keyOf(tree, 'sweep');
  const list = keyOf(tree, 'seeds');
  return [
    ...(sweep && runs > 1
      ? [{ ...sweep, ...start(`Run ${runs} variants`, 'One run for each combination of values and seeds', COMMANDS.runAll) }]
      : []),
    ...(list && seeds.length > 0
      ? [
          {
            ...list,
            ...start(
              `Run ${seeds.length} seeds`,
              `${sweep ? 'The first variant' : 'The experiment'} once for each seed`,
              COMMANDS.pruneModel,
            ),
            args: [{ seeds }],
          },
        ]
      : []),
  ];
}

function start(title: string, tooltip: string, command: string): Shown {
  return { title, tooltip, command, args: [], ofFile: true };
}

function running(active: RunFacts['active']): Shown[] {
  const current = active.find(({ state }) => state === 'running') ?? active[0]!;
  const waiting = active.length - 1;
  const text = current.state === 'running' ? `$(sync~spin) running: ${current.progress}` : '$(clock) queued';
  const folders = active.map(({ folder }) => folder);
  const show = { command: COMMANDS.showResult, args: [current.folder], ofFile: false };
  return [
    { ...show, title: waiting > 0 ? `${text} · ${waiting} more` : text, tooltip: 'Shows the run' },
    waiting > 0
      ? { title: 'Cancel all', tooltip: `Cancels ${active.length} runs`, command: COMMANDS.cancelRun, args: [folders], ofFile: false }
      : { title: 'Cancel', tooltip: 'Cancels the run', command: COMMANDS.cancelRun, args: [current.folder], ofFile: false },
    { ...show, title: 'Show', tooltip: 'Shows the run' },
  ];
}

function lastRun({ folder, error, kept, total, unit }: NonNullable<RunFacts['last']>): Shown {
  const title = [
    'last:',
    percent(error),
    ...(kept > 0 && kept < total ? ['·', `${times(total / kept)}× fewer${unit === 'weights' ? '' : ` ${unit}`}`] : []),
  ].join(' ');
  const tooltip = `Shows the result: test error ${percent(error)}, ${kept} of ${total} ${unit} left`;
  return { title, tooltip, command: COMMANDS.showResult, args: [folder], ofFile: false };
}

const times = (ratio: number): string => (ratio < 10 ? String(Number(ratio.toFixed(1))) : String(Math.round(ratio)));

function keyOf(tree: Node, key: string): { offset: number; length: number } | null {
  const found = nodeAt(tree, [key])?.parent?.children?.[0];
  return found ? { offset: found.offset, length: found.length } : null;
}
