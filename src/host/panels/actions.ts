/** What a webview may ask the editor to do. */
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { toFailure } from '../../shared/errors';
import { RUN_FILES } from '../../shared/ids';
import type { FromWebview, RunView } from '../../shared/view';
import { readCoefficients, readMask } from '../../store/view';
import { COMMANDS, type HostContext } from '../contract';
import { showFailure } from '../messages';
import { panelErrors } from './errors';
import type { Transport } from './transport';

type Asked = Exclude<FromWebview, { type: 'ready' }>;
type Action = Extract<FromWebview, { type: 'action' }>;

/** Carries out `message`; a failure is shown to the person. `view`: of the run that the webview shows, where it is one. */
export async function carryOut(message: Asked, context: HostContext, transport: Transport, view: RunView | null): Promise<void> {
  try {
    switch (message.type) {
      case 'action':
        return await act(message, context);
      case 'mask':
        return await sendMask(message.layer, transport, view);
      case 'coefficients':
        return await sendCoefficients(message.layer, transport, view);
      case 'copy':
        return await vscode.env.clipboard.writeText(message.text);
      case 'save':
        return await save(message, view?.folder);
      case 'error':
        return context.log.error(`webview: ${message.message}`);
    }
  } catch (error) {
    void showFailure(error, context.log);
  }
}

async function act({ action, folder }: Action, { runs }: HostContext): Promise<void> {
  const entry = runs.get(folder);
  switch (action) {
    case 'experiment':
      if (!entry?.file) throw panelErrors.noExperimentFile(entry?.run.label ?? folder);
      return open(entry.file);
    case 'log':
      return open(join(folder, RUN_FILES.log));
    default:
      await vscode.commands.executeCommand(BY_COMMAND[action], folder);
  }
}

/** Commands say themselves what goes wrong in them. */
const BY_COMMAND: Record<Exclude<Action['action'], 'experiment' | 'log'>, string> = {
  cancel: COMMANDS.cancelRun,
  resume: COMMANDS.resumeRun,
  folder: COMMANDS.revealRun,
  markdown: COMMANDS.copyMarkdown,
  compare: COMMANDS.compareRuns,
  show: COMMANDS.showResult,
};

async function open(file: string): Promise<void> {
  const uri = await existing(file);
  await vscode.window.showTextDocument(uri, { preview: true, viewColumn: vscode.ViewColumn.Beside });
}

async function existing(path: string): Promise<vscode.Uri> {
  const uri = vscode.Uri.file(path);
  try {
    await vscode.workspace.fs.stat(uri);
  } catch {
    throw panelErrors.fileGone(path);
  }
  return uri;
}

async function sendMask(layer: string, transport: Transport, view: RunView | null): Promise<void> {
  try {
    const mask = view && (await readMask(view, layer));
    if (!mask) throw panelErrors.noMask(layer, view?.folder ?? '');
    transport.post({ type: 'mask', layer, ...mask });
  } catch (error) {
    transport.post({ type: 'mask-failed', layer, failure: toFailure(error) });
  }
}

async function sendCoefficients(layer: string, transport: Transport, view: RunView | null): Promise<void> {
  try {
    const coefficients = view && (await readCoefficients(view, layer));
    if (!coefficients) throw panelErrors.noCoefficients(layer, view?.folder ?? '');
    transport.post({ type: 'coefficients', layer, ...coefficients });
  } catch (error) {
    transport.post({ type: 'coefficients-failed', layer, failure: toFailure(error) });
  }
}

async function save({ name, content }: Extract<FromWebview, { type: 'save' }>, folder: string | undefined): Promise<void> {
  const root = vscode.workspace.workspaceFolders?.[0]?.uri ?? (folder === undefined ? undefined : vscode.Uri.file(folder));
  const uri = await vscode.window.showSaveDialog(root ? { defaultUri: vscode.Uri.joinPath(root, basename(name)) } : {});
  if (!uri) return;
  await vscode.workspace.fs.writeFile(uri, 'text' in content ? Buffer.from(content.text, 'utf8') : Buffer.from(content.base64, 'base64'));
  const opening = 'Open';
  if ((await vscode.window.showInformationMessage(`Saved ${vscode.workspace.asRelativePath(uri)}.`, opening)) === opening) {
    await vscode.commands.executeCommand('vscode.open', uri);
  }
}
