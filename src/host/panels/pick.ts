/** Which runs a command is about: what it was called with, or what the person picks. */
import * as vscode from 'vscode';
import { z } from 'zod';
import { percent } from '../../shared/report';
import type { RunEntry, Runs } from '../contract';
import { panelErrors } from './errors';

/** A run's folder, or an item of the tree of runs. */
const Target = z.union([z.string(), z.object({ folder: z.string() }).transform(({ folder }) => folder)]);

/** The folder that a command's argument names; null for none (or for something else, as a heading of the tree). */
export function folderOf(argument: unknown): string | null {
  return Target.safeParse(argument).data ?? null;
}

/** The folders of `(item, items)`, as the editor hands over a selection in a tree. */
export function foldersOf(item: unknown, items: unknown): string[] {
  const all = Array.isArray(items) && items.length > 0 ? items : [item];
  return [...new Set(all.map(folderOf).filter((folder) => folder !== null))];
}

/** The one run there is, or the one that the person picks, newest first; null where nothing is picked. */
export async function pickRun(runs: Runs): Promise<string | null> {
  if (runs.entries.length === 0) throw panelErrors.noRuns();
  if (runs.entries.length === 1) return runs.entries[0]!.folder;
  const picked = await vscode.window.showQuickPick(runs.entries.map(pickItem), {
    title: 'Show result',
    placeHolder: 'Run, newest first',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.folder ?? null;
}

/** Two runs or more, newest first, those of `chosen` ticked already; null where nothing is picked. */
export async function pickRuns(runs: Runs, chosen: readonly string[]): Promise<string[] | null> {
  if (runs.entries.length < 2) throw panelErrors.nothingToCompare(runs.entries.length);
  const items = runs.entries.map((entry) => ({ ...pickItem(entry), picked: chosen.includes(entry.folder) }));
  const picked = await vscode.window.showQuickPick(items, {
    title: 'Compare runs',
    placeHolder: 'Two runs or more',
    canPickMany: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (!picked || picked.length === 0) return null;
  if (picked.length < 2) throw panelErrors.chooseMore();
  return picked.map(({ folder }) => folder);
}

function pickItem({ folder, run, state, experiment }: RunEntry) {
  const summary = run.summary && `error ${percent(run.summary.error)}, kept ${percent(run.summary.kept / run.summary.total)}`;
  return {
    folder,
    label: experiment === run.label ? run.label : `${experiment} · ${run.label}`,
    description: summary ?? state,
    detail: new Date(run.created).toLocaleString(),
  };
}
