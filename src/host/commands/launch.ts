/** Commands that start runs. */
import * as vscode from 'vscode';
import { EXPERIMENT_SUFFIX } from '../../shared/ids';
import { COMMANDS, type HostContext, type StartOptions } from '../contract';
import { folderFor } from '../folders';
import { register } from '../messages';
import { announceEnd } from '../notify';
import { requireTrust } from '../trust';
import { offerKernels } from './environment';
import { newExperiment } from './experiments';

export function registerLaunchCommands(host: HostContext): vscode.Disposable[] {
  const start = (id: string, fixed: StartOptions) =>
    register(id, host.log, (argument: unknown, options: unknown) =>
      launch(host, argument instanceof vscode.Uri ? argument : undefined, { ...fixed, ...seedsOf(options) }),
    );
  return [start(COMMANDS.pruneModel, {}), start(COMMANDS.dryRun, { dry: true }), start(COMMANDS.runAll, { all: true })];
}

/** Runs an experiment file; returns the folders of its runs, none where a person turned back. */
async function launch(host: HostContext, asked: vscode.Uri | undefined, options: StartOptions): Promise<string[]> {
  const chosen = asked ?? activeExperiment() ?? (await pickExperiment());
  if (!chosen) return [];
  requireTrust();
  const file = await saved(chosen);
  if (!file) return [];
  // Before kernels are offered that would serve nothing.
  folderFor(file);
  if (!(await offerKernels(host))) return [];
  try {
    const folders = await host.runs.start(file, options);
    void announceEnd(host, folders, { show: true });
    return folders;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'host/has-errors') {
      await vscode.window.showTextDocument(file);
      await vscode.commands.executeCommand('workbench.actions.view.problems');
    }
    throw error;
  }
}

/** A lens on the seed list names the seeds. */
function seedsOf(options: unknown): Pick<StartOptions, 'seeds'> {
  const seeds = typeof options === 'object' && options !== null && 'seeds' in options ? options.seeds : undefined;
  return Array.isArray(seeds) && seeds.every((seed) => typeof seed === 'number') ? { seeds } : {};
}

function activeExperiment(): vscode.Uri | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri?.path.endsWith(EXPERIMENT_SUFFIX) ? uri : undefined;
}

async function pickExperiment(): Promise<vscode.Uri | undefined> {
  const files = await vscode.workspace.findFiles(`**/*${EXPERIMENT_SUFFIX}`, '**/node_modules/**', 1000);
  if (files.length === 0) {
    const create = 'New experiment';
    const chosen = await vscode.window.showInformationMessage('This workspace has no experiment file (*.prune.json) yet.', create);
    // A new file is there to be read and changed before it is run.
    if (chosen === create) await newExperiment();
    return undefined;
  }
  if (files.length === 1) return files[0];
  const items = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })).sort((a, b) => a.label.localeCompare(b.label));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Run which experiment?' }))?.uri;
}

/** The file as it lies on disk, saved first where it has changes; undefined where it was not saved. */
async function saved(uri: vscode.Uri): Promise<vscode.Uri | undefined> {
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
  return document?.isDirty || uri.scheme === 'untitled' ? vscode.workspace.save(uri) : uri;
}
