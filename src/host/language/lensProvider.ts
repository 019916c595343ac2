/** The code lenses of lenses.ts in the editor, renewed as runs go on. */
import * as vscode from 'vscode';
import type { Runs } from '../contract';
import { canRun, isExperiment, parsedOf, rangeOf } from './documents';
import { factsOf } from './facts';
import { lensesOf } from './lenses';
import { throttled } from '../throttled';

/** Live events come ten times a second. */
const LIVE_MS = 500;

export class LensProvider implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly runs: Runs) {
    const refresh = throttled(() => this.changed.fire(), LIVE_MS);
    this.subscriptions = [
      this.changed,
      { dispose: refresh.dispose },
      runs.onDidChange(refresh),
      runs.onLive(refresh),
      vscode.workspace.onDidGrantWorkspaceTrust(refresh),
    ];
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!isExperiment(document)) return [];
    const { version, uri } = document;
    const parsed = await parsedOf(document);
    if (document.version !== version) return [];
    const facts = factsOf(this.runs, uri.fsPath, canRun(document));
    return lensesOf(parsed, facts).map(({ title, tooltip, command, args, ofFile, ...place }) => {
      const all = ofFile ? [uri, ...args] : args;
      return new vscode.CodeLens(rangeOf(document, place), { title, tooltip, command, arguments: all });
    });
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }
}
