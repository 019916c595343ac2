/** The workspace's folders: where runs are kept, and which folder a file or a run is of. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunEntry } from './contract';
import { hostErrors } from './errors';
import { dataFolders, type Allowed } from './outside';
import { runsRoot } from './scan';

/** Those on disk. */
export function workspaceFolders(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
}

/** Where runs of this window may read and write: in its workspace, and the person's own data sets. A setting of the machine allows any place. */
export function allowedFolders(): Allowed {
  if (vscode.workspace.getConfiguration('pruneLab').get<boolean>('allowOutsidePaths') === true) return null;
  return [...workspaceFolders(), ...dataFolders()];
}

export function workspaceFolderOf(runFolder: string): string | undefined {
  return workspaceFolders().find((folder) => path.dirname(runFolder) === runsRoot(folder));
}

/** The workspace folder that keeps the file's runs: its own, else the first. Throws host/needs-disk, host/no-folder. */
export function folderFor(file: vscode.Uri): string {
  if (file.scheme !== 'file') throw hostErrors.needsDisk(file.toString());
  const folder = vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath ?? workspaceFolders()[0];
  if (folder === undefined) throw hostErrors.noFolder(file.fsPath);
  return folder;
}

/** What tells runs of several workspace folders apart: the folder's name, or its path where another has that name; undefined where there is one. */
export function folderName({ workspaceFolder }: RunEntry): string | undefined {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const own = folders.find(({ uri }) => uri.fsPath === workspaceFolder);
  if (!own || folders.length === 1) return undefined;
  return folders.some((other) => other !== own && other.name === own.name) ? own.uri.fsPath : own.name;
}

/** The second line of a run in a list to pick from. */
export function pickDetail(entry: RunEntry): string {
  const { experiment, run } = entry;
  return [folderName(entry), ...(experiment === run.label ? [] : [experiment]), run.id].filter(Boolean).join(', ');
}
