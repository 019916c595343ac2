/**
 * VS Code's JSON service completes and explains experiments (`jsonLanguageParticipants` in package.json), but is started by its own languages
 * alone. Not by `extensionDependencies`: where somebody has switched it off, all the rest still works.
 */
import * as vscode from 'vscode';
import { isExperiment } from './documents';

const JSON_SERVICE = 'vscode.json-language-features';

/** Starts it with the first experiment that is open. */
export function startJsonService(log: vscode.LogOutputChannel): vscode.Disposable {
  const start = (document: vscode.TextDocument) => {
    if (!isExperiment(document)) return;
    opened.dispose();
    const started = vscode.extensions.getExtension(JSON_SERVICE)?.activate();
    started?.then(undefined, (error: unknown) => log.warn(`${JSON_SERVICE}: ${String(error)}`));
  };
  const opened = vscode.workspace.onDidOpenTextDocument(start);
  vscode.workspace.textDocuments.forEach(start);
  return opened;
}
