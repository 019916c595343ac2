/** Which runs a command is about: what it was called on, or what a person picks. */
import * as vscode from 'vscode';
import type { RunEntry, Runs } from './contract';
import { pickDetail } from './folders';
import { describeRun, ICONS } from './words';

/** Folders of the runs that a command was called on: by a menu of the tree (a node, and all that are selected), a lens or a panel. */
export function foldersOf(argument: unknown, selected?: unknown): string[] {
  const isList = (one: unknown): one is unknown[] => Array.isArray(one) && one.length > 0;
  const several = [selected, argument].find(isList) ?? [argument];
  return several.flatMap((one) => folderOf(one) ?? []);
}

function folderOf(one: unknown): string | undefined {
  if (typeof one === 'string') return one;
  return typeof one === 'object' && one !== null && 'folder' in one && typeof one.folder === 'string' ? one.folder : undefined;
}

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
    detail: pickDetail(entry),
    folder: entry.folder,
  }));
  const options = { placeHolder, matchOnDescription: true, matchOnDetail: true };
  if (canPickMany) return (await vscode.window.showQuickPick(items, { ...options, canPickMany: true }))?.map(({ folder }) => folder) ?? [];
  const picked = await vscode.window.showQuickPick(items, options);
  return picked ? [picked.folder] : [];
}
