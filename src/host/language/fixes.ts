/** Quick fixes: the edits that the problems bring with them, and ways to data that is missing. */
import * as vscode from 'vscode';
import type { Problem } from '../../config/problems';
import type { PublishedSet } from '../../engine/data/locate';
import { COMMANDS } from '../contract';
import { dataSetOf, isFilePlace, type MissingSet } from './dataSet';
import { diagnosticOf, SOURCE, tellsTheSame, type Diagnostics } from './diagnostics';
import { parsedOf, rangeOf } from './documents';

/** Not in the palette: they are about one file. */
export const PICK_DATA_FOLDER = 'pruneLab.pickDataFolder';
export const GET_DATA_FOR_FILE = 'pruneLab.getDataForFile';

const TITLES: Record<PublishedSet, string> = {
  mnist: 'Get MNIST',
  'fashion-mnist': 'Get Fashion-MNIST',
  'cifar-10': 'Get CIFAR-10',
  'cifar-100': 'Get CIFAR-100',
};

export class Fixes implements vscode.CodeActionProvider {
  constructor(private readonly diagnostics: Pick<Diagnostics, 'problems'>) {}

  async provideCodeActions(
    document: vscode.TextDocument,
    _range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    const { version } = document;
    const { file, tree } = await parsedOf(document);
    // Edits of another version would go astray.
    if (document.version !== version) return [];
    return this.diagnostics.problems(document).flatMap((problem) => {
      const own = diagnosticOf(document, problem);
      const shown = diagnostics.find((one) => isSame(one, own)) ?? diagnostics.find((one) => tellsTheSame(one, own));
      if (!shown) return [];
      const actions = problem.fixes.map((fix) => editing(document, shown, fix, problem.fixes.length === 1));
      if (problem.code !== 'config/data-not-found') return actions;
      const missing = dataSetOf(problem.path, tree, file);
      return [...(missing ? fetching(document, shown, missing) : []), ...actions];
    });
  }
}

/** The editor hands back copies. */
function isSame(one: vscode.Diagnostic, other: vscode.Diagnostic): boolean {
  return one.source === SOURCE && one.code === other.code && one.message === other.message && one.range.isEqual(other.range);
}

function editing(
  document: vscode.TextDocument,
  diagnostic: vscode.Diagnostic,
  { title, edit }: Problem['fixes'][number],
  isPreferred: boolean,
): vscode.CodeAction {
  const action = quickFix(title, diagnostic);
  action.edit = new vscode.WorkspaceEdit();
  action.edit.replace(document.uri, rangeOf(document, edit), edit.text);
  action.isPreferred = isPreferred && diagnostic.code !== 'config/data-not-found';
  return action;
}

function fetching(document: vscode.TextDocument, diagnostic: vscode.Diagnostic, missing: MissingSet): vscode.CodeAction[] {
  const command = (title: string, id: string, ...args: unknown[]) => {
    const action = quickFix(title, diagnostic);
    action.command = { title, command: id, arguments: args };
    return action;
  };
  return [
    // A given path is the only place that is searched, so getting the set would not help there.
    ...(missing.where === 'usual' ? [command(TITLES[missing.name], GET_DATA_FOR_FILE, missing.name)] : []),
    command(isFilePlace(missing.folderAt) ? 'Pick a file…' : 'Pick a folder…', PICK_DATA_FOLDER, document.uri, missing.folderAt),
  ];
}

function quickFix(title: string, diagnostic: vscode.Diagnostic): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  return action;
}

/** Fetches the set, then looks again. */
export async function getDataForFile(diagnostics: Diagnostics, name: unknown): Promise<void> {
  await vscode.commands.executeCommand(COMMANDS.getData, name);
  diagnostics.checkAll();
}
