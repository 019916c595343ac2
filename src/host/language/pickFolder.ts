/** The folder of a data set, picked by a person and written into the experiment file. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import { writeAt } from '../../config/problems';
import { pathToWrite } from './dataSet';
import { parsedOf, rangeOf } from './documents';

const Place = z.array(z.union([z.string(), z.number()]));

/** @param place where in the file it belongs; data.path where it is not said */
export async function pickDataFolder(uri: unknown, place: unknown): Promise<void> {
  if (!(uri instanceof vscode.Uri)) return;
  const folder = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    defaultUri: vscode.Uri.joinPath(uri, '..'),
    openLabel: 'Use this folder',
    title: 'Folder with the four IDX files',
  });
  if (!folder?.[0]) return;
  const document = await vscode.workspace.openTextDocument(uri);
  const { tree } = await parsedOf(document);
  const at = Place.safeParse(place).data ?? ['data', 'path'];
  const edit = writeAt(document.getText(), tree, at, pathToWrite(folder[0].fsPath, dirname(uri.fsPath)));
  if (!edit) return;
  const change = new vscode.WorkspaceEdit();
  change.replace(uri, rangeOf(document, edit), edit.text);
  await vscode.workspace.applyEdit(change);
}
