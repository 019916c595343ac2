/** The open experiment files, each parsed once a version, without holding up the editor. */
import * as vscode from 'vscode';
import { parseInSteps, type Parsed } from '../../config/parse';
import { EXPERIMENT_SUFFIX } from '../../shared/ids';

export const EXPERIMENTS: vscode.DocumentSelector = { pattern: `**/*${EXPERIMENT_SUFFIX}` };

/** The left side of a comparison with an older version is no file to work on. */
export function isExperiment({ uri }: vscode.TextDocument): boolean {
  return uri.path.endsWith(EXPERIMENT_SUFFIX) && vscode.workspace.fs.isWritableFileSystem(uri.scheme) !== false;
}

/** Runs, and the search for data, need a folder on disk and a person's trust in it. */
export function canRun({ uri }: vscode.TextDocument): boolean {
  return vscode.workspace.isTrusted && uri.scheme === 'file';
}

const parsed = new WeakMap<vscode.TextDocument, { version: number; parsed: Promise<Parsed> }>();

export function parsedOf(document: vscode.TextDocument): Promise<Parsed> {
  const known = parsed.get(document);
  if (known?.version === document.version) return known.parsed;
  const entry = { version: document.version, parsed: parseInSteps(document.getText()) };
  parsed.set(document, entry);
  return entry.parsed;
}

export function rangeOf(document: vscode.TextDocument, { offset, length }: { offset: number; length: number }): vscode.Range {
  return new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
}
