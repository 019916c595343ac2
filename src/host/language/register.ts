/** The experiment file as a document: problems and fixes, code lenses, links and hovers. Completion is the JSON schema's. */
import * as vscode from 'vscode';
import type { HostContext } from '../contract';
import { register } from '../messages';
import { Diagnostics } from './diagnostics';
import { EXPERIMENTS, parsedOf, rangeOf } from './documents';
import { Fixes, GET_DATA_FOR_FILE, getDataForFile, PICK_DATA_FOLDER } from './fixes';
import { hoverAt } from './hovers';
import { startJsonService } from './jsonService';
import { LensProvider } from './lensProvider';
import { Links } from './links';
import { pickDataFolder } from './pickFolder';

export function registerLanguage({ runs, log }: HostContext): vscode.Disposable {
  const diagnostics = new Diagnostics(log);
  const lenses = new LensProvider(runs);
  const { languages } = vscode;
  return vscode.Disposable.from(
    diagnostics,
    lenses,
    startJsonService(log),
    languages.registerCodeLensProvider(EXPERIMENTS, lenses),
    languages.registerCodeActionsProvider(EXPERIMENTS, new Fixes(diagnostics), {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
    languages.registerDocumentLinkProvider(EXPERIMENTS, new Links(runs)),
    languages.registerHoverProvider(EXPERIMENTS, { provideHover }),
    register(PICK_DATA_FOLDER, log, pickDataFolder),
    register(GET_DATA_FOR_FILE, log, (name: unknown) => getDataForFile(diagnostics, name)),
  );
}

async function provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | null> {
  const { version } = document;
  const hover = hoverAt(await parsedOf(document), document.offsetAt(position));
  return hover && document.version === version ? new vscode.Hover(hover.text, rangeOf(document, hover)) : null;
}
