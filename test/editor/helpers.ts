/** Waiting for what the extension shows, and where things are in the test workspace. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { RUN_FILES, RUNS_FOLDER } from '../../src/shared/ids';
import { Run } from '../../src/shared/report';

export const extension = (): vscode.Extension<unknown> => {
  const found = vscode.extensions.getExtension('prune-lab.prune-lab');
  if (!found) throw new Error('The extension is not installed.');
  return found;
};

export function workspace(): string {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw new Error('No folder is open.');
  return folder.uri.fsPath;
}

export const file = (name: string) => vscode.Uri.file(join(workspace(), name));

export async function open(name: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file(name)));
}

/** The first value of `look` that is not undefined (and not false). */
export async function until<T>(what: string, look: () => T | Promise<T>, limitMs = 15_000): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== null && value !== false) return value as NonNullable<Exclude<T, false>>;
    if (Date.now() > end) throw new Error(`${limitMs / 1000} s went by without ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Contents of run.json of every run whose name has `label` in it, newest first. */
export async function runs(label: string): Promise<{ folder: string; run: Run }[]> {
  const root = join(workspace(), RUNS_FOLDER);
  const names = await readdir(root).catch(() => []);
  const folders = names
    .filter((name) => !name.startsWith('.') && name.includes(label))
    .sort()
    .reverse()
    .map((name) => join(root, name));
  return Promise.all(
    folders.map(async (folder) => ({ folder, run: Run.parse(JSON.parse(await readFile(join(folder, RUN_FILES.run), 'utf8'))) })),
  );
}

/** The newest run of that name in one of these states. */
export function settled(label: string, states: readonly Run['state'][], limitMs = 60_000) {
  return until(
    `a run of ${label} that is ${states.join(' or ')}`,
    async () => (await runs(label)).find(({ run }) => states.includes(run.state)),
    limitMs,
  );
}

export async function lenses(name: string): Promise<vscode.CodeLens[]> {
  return vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', file(name), 100);
}

export const titles = (found: readonly vscode.CodeLens[]) => found.map((lens) => lens.command?.title ?? '');
