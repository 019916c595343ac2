/** Problems of the open experiment files as the editor shows them. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { findMissingData } from '../../config/missingData';
import type { Problem } from '../../config/problems';
import { searchedInVain } from '../../engine/data/locate';
import { canRun, isExperiment, parsedOf, rangeOf } from './documents';

export const SOURCE = 'Prune Lab';
const QUIET_MS = 150;

const SEVERITY = { error: vscode.DiagnosticSeverity.Error, warning: vscode.DiagnosticSeverity.Warning };

export class Diagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('pruneLab');
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** In each file, for its fixes. */
  private readonly found = new Map<string, { problems: readonly Problem[]; diagnostics: readonly vscode.Diagnostic[] }>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly log: vscode.LogOutputChannel) {
    // Whether the data is there may have changed outside the editor, and trust inside it.
    const later = () => this.checkAll();
    this.subscriptions = [
      vscode.workspace.onDidOpenTextDocument((document) => this.soon(document, 0)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.soon(document)),
      vscode.workspace.onDidSaveTextDocument((document) => this.soon(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.clear(document.uri)),
      // The document of a deleted file may stay open.
      vscode.workspace.onDidDeleteFiles(({ files }) => files.forEach((uri) => this.clear(uri))),
      vscode.workspace.onDidGrantWorkspaceTrust(later),
      vscode.window.onDidChangeWindowState(({ focused }) => focused && later()),
      vscode.window.onDidChangeActiveTextEditor((editor) => editor && this.soon(editor.document)),
      vscode.languages.onDidChangeDiagnostics(({ uris }) => uris.forEach((uri) => this.show(uri))),
    ];
    this.checkAll();
  }

  /** Checks all open experiment files anew. */
  checkAll(): void {
    for (const document of vscode.workspace.textDocuments) this.soon(document, 0);
  }

  problems(document: vscode.TextDocument): readonly Problem[] {
    return this.found.get(document.uri.toString())?.problems ?? [];
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    vscode.Disposable.from(this.collection, ...this.subscriptions).dispose();
  }

  private soon(document: vscode.TextDocument, ms = QUIET_MS): void {
    if (!isExperiment(document)) return;
    const key = document.uri.toString();
    clearTimeout(this.timers.get(key));
    const check = () => {
      this.timers.delete(key);
      this.check(document).catch((error: unknown) => this.log.error(error instanceof Error ? error : String(error)));
    };
    this.timers.set(key, setTimeout(check, ms));
  }

  private async check(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    const isCurrent = () => !document.isClosed && document.version === version;
    const parsed = await parsedOf(document);
    if (!isCurrent()) return;
    const missing = canRun(document) ? await findMissingData(parsed, searchedInVain({ experimentDir: dirname(document.uri.fsPath) })) : [];
    if (!isCurrent()) return;
    const problems = [...parsed.problems, ...missing];
    const diagnostics = problems.map((problem) => diagnosticOf(document, problem));
    this.found.set(document.uri.toString(), { problems, diagnostics });
    this.collection.delete(document.uri);
    this.show(document.uri);
  }

  /** Leaves out what the JSON service tells of the same place: nothing is underlined twice, and without that service nothing is missed. */
  private show(uri: vscode.Uri): void {
    const found = this.found.get(uri.toString());
    if (!found) return;
    const others = vscode.languages.getDiagnostics(uri).filter(({ source }) => source !== SOURCE);
    const own = found.diagnostics.filter((diagnostic) => !others.some((other) => tellsTheSame(other, diagnostic)));
    // Setting them is a change too, of which the editor tells again.
    if (own.length !== this.collection.get(uri)?.length) this.collection.set(uri, own);
  }

  private clear(uri: vscode.Uri): void {
    const key = uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    this.found.delete(key);
    this.collection.delete(uri);
  }
}

/** Is the other one, of VS Code's JSON service, about the mistake of our own? Only where the text is no JSON are both errors, of the same range. */
export function tellsTheSame(other: vscode.Diagnostic, own: vscode.Diagnostic): boolean {
  return own.code === 'config/syntax' && other.severity === vscode.DiagnosticSeverity.Error && other.range.isEqual(own.range);
}

export function diagnosticOf(document: vscode.TextDocument, { range, message, remedy, severity, code }: Problem): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(rangeOf(document, range), [message, remedy].filter(Boolean).join('\n'), SEVERITY[severity]);
  diagnostic.source = SOURCE;
  diagnostic.code = code;
  return diagnostic;
}
