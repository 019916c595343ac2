import * as vscode from 'vscode';
import { hostErrors } from './errors';

/** Throws host/untrusted. Commands are hidden in such a workspace too, but a keybinding or another extension may still call them. */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted) throw hostErrors.untrusted();
}
