/** Builds the rooms of host/ when the editor starts the extension, and ends what they run when it stops it. */
import * as vscode from 'vscode';
import { registerEnvironmentCommands } from './host/commands/environment';
import { registerExperimentCommands } from './host/commands/experiments';
import { registerLaunchCommands } from './host/commands/launch';
import { registerRunCommands } from './host/commands/runs';
import { keepContext } from './host/context';
import type { HostContext } from './host/contract';
import { registerPanels } from './host/panels/register';
import { Kernels } from './host/kernels';
import { RunCenter } from './host/runs';
import { StatusBar } from './host/statusBar';
import { registerTasks } from './host/tasks';
import { RunsTree } from './host/tree';
import { EXPERIMENT_SUFFIX } from './shared/ids';

let runs: RunCenter | undefined;

export function activate(extension: vscode.ExtensionContext): HostContext {
  const log = vscode.window.createOutputChannel('Prune Lab', { log: true });
  const kernels = new Kernels(extension.globalStorageUri.fsPath);
  runs = new RunCenter(log, kernels);
  const tree = new RunsTree(runs);
  const host: HostContext = { extension, log, runs, kernels, selection: tree.onDidSelect };
  extension.subscriptions.push(
    log,
    tree,
    new StatusBar(runs),
    keepContext(runs),
    registerTasks(host),
    registerPanels(host),
    ...registerLaunchCommands(host),
    ...registerRunCommands(host, tree),
    ...registerEnvironmentCommands(host),
    ...registerExperimentCommands(host),
  );
  void runs.refresh();
  withFirstExperiment(async () => {
    const { registerLanguage } = await import('./host/experimentFiles');
    extension.subscriptions.push(registerLanguage(host));
  }, extension);
  return host;
}

/** The editor waits for this: runs that go on are cancelled, and can be resumed after a reload. */
export function deactivate(): Promise<void> | undefined {
  return runs?.dispose();
}

/** Calls once an experiment file is open. */
function withFirstExperiment(call: () => unknown, { subscriptions }: vscode.ExtensionContext): void {
  const isExperiment = ({ uri }: vscode.TextDocument) => uri.path.endsWith(EXPERIMENT_SUFFIX);
  if (vscode.workspace.textDocuments.some(isExperiment)) return void call();
  const opening = vscode.workspace.onDidOpenTextDocument((document) => {
    if (!isExperiment(document)) return;
    opening.dispose();
    call();
  });
  subscriptions.push(opening);
}
