/** A message when work that was started here has ended. */
import path from 'node:path';
import * as vscode from 'vscode';
import { forNotification } from '../shared/harmless';
import { RUN_FILES } from '../shared/ids';
import { COMMANDS, type HostContext, type RunEntry } from './contract';
import { tell } from './messages';
import { summaryText } from './words';

/**
 * Waits until the runs have ended, and says how. Of what a person cancelled nothing is said. `show`: the result of a single run opens
 * by itself where the person still looks at its experiment.
 */
export async function announceEnd({ runs, log }: HostContext, folders: readonly string[], { show }: { show: boolean }): Promise<void> {
  await Promise.all(folders.map((folder) => runs.ended(folder)));
  const ended = folders.flatMap((folder) => runs.get(folder) ?? []);
  const [only] = ended;
  if (only && folders.length === 1) return announceOne(only, log, show);
  const count = (state: RunEntry['state']) => ended.filter((entry) => entry.state === state).length;
  const [done, failed] = [count('done'), count('failed')];
  if (done + failed === 0) return;
  const compare = 'Compare runs';
  const text = forNotification(`${only!.experiment}: ${done} of ${folders.length} runs are done${failed ? `, ${failed} failed` : ''}.`);
  const chosen = await (failed ? vscode.window.showWarningMessage(text, compare) : vscode.window.showInformationMessage(text, compare));
  if (chosen === compare) await vscode.commands.executeCommand(COMMANDS.compareRuns, folders[0], folders);
}

async function announceOne({ folder, run, state, experiment, file }: RunEntry, log: vscode.LogOutputChannel, show: boolean): Promise<void> {
  if (state === 'done') {
    const showResult = () => vscode.commands.executeCommand(COMMANDS.showResult, folder);
    // Who still looks at the experiment waits for its result; whoever went on to something else is asked.
    if (show && isLookedAt(file)) return void (await showResult());
    const button = 'Show result';
    const name = run.label === experiment || run.label.startsWith(`${experiment} `) ? run.label : `${experiment}, ${run.label}`;
    const text = forNotification(run.summary ? `${name}: error ${summaryText(run.summary)}` : `${name} is done.`);
    if ((await vscode.window.showInformationMessage(text, button)) === button) await showResult();
  } else if (state === 'failed' && run.failure) {
    const logFile = vscode.Uri.file(path.join(folder, RUN_FILES.log));
    await tell(run.failure, log, [{ title: 'Open log', run: () => vscode.window.showTextDocument(logFile) }]);
  }
}

function isLookedAt(file: string | null): boolean {
  const document = vscode.window.activeTextEditor?.document;
  return vscode.window.state.focused && document?.uri.fsPath === file && !document?.isDirty;
}
