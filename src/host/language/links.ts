/** Links in an experiment file: the folder of its data, and the result of its last run. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { nodeAt } from '../../config/problems';
import { COMMANDS, type Runs } from '../contract';
import { canRun, parsedOf, rangeOf } from './documents';

export class Links implements vscode.DocumentLinkProvider {
  constructor(private readonly runs: Pick<Runs, 'last'>) {}

  async provideDocumentLinks(document: vscode.TextDocument): Promise<vscode.DocumentLink[]> {
    const { version, uri } = document;
    const { tree } = await parsedOf(document);
    const links: vscode.DocumentLink[] = [];
    const add = (at: string[], target: vscode.Uri, tooltip: string) => {
      const node = nodeAt(tree, at);
      // Without its quotes.
      if (node?.type !== 'string' || node.length < 3) return;
      const link = new vscode.DocumentLink(rangeOf(document, { offset: node.offset + 1, length: node.length - 2 }), target);
      link.tooltip = tooltip;
      links.push(link);
    };

    const last = uri.scheme === 'file' ? this.runs.last(uri.fsPath) : undefined;
    if (last) add(['name'], commandUri(COMMANDS.showResult, last.folder), 'Show the last result');

    const given: unknown = nodeAt(tree, ['data', 'path'])?.value;
    if (canRun(document) && typeof given === 'string') {
      const folder = path.resolve(path.dirname(uri.fsPath), given);
      const isFolder = (await stat(folder).catch(() => null))?.isDirectory() ?? false;
      if (isFolder) add(['data', 'path'], revealing(vscode.Uri.file(folder)), 'Reveal the folder');
    }
    return document.version === version ? links : [];
  }
}

/** In the editor's explorer where it is part of the workspace; else in the system's, which a remote machine has not. */
function revealing(folder: vscode.Uri): vscode.Uri {
  const isDesktop = vscode.env.uiKind === vscode.UIKind.Desktop && !vscode.env.remoteName;
  const inside = vscode.workspace.getWorkspaceFolder(folder) !== undefined;
  return commandUri(isDesktop && !inside ? 'revealFileInOS' : 'revealInExplorer', folder);
}

function commandUri(command: string, argument: unknown): vscode.Uri {
  return vscode.Uri.parse(`command:${command}?${encodeURIComponent(JSON.stringify([argument]))}`);
}
