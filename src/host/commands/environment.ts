/** Commands about this machine: the native kernels, their check, data sets. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { probeEngine } from '../../client/run';
import { PUBLISHED_SETS } from '../../engine/data/locate';
import type { SetupProgress } from '../../setup/progress';
import type { Device } from '../../shared/device';
import { COMMANDS, type HostContext } from '../contract';
import { hostErrors } from '../errors';
import { environmentMarkdown } from '../markdown';
import { register } from '../messages';
import { requireTrust } from '../trust';

const SET_UP = 'Set up native kernels';
const SCHEME = 'prune-lab';
const ENVIRONMENT = vscode.Uri.from({ scheme: SCHEME, path: 'Environment.md' });

export function registerEnvironmentCommands(host: HostContext): vscode.Disposable[] {
  const { log, kernels } = host;
  const changed = new vscode.EventEmitter<vscode.Uri>();
  let environment = '';
  return [
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: changed.event,
      provideTextDocumentContent: () => environment,
    }),

    register(COMMANDS.checkEnvironment, log, async () => {
      requireTrust();
      if (!(await offerKernels(host))) return;
      const { from } = kernels.require();
      const probe = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: 'Checking the native kernels' },
        () => probeEngine({ threads: availableParallelism(), env: kernels.childEnv() }),
      );
      environment = environmentMarkdown(probe, from);
      changed.fire(ENVIRONMENT);
      await vscode.window.showTextDocument(ENVIRONMENT, { preview: true });
    }),

    register(COMMANDS.setUpKernels, log, async (asked: unknown) => {
      const device = asked === 'gpu' ? 'gpu' : 'cpu';
      const located = kernels.find(device);
      const again = 'Provide them anew';
      if (located) {
        const text = `The native kernels are there already: TensorFlow ${located.tensorflow}, ${located.folder}`;
        if (located.from === 'override' || (await vscode.window.showInformationMessage(text, again)) !== again) return true;
      }
      return setUpKernels(host, device, located !== null);
    }),

    register(COMMANDS.getData, log, (name: unknown) => getData(host, name)),
  ];
}

/** Whether the native kernels are there; where they are not, a person may set them up now. */
export async function offerKernels(host: HostContext): Promise<boolean> {
  if (host.kernels.find()) return true;
  const { message } = hostErrors.kernelsMissing();
  const detail = 'About 230 MB are downloaded once and kept in the storage of this extension.';
  const chosen = await vscode.window.showInformationMessage(`${message} ${detail}`, SET_UP);
  return chosen === SET_UP && (await setUpKernels(host, 'cpu', false));
}

const WORDS: Record<SetupProgress['step'], string> = {
  wait: 'waiting: another process provides the kernels, ',
  probe: 'asking ',
  download: 'downloading ',
  check: 'checking the digest of ',
  unpack: 'unpacking ',
  compile: 'compiling the native addon with ',
  load: 'loading ',
  install: 'installing into ',
};

/** Whether they are there now: a person may cancel. */
async function setUpKernels({ extension, kernels, log }: HostContext, device: Device, force: boolean): Promise<boolean> {
  requireTrust();
  const options = { location: vscode.ProgressLocation.Notification, title: 'Native kernels', cancellable: true };
  const made = await vscode.window.withProgress(options, async (progress, token) => {
    const { signal, dispose } = signalOf(token);
    let shown = '';
    try {
      const { provideKernels } = await import('../later');
      return await provideKernels({
        force,
        device,
        signal,
        env: kernels.setupEnv,
        nativeSources: path.join(extension.extensionPath, 'dist', 'native'),
        progress: (step) => {
          const message = `${WORDS[step.step]}${step.detail}${amount(step.done, step.total)}`;
          if (message === shown) return;
          progress.report({ message: (shown = message) });
          log.debug(message);
        },
      });
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    } finally {
      dispose();
    }
  });
  if (!made) {
    vscode.window.setStatusBarMessage('Setting up the native kernels was cancelled; nothing half-made is left behind.', 5000);
    return false;
  }
  void vscode.window.showInformationMessage(`The native kernels are set up: TensorFlow ${made.tensorflow}.`);
  return true;
}

async function getData({ log }: HostContext, asked: unknown): Promise<void> {
  requireTrust();
  const { getDataset, listDatasets } = await import('../later');
  const names = PUBLISHED_SETS;
  const known = names.find((name) => name === asked);
  const sets = await listDatasets();
  const items = names.map((name) => ({
    name,
    label: name,
    detail: sets.find((set) => set.name === name)?.found ?? 'Not on this machine yet',
  }));
  const name = known ?? (await vscode.window.showQuickPick(items, { placeHolder: 'Get which data set?' }))?.name;
  if (!name) return;
  const options = { location: vscode.ProgressLocation.Notification, title: `Data set ${name}`, cancellable: true };
  const folder = await vscode.window.withProgress(options, async (progress, token) => {
    const { signal, dispose } = signalOf(token);
    try {
      return await getDataset(name, {
        signal,
        progress: (file, done, total) => progress.report({ message: `${file}${amount(done, total ?? undefined)}` }),
      });
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    } finally {
      dispose();
    }
  });
  if (!folder) return;
  log.info(`${name}: ${folder}`);
  void vscode.window.showInformationMessage(`${name} lies in ${folder}.`);
}

function amount(done: number | undefined, total: number | undefined): string {
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  if (done === undefined) return '';
  return total ? `, ${Math.floor((100 * done) / total)}% of ${megabytes(total)}` : `, ${megabytes(done)}`;
}

function signalOf(token: vscode.CancellationToken): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const subscription = token.onCancellationRequested(() => controller.abort());
  return { signal: controller.signal, dispose: () => void subscription.dispose() };
}
