/** New experiment files from templates. */
import * as vscode from 'vscode';
import { EXPERIMENT_SUFFIX } from '../../shared/ids';
import { COMMANDS, type HostContext } from '../contract';
import { register } from '../messages';
import { TEMPLATES } from '../templates';

export function registerExperimentCommands({ log }: HostContext): vscode.Disposable[] {
  return [register(COMMANDS.newExperiment, log, newExperiment)];
}

/** The new file, open in an editor; undefined where a person picked none. */
export async function newExperiment(): Promise<vscode.Uri | undefined> {
  const items = TEMPLATES.map((template) => ({ label: template.label, detail: template.detail, template }));
  const picked = await vscode.window.showQuickPick(items, { title: 'New experiment', placeHolder: 'Start from which template?' });
  if (!picked) return undefined;
  const { id, text } = picked.template;
  const folder = await pickFolder();
  if (folder === null) return undefined;
  if (!folder) {
    // Without a folder to write it to it stays untitled until it is saved.
    const uri = vscode.Uri.from({ scheme: 'untitled', path: `${id}${EXPERIMENT_SUFFIX}` });
    const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    if (editor.document.getText() === '') await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), text()));
    return uri;
  }
  const uri = await create(folder.uri, id, text());
  await vscode.window.showTextDocument(uri);
  return uri;
}

/** undefined where no folder is open, null where a person picked none. */
async function pickFolder(): Promise<vscode.WorkspaceFolder | undefined | null> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length <= 1) return folders[0];
  return (await vscode.window.showWorkspaceFolderPick({ placeHolder: 'Keep the experiment in which folder?' })) ?? null;
}

/** Writes `quick.prune.json`, or `quick-2.prune.json` where that is taken, and so on. */
async function create(folder: vscode.Uri, id: string, text: string): Promise<vscode.Uri> {
  for (let n = 1; ; n++) {
    const uri = vscode.Uri.joinPath(folder, `${n === 1 ? id : `${id}-${n}`}${EXPERIMENT_SUFFIX}`);
    const edit = new vscode.WorkspaceEdit();
    // Never overwrites: where the name is taken, the edit is not applied.
    edit.createFile(uri, { contents: new TextEncoder().encode(text), overwrite: false, ignoreIfExists: false });
    if (!(await exists(uri)) && (await vscode.workspace.applyEdit(edit))) return uri;
    if (n > 1000) throw vscode.FileSystemError.NoPermissions(uri);
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
