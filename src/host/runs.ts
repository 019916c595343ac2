/** The runs of all workspace folders: what is on disk, and what goes on in this window. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { Failure } from '../shared/errors';
import type { Event } from '../shared/protocol';
import { canResume, isActive, type RunState } from '../shared/report';
import { updateRun } from '../store/update';
import type { Live, RunEntry, Runs, StartOptions } from './contract';
import { hostErrors } from './errors';
import { allowedFolders, folderFor, workspaceFolderOf, workspaceFolders } from './folders';
import { Jobs, type Guard } from './jobs';
import type { Kernels } from './kernels';
import { requireFolderInside, requireRunInside } from './outside';
import { Scanner, type Scanned } from './scan';
import { throttled } from './throttled';
import { requireTrust } from './trust';

/** Changes on disk come in bursts. */
const SETTLE_MS = 300;

/** Views look at all runs when any has changed: of a sweep that is cancelled, thousands have within a moment. */
const TELL_MS = 100;

export class RunCenter implements Runs {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly lives = new vscode.EventEmitter<{ folder: string; event: Event }>();
  readonly onDidChange = this.changed.event;
  readonly onLive = this.lives.event;

  private readonly scanner = new Scanner();
  private readonly jobs: Jobs;
  private readonly found = new Map<string, RunEntry>();
  private readonly failures = new Map<string, Failure>();
  /** Of each run of this window: resolves when it has ended and its folder was read. */
  private readonly ends = new Map<string, Promise<void>>();
  private readonly tell = throttled(() => this.changed.fire(), TELL_MS);
  private readonly liveByFolder = new Map<string, Live>();
  private sorted: readonly RunEntry[] | null = null;
  private readonly stale = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly kernels: Kernels,
  ) {
    this.jobs = new Jobs(kernels, GUARD, (folder, event) => this.receive(folder, event));
    const files = vscode.workspace.createFileSystemWatcher('**/.prune/runs/*/run.json');
    // A folder that goes is one event of the outermost, not one of each file in it.
    const folders = vscode.workspace.createFileSystemWatcher('**/.prune/runs/*', false, true, false);
    const roots = vscode.workspace.createFileSystemWatcher('{**/.prune,**/.prune/runs}', true, true, false);
    const reread = (uri: vscode.Uri) => this.reread(uri.fsPath);
    const rereadParent = (uri: vscode.Uri) => this.reread(path.dirname(uri.fsPath));
    const refresh = () => void this.refresh();
    this.subscriptions = [
      files,
      folders,
      roots,
      files.onDidCreate(rereadParent),
      files.onDidChange(rereadParent),
      files.onDidDelete(rereadParent),
      folders.onDidCreate(reread),
      folders.onDidDelete(reread),
      roots.onDidDelete(refresh),
      vscode.workspace.onDidChangeWorkspaceFolders(refresh),
      // Nothing tells that another window's process died.
      vscode.window.onDidChangeWindowState(
        ({ focused }) => focused && this.entries.filter(isActive).forEach((entry) => this.reread(entry.folder)),
      ),
    ];
  }

  get entries(): readonly RunEntry[] {
    return (this.sorted ??= [...this.found.values()].sort(
      (a, b) => b.run.created.localeCompare(a.run.created) || b.folder.localeCompare(a.folder),
    ));
  }

  get damaged(): ReadonlyMap<string, Failure> {
    return this.failures;
  }

  get(folder: string): RunEntry | undefined {
    return this.found.get(folder);
  }

  live(folder: string): Live | undefined {
    return this.liveByFolder.get(folder);
  }

  active(file: string): readonly RunEntry[] {
    return this.jobs.folders.flatMap((folder) => this.found.get(folder) ?? []).filter((entry) => entry.file === file);
  }

  last(file: string): RunEntry | undefined {
    return this.entries.find((entry) => entry.file === file && entry.state === 'done');
  }

  async refresh(): Promise<void> {
    const scanned = (await Promise.all(workspaceFolders().map((folder) => this.scanner.scan(folder)))).flat();
    // A run that was made while the others were read is not among them.
    const made = [...this.found.values()].filter(({ folder }) => this.jobs.has(folder));
    this.found.clear();
    this.failures.clear();
    for (const one of [...made, ...scanned]) this.enter(one);
    this.announce();
  }

  async start(file: vscode.Uri, options: StartOptions = {}): Promise<string[]> {
    const workspaceFolder = folderFor(file);
    requireTrust();
    const { queueVariant, variantsOf } = await import('./experimentFiles');
    const allowed = allowedFolders();
    const variants = await variantsOf(file.fsPath, options, allowed);
    for (const { experiment } of variants) this.kernels.require(experiment.engine.device);
    const queued = [];
    for (const variant of variants) queued.push(await queueVariant(variant, file.fsPath, workspaceFolder, allowed));
    this.log.info(`${file.fsPath}: ${queued.length} queued`);
    this.jobs.add(queued);
    for (const { runDir } of queued) this.enter(await this.scanner.read(runDir, workspaceFolder));
    for (const { runDir } of queued) this.follow(runDir);
    this.announce();
    return queued.map(({ runDir }) => runDir);
  }

  async ended(folder: string): Promise<RunState> {
    await (this.ends.get(folder) ?? this.read([folder]));
    return this.found.get(folder)?.state ?? 'failed';
  }

  cancel(folder: string): void {
    if (this.jobs.has(folder)) return this.jobs.cancel(folder);
    const entry = this.known(folder);
    if (isActive(entry)) throw hostErrors.runningElsewhere(entry.run.label, folder);
  }

  async resume(folder: string): Promise<void> {
    requireTrust();
    await this.read([folder]);
    const { queueAgain } = await import('./experimentFiles');
    const queued = await queueAgain(folder, allowedFolders());
    this.kernels.require(queued.device);
    const entry = this.known(folder);
    if (this.jobs.has(folder) || !canResume(entry)) throw hostErrors.notResumable(entry.run.label, entry.state, folder);
    this.enter({ ...entry, state: 'queued' });
    this.jobs.add([queued]);
    this.follow(folder);
    this.announce();
  }

  async remove(folder: string, { useTrash }: { useTrash: boolean } = { useTrash: true }): Promise<void> {
    const entry = this.found.get(folder);
    if (entry && (this.jobs.has(folder) || entry.state === 'running')) throw hostErrors.stillRunning(entry.run.label, folder);
    // Links in it are deleted as such.
    await requireFolderInside(folder, allowedFolders());
    await vscode.workspace.fs.delete(vscode.Uri.file(folder), { recursive: true, useTrash });
    this.forget(folder);
    this.announce();
  }

  async rename(folder: string, label: string): Promise<void> {
    await requireRunInside(folder, allowedFolders());
    await updateRun(folder, { label });
    await this.read([folder]);
  }

  /** Cancels what goes on and waits until it is gone, so that a reload leaves runs that can be resumed. */
  async dispose(): Promise<void> {
    clearTimeout(this.timer);
    this.subscriptions.forEach((subscription) => void subscription.dispose());
    await this.jobs.dispose();
    this.tell.dispose();
    this.changed.dispose();
    this.lives.dispose();
  }

  private receive(folder: string, event: Event): void {
    const { stage, epoch, batch } = this.liveByFolder.get(folder) ?? { stage: null, epoch: null, batch: null };
    // A stage begins anew: what the one before it said of its epochs is over.
    if (event.type === 'stage') this.liveByFolder.set(folder, { stage: event, epoch: null, batch: null });
    else if (event.type === 'epoch') this.liveByFolder.set(folder, { stage, epoch: event, batch });
    else if (event.type === 'batch') this.liveByFolder.set(folder, { stage, epoch, batch: event });
    else if (event.type === 'warning') this.log.warn(`${folder}: ${event.code}: ${event.message}`);
    const entry = this.found.get(folder);
    if (entry && entry.state !== 'running') {
      this.enter({ ...entry, state: 'running' });
      this.announce();
    }
    this.lives.fire({ folder, event });
  }

  private follow(folder: string): void {
    const end = this.awaitEnd(folder).finally(() => this.ends.delete(folder));
    this.ends.set(folder, end);
  }

  private async awaitEnd(folder: string): Promise<void> {
    const outcome = await this.jobs.outcome(folder);
    this.log.info(`${folder}: ${outcome?.state}`);
    if (outcome?.state === 'failed') this.log.error(`${outcome.failure.code}: ${outcome.failure.message}`);
    this.liveByFolder.delete(folder);
    await this.read([folder]);
  }

  private reread(folder: string): void {
    const name = path.basename(folder);
    // Of the runs of this window the child tells more, and sooner.
    if (name.startsWith('.') || this.jobs.has(folder) || !workspaceFolderOf(folder)) return;
    this.stale.add(folder);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const folders = [...this.stale];
      this.stale.clear();
      void this.read(folders);
    }, SETTLE_MS);
  }

  /** Reads these folders anew, and no others. */
  private async read(folders: readonly string[]): Promise<void> {
    await Promise.all(
      folders.map(async (folder) => {
        const workspaceFolder = workspaceFolderOf(folder);
        const scanned = workspaceFolder === undefined ? null : await this.scanner.read(folder, workspaceFolder);
        if (scanned) this.enter(scanned);
        else this.forget(folder);
      }),
    );
    this.announce();
  }

  private enter(scanned: Scanned | null): void {
    if (!scanned) return;
    this.forget(scanned.folder);
    if ('failure' in scanned) this.failures.set(scanned.folder, scanned.failure);
    // Of a run of this window its child knows more than what was read, which may be of before it was resumed.
    else if (this.jobs.has(scanned.folder))
      this.found.set(scanned.folder, { ...scanned, state: this.liveByFolder.has(scanned.folder) ? 'running' : 'queued' });
    else this.found.set(scanned.folder, scanned);
  }

  private forget(folder: string): void {
    this.found.delete(folder);
    this.failures.delete(folder);
  }

  private announce(): void {
    this.sorted = null;
    this.tell();
  }

  private known(folder: string): RunEntry {
    const entry = this.found.get(folder);
    if (!entry) throw hostErrors.noSuchRun(folder);
    return entry;
  }
}

/** Links may have changed while a run waited. */
const GUARD: Guard = {
  folder: (runDir) => requireRunInside(runDir, allowedFolders()),
  paths: async (runDir) => (await import('./experimentFiles')).requireRunPathsInside(runDir, allowedFolders()),
};
