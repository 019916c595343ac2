/** Tasks of type `prune`: an experiment in the terminal, with plain lines and an exit code, for tasks.json. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { Outcome } from '../client/connection';
import { formatFailure, toFailure } from '../shared/errors';
import { forTerminal } from '../shared/harmless';
import { EXPERIMENT_SUFFIX } from '../shared/ids';
import type { HostContext } from './contract';

const TYPE = 'prune';

export function registerTasks(host: HostContext): vscode.Disposable {
  return vscode.tasks.registerTaskProvider(TYPE, {
    async provideTasks() {
      const files = await vscode.workspace.findFiles(`**/*${EXPERIMENT_SUFFIX}`, '**/node_modules/**', 100);
      return files.flatMap((uri) => {
        const folder = vscode.workspace.getWorkspaceFolder(uri);
        return folder ? taskOf(host, { type: TYPE, file: vscode.workspace.asRelativePath(uri, false) }, folder) : [];
      });
    },
    resolveTask(task) {
      const folder = typeof task.scope === 'object' ? task.scope : vscode.workspace.workspaceFolders?.[0];
      return folder ? taskOf(host, task.definition, folder) : undefined;
    },
  });
}

function taskOf(host: HostContext, definition: vscode.TaskDefinition, folder: vscode.WorkspaceFolder): vscode.Task {
  const { file, all } = definition as vscode.TaskDefinition & { file?: unknown; all?: unknown };
  const name = typeof file === 'string' ? file : '';
  const uri = path.isAbsolute(name) ? vscode.Uri.file(name) : vscode.Uri.joinPath(folder.uri, name);
  const execution = new vscode.CustomExecution(async () => new RunTerminal(host, uri, all !== false));
  return new vscode.Task(definition, folder, name, TYPE, execution, []);
}

/** What the task's terminal shows. */
class RunTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new vscode.EventEmitter<number>();
  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.closed.event;
  private folders: readonly string[] = [];
  private stopped = false;

  constructor(
    private readonly host: HostContext,
    private readonly file: vscode.Uri,
    private readonly all: boolean,
  ) {}

  open(): void {
    this.run().then(
      (code) => this.closed.fire(code),
      (error: unknown) => {
        this.write(`${formatFailure(toFailure(error))}\n`);
        this.closed.fire(2);
      },
    );
  }

  /** The terminal was closed, or the task ended. */
  close(): void {
    this.stop();
  }

  handleInput(data: string): void {
    const ctrlC = '\x03';
    if (data === ctrlC) this.stop();
  }

  private async run(): Promise<number> {
    const { runs } = this.host;
    this.folders = await runs.start(this.file, { all: this.all });
    if (this.stopped) this.stop();
    const { folders } = this;
    const { coloursFor, lineProgress } = await import('./later');
    const label = (folder: string) => (folders.length > 1 ? (runs.get(folder)?.run.label ?? null) : null);
    const shown = folders.map((folder) => ({ folder, label: label(folder) }));
    const lines = lineProgress(shown, (text) => this.write(text), coloursFor({}));
    const places = new Map(folders.map((folder, i) => [folder, i]));
    const live = runs.onLive(({ folder, event }) => {
      const place = places.get(folder);
      if (place !== undefined) lines.event(place, event);
    });
    try {
      const outcomes = await Promise.all(
        folders.map(async (folder, i) => {
          await runs.ended(folder);
          const outcome = this.outcome(folder);
          lines.outcome(i, outcome);
          return outcome;
        }),
      );
      if (outcomes.some(({ state }) => state === 'failed')) return 1;
      return outcomes.every(({ state }) => state === 'done') ? 0 : 130;
    } finally {
      live.dispose();
    }
  }

  private outcome(folder: string): Outcome {
    const entry = this.host.runs.get(folder);
    if (entry?.state === 'done') return { state: 'done', report: folder };
    if (entry?.state !== 'failed' || !entry.run.failure) return { state: 'cancelled', resumable: entry?.run.resumable ?? false };
    if (this.folders.length === 1) this.write(`${formatFailure(entry.run.failure)}\n`);
    return { state: 'failed', failure: entry.run.failure };
  }

  private stop(): void {
    this.stopped = true;
    const active = new Set(this.host.runs.active(this.file.fsPath).map(({ folder }) => folder));
    for (const folder of this.folders) if (active.has(folder)) this.host.runs.cancel(folder);
  }

  private write(text: string): void {
    this.written.fire(forTerminal(text).replaceAll('\n', '\r\n'));
  }
}
