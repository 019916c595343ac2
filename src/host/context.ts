/** Context keys that `when` clauses in package.json ask for. */
import * as vscode from 'vscode';
import { canResume, isActive } from '../shared/report';
import type { Runs } from './contract';

export function keepContext(runs: Runs): vscode.Disposable {
  const told = new Map<string, boolean>();
  const tell = (key: string, value: boolean) => {
    if (told.get(key) === value) return;
    told.set(key, value);
    void vscode.commands.executeCommand('setContext', `pruneLab.${key}`, value);
  };
  const update = () => {
    const { entries } = runs;
    tell('running', entries.some(isActive));
    tell('hasRuns', entries.length > 0);
    tell('hasResumable', entries.some(canResume));
  };
  update();
  return runs.onDidChange(update);
}
