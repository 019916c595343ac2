/** Which runs a command is about, where it was not called on any. */
import * as vscode from 'vscode';
import type { RunEntry, Runs } from './contract';
import { describeRun, ICONS } from './words';

/** The one run that is suitable, or those that a person picks; none where they pick none. */
export async function pickRuns(
  runs: Runs,
  suitable: (entry: RunEntry) => boolean,
  placeHolder: string,
  canPickMany = false,
): Promise<string[]> {
  const entries = runs.entries.filter(suitable);
  if (entries.length === 0) {
    void vscode.window.showInformationMessage('There is no such run in this workspace.');
    return [];
  }
  if (entries.length === 1) return [entries[0]!.folder];
  const items = entries.map((entry) => ({
    label: `$(${ICONS[entry.state].icon}) ${entry.run.label}`,
    description: describeRun(entry, runs.live(entry.folder)),
    detail: entry.experiment === entry.run.label ? entry.run.id : `${entry.experiment}, ${entry.run.id}`,
    folder: entry.folder,
  }));
  const options = { placeHolder, matchOnDescription: true, matchOnDetail: true };
  if (canPickMany) return (await vscode.window.showQuickPick(items, { ...options, canPickMany: true }))?.map(({ folder }) => folder) ?? [];
  const picked = await vscode.window.showQuickPick(items, options);
  return picked ? [picked.folder] : [];
}
