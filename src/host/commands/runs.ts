/** Commands on runs that exist: cancel, resume, rename, delete, reveal, copy, and the list itself. */
import * as vscode from 'vscode';
import { canResume, isActive } from '../../shared/report';
import { readReport } from '../../store/read';
import { COMMANDS, type HostContext, type RunEntry } from '../contract';
import { reportMarkdown } from '../markdown';
import { register } from '../messages';
import { announceEnd } from '../notify';
import { foldersOf, pickRuns } from '../targets';
import type { RunsTree } from '../tree';

const any = () => true;

export function registerRunCommands(host: HostContext, tree: RunsTree): vscode.Disposable[] {
  const { log, runs } = host;
  /** `run` gets the runs that the command was called on, else those that are selected, else what a person picks. */
  const onRuns = (id: string, suitable: (entry: RunEntry) => boolean, placeHolder: string, run: (folders: string[]) => unknown) =>
    register(id, log, async (argument: unknown, selected: unknown) => {
      let folders = foldersOf(argument, selected);
      if (folders.length === 0)
        folders = tree.selection
          .flatMap(({ folder }) => runs.get(folder) ?? [])
          .filter(suitable)
          .map(({ folder }) => folder);
      if (folders.length === 0) folders = await pickRuns(runs, suitable, placeHolder);
      if (folders.length > 0) await run(folders);
    });

  return [
    onRuns(COMMANDS.cancelRun, isActive, 'Cancel which run?', (folders) => folders.forEach((folder) => runs.cancel(folder))),

    onRuns(COMMANDS.resumeRun, canResume, 'Resume which run?', async (folders) => {
      for (const folder of folders) {
        await runs.resume(folder);
        void announceEnd(host, [folder], { show: false });
      }
    }),

    onRuns(COMMANDS.renameRun, any, 'Rename which run?', async ([folder]) => {
      const label = await vscode.window.showInputBox({
        title: 'Rename run',
        prompt: 'The name that lists and panels show; its folder keeps its own.',
        value: runs.get(folder!)?.run.label ?? '',
        validateInput: (value) => (value.trim() ? undefined : 'A run needs a name.'),
      });
      if (label !== undefined) await runs.rename(folder!, label.trim());
    }),

    onRuns(
      COMMANDS.deleteRun,
      (entry) => !isActive(entry),
      'Delete which run?',
      (folders) => deleteRuns(host, folders),
    ),

    onRuns(COMMANDS.revealRun, any, 'Reveal the folder of which run?', async ([folder]) => {
      const uri = vscode.Uri.file(folder!);
      // The explorer of the editor works in a browser and on a remote machine too, where the system's cannot be opened.
      const inDesktop = vscode.env.uiKind === vscode.UIKind.Desktop && !vscode.env.remoteName;
      await vscode.commands.executeCommand(inDesktop ? 'revealFileInOS' : 'revealInExplorer', uri);
    }),

    onRuns(
      COMMANDS.copyMarkdown,
      ({ state }) => state === 'done',
      'Copy the result of which run?',
      async (folders) => {
        const texts = await Promise.all(
          folders.map(async (folder) => reportMarkdown(await readReport(folder), runs.get(folder)?.run.label ?? '')),
        );
        await vscode.env.clipboard.writeText(texts.join('\n'));
        vscode.window.setStatusBarMessage(
          `$(check) ${folders.length === 1 ? 'Result' : `${folders.length} results`} copied as Markdown`,
          4000,
        );
      },
    ),

    register(COMMANDS.refreshRuns, log, () => runs.refresh()),

    register(COMMANDS.filterRuns, log, async () => {
      const text = await vscode.window.showInputBox({
        title: 'Filter runs',
        prompt: 'Part of an experiment, a label or a state. Leave it empty to show all runs.',
        value: tree.filter,
      });
      if (text !== undefined) tree.filter = text;
    }),
  ];
}

async function deleteRuns({ runs }: HostContext, folders: readonly string[]): Promise<void> {
  const label = (folder: string) => runs.get(folder)?.run.label ?? folder;
  const what = folders.length === 1 ? `run "${label(folders[0]!)}"` : `${folders.length} runs`;
  const toTrash = 'Move to Trash';
  const detail = 'The folder with its report, masks and models goes to the trash.';
  if ((await vscode.window.showWarningMessage(`Delete ${what}?`, { modal: true, detail }, toTrash)) !== toTrash) return;
  let useTrash = true;
  for (const folder of folders) {
    try {
      await runs.remove(folder, { useTrash });
    } catch (error) {
      if (!useTrash || !isWithoutTrash(error)) throw error;
      const forGood = 'Delete Permanently';
      const question = `There is no trash here. Delete ${what} permanently?`;
      if ((await vscode.window.showWarningMessage(question, { modal: true }, forGood)) !== forGood) return;
      useTrash = false;
      await runs.remove(folder, { useTrash });
    }
  }
}

/** File systems of remote machines have no trash; the editor says so in the message alone. */
const isWithoutTrash = (error: unknown) => error instanceof Error && /trash/i.test(error.message);
