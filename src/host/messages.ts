/** What went wrong, as a message with buttons that help. */
import * as vscode from 'vscode';
import type { Device } from '../shared/device';
import { toFailure, type Failure } from '../shared/errors';
import { forNotification } from '../shared/harmless';
import { COMMANDS } from './contract';

export interface Button {
  title: string;
  run: () => unknown;
}

const command = (title: string, id: string, ...args: unknown[]): Button => ({
  title,
  run: () => vscode.commands.executeCommand(id, ...args),
});

const MANAGE_TRUST = command('Manage workspace trust', 'workbench.trust.manage');
const SET_UP = command('Set up native kernels', COMMANDS.setUpKernels);
const SET_UP_GPU = command('Set up for the graphics card', COMMANDS.setUpKernels, 'gpu' satisfies Device);
const GET_DATA = command('Get data set', COMMANDS.getData);

const ALLOW_OUTSIDE: Button = {
  title: 'Open the setting',
  run: () => vscode.commands.executeCommand('workbench.action.openSettings', 'pruneLab.allowOutsidePaths'),
};

const BUTTONS: Readonly<Record<string, readonly Button[]>> = {
  'host/untrusted': [MANAGE_TRUST],
  'host/kernels-missing': [SET_UP],
  'host/gpu-kernels-missing': [SET_UP_GPU],
  'engine/gpu-kernels-missing': [SET_UP_GPU],
  'setup/kernels-missing': [SET_UP],
  'host/no-folder': [command('Open folder', 'vscode.openFolder')],
  'host/has-errors': [command('Show problems', 'workbench.actions.view.problems')],
  'host/outside-workspace': [ALLOW_OUTSIDE],
  'host/data-missing': [GET_DATA],
  'data/not-found': [GET_DATA],
};

/** Shows an error with what helps against it, and settles when it is answered. The log keeps all of it. */
export async function showFailure(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
  const failure = toFailure(error);
  if (failure.code === 'internal/unexpected' && error instanceof Error) log.error(error);
  await tell(failure, log, []);
}

/** The same of a failure that a run left, with further buttons. */
export async function tell(failure: Failure, log: vscode.LogOutputChannel, more: readonly Button[]): Promise<void> {
  const { code, message, remedy, where } = failure;
  const unexpected = code === 'internal/unexpected';
  const line = [code, message, where].filter(Boolean).join(': ');
  if (unexpected) log.error(line);
  else log.warn(line);
  const buttons = [...(BUTTONS[code] ?? []), ...more, ...(unexpected ? [{ title: 'Show log', run: () => log.show() }] : [])];
  const text = unexpected ? `Prune Lab met an unexpected error: ${message}` : [message, remedy].filter(Boolean).join(' ');
  const chosen = await vscode.window.showErrorMessage(forNotification(text), ...buttons.map(({ title }) => title));
  await buttons.find(({ title }) => title === chosen)?.run();
}

/** Registers a command whose failures are shown. */
export function register<Args extends unknown[]>(
  id: string,
  log: vscode.LogOutputChannel,
  run: (...args: Args) => unknown,
): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (...args: Args) => {
    try {
      return await run(...args);
    } catch (error) {
      // Not awaited: whoever called the command does not wait for a person's answer.
      if (!(error instanceof vscode.CancellationError)) void showFailure(error, log);
      return undefined;
    }
  });
}
