/** The folder of a data set, or one of its files, picked by a person and written into the experiment file. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { writeAt } from '../../config/problems';
import { isFilePlace, pathToWrite } from './dataSet';
import { parsedOf, rangeOf } from './documents';

const Place = z.array(z.union([z.string(), z.number()]));

/** @param place where in the file it belongs; data.path where it is not said */
export async function pickDataFolder(uri: unknown, place: unknown): Promise<void> {
  if (!(uri instanceof vscode.Uri)) return;
  const at = Place.safeParse(place).data ?? ['data', 'path'];
  const isFile = isFilePlace(at);
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: isFile,
    canSelectFolders: !isFile,
    defaultUri: vscode.Uri.joinPath(uri, '..'),
    openLabel: isFile ? 'Use this file' : 'Use this folder',
    title: isFile ? 'NumPy file' : 'Folder of the data set',
    ...(isFile && { filters: { NumPy: ['npy'] } }),
  });
  if (!picked?.[0]) return;
  const document = await vscode.workspace.openTextDocument(uri);
  const { tree } = await parsedOf(document);
  const edit = writeAt(document.getText(), tree, at, pathToWrite(picked[0].fsPath, dirname(uri.fsPath)));
  if (!edit) return;
  const change = new vscode.WorkspaceEdit();
  change.replace(uri, rangeOf(document, edit), edit.text);
  await vscode.workspace.applyEdit(change);
}
