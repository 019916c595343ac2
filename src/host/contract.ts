/** What the rooms of the extension host share: the runs of the workspace, and how they are started. */
import type * as vscode from 'vscode';
import type { Event as EngineEvent, EventOf } from '../shared/protocol';
import type { Kernels } from './kernels';
import type { Failure } from '../shared/errors';
import type { Run, RunState } from '../shared/report';

/** A run folder of one of the workspace's folders. */
export interface RunEntry {
  folder: string;
  run: Run;
  state: RunState;
  /** Name of the experiment, for grouping: of the resolved experiment, or of its file. */
  experiment: string;
  /** Its experiment file, if it is known. */
  file: string | null;
  workspaceFolder: string;
}

/** What a running run said last. */
export interface Live {
  stage: EventOf<'stage'> | null;
  epoch: EventOf<'epoch'> | null;
  batch: EventOf<'batch'> | null;
}

export interface StartOptions {
  /** Only this many epochs on few samples, to see that everything works; its folder is marked in the label. */
  dry?: boolean;
  /** Only the runs of these seeds (a lens on the seed list), or all where absent. */
  seeds?: readonly number[];
  /** All variants of the sweep (default: only the file's first run). */
  all?: boolean;
}

/** The runs of every workspace folder. Nothing here blocks: files are read asynchronously. */
export interface Runs extends vscode.Disposable {
  /** Newest first. */
  readonly entries: readonly RunEntry[];
  /** Run folders that cannot be read, and why. */
  readonly damaged: ReadonlyMap<string, Failure>;
  /** The list, or the state of one of it. */
  readonly onDidChange: vscode.Event<void>;
  readonly onLive: vscode.Event<{ folder: string; event: EngineEvent }>;
  get(folder: string): RunEntry | undefined;
  live(folder: string): Live | undefined;
  /** Runs of this file that are queued or running in this window. */
  active(file: string): readonly RunEntry[];
  /** The newest finished run of this file. */
  last(file: string): RunEntry | undefined;
  refresh(): Promise<void>;
  /** Starts runs of an experiment file; returns their folders once they are made, before they end. @throws PruneError */
  start(file: vscode.Uri, options?: StartOptions): Promise<string[]>;
  /** Resolves when a run that goes on in this window has ended, with the state it ended in; at once for any other. */
  ended(folder: string): Promise<RunState>;
  cancel(folder: string): void;
  resume(folder: string): Promise<void>;
  /** To the trash, or for good where there is none (a remote machine). */
  remove(folder: string, options?: { useTrash: boolean }): Promise<void>;
  /** Gives the run another label. */
  rename(folder: string, label: string): Promise<void>;
}

export interface HostContext {
  extension: vscode.ExtensionContext;
  log: vscode.LogOutputChannel;
  runs: Runs;
  kernels: Kernels;
  /** Folder of the run that is selected in the tree; null where none is. */
  selection: vscode.Event<string | null>;
}

/** Command identifiers; titles and `when` are in package.json. */
export const COMMANDS = {
  pruneModel: 'pruneLab.pruneModel',
  dryRun: 'pruneLab.dryRun',
  runAll: 'pruneLab.runAll',
  cancelRun: 'pruneLab.cancelRun',
  resumeRun: 'pruneLab.resumeRun',
  showResult: 'pruneLab.showResult',
  compareRuns: 'pruneLab.compareRuns',
  newExperiment: 'pruneLab.newExperiment',
  checkEnvironment: 'pruneLab.checkEnvironment',
  setUpKernels: 'pruneLab.setUpKernels',
  getData: 'pruneLab.getData',
  refreshRuns: 'pruneLab.refreshRuns',
  filterRuns: 'pruneLab.filterRuns',
  renameRun: 'pruneLab.renameRun',
  deleteRun: 'pruneLab.deleteRun',
  revealRun: 'pruneLab.revealRun',
  copyMarkdown: 'pruneLab.copyMarkdown',
} as const;

/** Views and panels. */
export const VIEWS = {
  runs: 'pruneLab.runs',
  inspector: 'pruneLab.inspector',
  result: 'pruneLab.result',
  compare: 'pruneLab.compare',
} as const;
