/** The runs that a person picks to compare. */
import * as vscode from 'vscode';
import type { Runs } from '../contract';
import { pickDetail } from '../folders';
import { describeRun } from '../words';
import { panelErrors } from './errors';

/** Two runs or more, newest first, those of `chosen` ticked already; null where nothing is picked. */
export async function pickToCompare(runs: Runs, chosen: readonly string[]): Promise<string[] | null> {
  if (runs.entries.length < 2) throw panelErrors.nothingToCompare(runs.entries.length);
  const items = runs.entries.map((entry) => ({
    folder: entry.folder,
    label: entry.run.label,
    description: describeRun(entry, runs.live(entry.folder)),
    detail: pickDetail(entry),
    picked: chosen.includes(entry.folder),
  }));
  const options = { title: 'Compare runs', placeHolder: 'Two runs or more', matchOnDescription: true, matchOnDetail: true };
  const picked = await vscode.window.showQuickPick(items, { ...options, canPickMany: true });
  if (!picked || picked.length === 0) return null;
  if (picked.length < 2) throw panelErrors.chooseMore();
  return picked.map(({ folder }) => folder);
}
