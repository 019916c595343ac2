/** The tree of runs: experiments, and in each its runs, newest first. */
import path from 'node:path';
import * as vscode from 'vscode';
import { formatFailure, toFailure } from '../shared/errors';
import { groupBy } from '../shared/lists';
import { readReport } from '../store/read';
import { COMMANDS, VIEWS, type RunEntry, type Runs } from './contract';
import { folderName } from './folders';
import { shortStageTable } from './markdown';
import { contextValue, describeRun, ICONS } from './words';

/** What commands of the tree's menus get as their argument (and, where several are selected, all of them as a second). */
export interface RunNode {
  kind: 'run';
  folder: string;
}
export interface ExperimentNode {
  kind: 'experiment';
  id: string;
}
export type TreeNode = RunNode | ExperimentNode;

/** A batch every 100 ms would redraw the tree as often. */
const REDRAW_MS = 250;

/**
 * How long to wait for the editor to read the whole tree anew before it is told of another change. It reads level by level; a change of the
 * whole in between takes away the groups that it is about to ask for, and then VS Code 1.100 never draws the view again.
 */
const READING_MS = 5000;

const DAMAGED = 'damaged';
const ROOT = '';

/**
 * Opens the run that was clicked. Without an argument: what has arguments is kept by the editor only until the item is drawn anew, and a click
 * that falls into that moment is lost.
 */
const OPEN_SELECTED = 'pruneLab.openSelectedRun';

interface Drawn {
  groups: string;
  /** Of each group and run all that is shown of it. */
  looks: Map<string, string>;
}

export class RunsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  private readonly selected = new vscode.EventEmitter<string | null>();
  /** Folder of the run that is selected; null where none is. */
  readonly onDidSelect = this.selected.event;
  private readonly changed = new vscode.EventEmitter<TreeNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;

  private readonly view: vscode.TreeView<TreeNode>;
  private readonly subscriptions: vscode.Disposable[];
  /** The editor knows nodes by identity. */
  private readonly nodes = new Map<string, TreeNode>();
  private groups = new Map<string, RunEntry[]>();
  private shown: readonly RunEntry[] = [];
  /** What the editor was last given or told of; null before it has asked for anything. */
  private drawn: Drawn | null = null;
  /** Groups whose runs the editor does not ask for. */
  private readonly collapsed = new Set<string>();
  /** Groups that the editor has yet to ask for; null where it is not reading. */
  private unread: Set<string> | null = null;
  private reading: NodeJS.Timeout | undefined;
  private readonly redraw = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private text = '';

  constructor(private readonly runs: Runs) {
    this.view = vscode.window.createTreeView(VIEWS.runs, { treeDataProvider: this, canSelectMany: true, showCollapseAll: true });
    this.subscriptions = [
      this.view,
      this.view.onDidChangeSelection(({ selection }) => {
        const run = selection.find((node) => node.kind === 'run');
        this.selected.fire(run?.folder ?? null);
      }),
      this.view.onDidCollapseElement(({ element }) => element.kind === 'experiment' && this.collapsed.add(element.id)),
      this.view.onDidExpandElement(({ element }) => element.kind === 'experiment' && this.collapsed.delete(element.id)),
      this.view.onDidChangeVisibility(() => this.draw()),
      runs.onDidChange(() => this.update()),
      vscode.commands.registerCommand(OPEN_SELECTED, () => {
        const [run] = this.selection;
        return run && vscode.commands.executeCommand(COMMANDS.showResult, run.folder);
      }),
      runs.onLive(
        ({ folder, event }) => (event.type === 'epoch' || event.type === 'stage' || event.type === 'batch') && this.redrawSoon(folder),
      ),
    ];
    this.update();
  }

  get filter(): string {
    return this.text;
  }

  /** Shows only runs whose experiment, label, state or id has the text in it. */
  set filter(text: string) {
    this.text = text.trim();
    this.update();
  }

  /** The runs that are selected. */
  get selection(): readonly RunNode[] {
    return this.view.selection.filter((node) => node.kind === 'run');
  }

  getChildren(parent?: TreeNode): TreeNode[] {
    if (parent?.kind === 'run') return [];
    if (!parent) {
      const ids = this.groupIds();
      this.drawn = this.current();
      this.expect(ids.filter((id) => !this.collapsed.has(id)));
      return ids.map((id) => this.node({ kind: 'experiment', id }));
    }
    if (this.unread?.delete(parent.id) && this.unread.size === 0) this.readWithin(REDRAW_MS);
    return this.foldersOf(parent.id).map((folder) => this.node({ kind: 'run', folder }));
  }

  getParent(node: TreeNode): TreeNode | undefined {
    if (node.kind === 'experiment') return undefined;
    const entry = this.runs.get(node.folder);
    return this.node({ kind: 'experiment', id: entry ? groupOf(entry) : DAMAGED });
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    if (node.kind === 'experiment') return this.experimentItem(node.id);
    const entry = this.runs.get(node.folder);
    return entry ? this.runItem(entry) : this.damagedItem(node.folder);
  }

  /** The tooltip, when the pointer rests on a run: it reads the report. */
  async resolveTreeItem(item: vscode.TreeItem, node: TreeNode): Promise<vscode.TreeItem> {
    if (node.kind === 'run') item.tooltip = await this.tooltip(node.folder);
    return item;
  }

  dispose(): void {
    clearTimeout(this.timer);
    clearTimeout(this.reading);
    this.subscriptions.forEach((subscription) => void subscription.dispose());
    this.selected.dispose();
    this.changed.dispose();
  }

  private update(): void {
    const { entries } = this.runs;
    const wanted = this.text.toLowerCase();
    const shown = entries.filter(({ run, state, experiment }) =>
      [experiment, run.label, run.id, state].some((part) => part.toLowerCase().includes(wanted)),
    );
    this.groups = groupBy(shown, groupOf);
    const known = new Set([...entries.map((entry) => entry.folder), ...this.runs.damaged.keys(), ...this.groups.keys(), DAMAGED]);
    for (const key of this.nodes.keys()) if (!known.has(key)) this.nodes.delete(key);
    const running = entries.filter((entry) => entry.state === 'running').length;
    this.view.badge = running ? { value: running, tooltip: running === 1 ? '1 run is running' : `${running} runs are running` } : undefined;
    this.view.message = this.text ? `Filter "${this.text}": ${shown.length} of ${entries.length} runs` : '';
    this.shown = shown;
    this.draw();
  }

  /** Draws what changed alone: drawing all anew takes the tree's items away for a moment, and with them a click or a menu on one. */
  private draw(): void {
    if (!this.drawn || this.unread || !this.view.visible) return;
    const before = this.drawn;
    this.drawn = this.current();
    if (this.drawn.groups !== before.groups) {
      this.expect([ROOT]);
      this.changed.fire(undefined);
      return;
    }
    for (const [key, look] of this.drawn.looks) {
      const node = look === before.looks.get(key) ? undefined : this.nodes.get(key);
      if (node) this.changed.fire(node);
    }
  }

  private current(): Drawn {
    const ids = this.groupIds();
    const runs = this.shown.map((entry): [string, string] => [
      entry.folder,
      `${entry.run.label} ${contextValue(entry)} ${describeRun(entry, undefined)}`,
    ]);
    return {
      groups: JSON.stringify(ids),
      looks: new Map([...runs, ...ids.map((id): [string, string] => [id, JSON.stringify(this.foldersOf(id))])]),
    };
  }

  /** The editor is about to ask for these groups. */
  private expect(groups: readonly string[]): void {
    this.unread = new Set(groups);
    this.readWithin(groups.length ? READING_MS : REDRAW_MS);
  }

  /** After so long the editor has read what it wants to; then it is told what has changed meanwhile. */
  private readWithin(ms: number): void {
    clearTimeout(this.reading);
    this.reading = setTimeout(() => {
      this.unread = null;
      this.draw();
    }, ms);
  }

  private redrawSoon(folder: string): void {
    this.redraw.add(folder);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      for (const changed of this.unread ? [] : this.redraw) {
        const node = this.nodes.get(changed);
        if (node) this.changed.fire(node);
      }
      this.redraw.clear();
    }, REDRAW_MS);
  }

  private node<T extends TreeNode>(node: T): TreeNode {
    const key = node.kind === 'run' ? node.folder : node.id;
    const known = this.nodes.get(key) ?? node;
    this.nodes.set(key, known);
    return known;
  }

  private groupIds(): string[] {
    return [...this.groups.keys(), ...(this.damaged().length ? [DAMAGED] : [])];
  }

  private foldersOf(group: string): string[] {
    return group === DAMAGED ? this.damaged() : (this.groups.get(group) ?? []).map(({ folder }) => folder);
  }

  private damaged(): string[] {
    return this.text ? [] : [...this.runs.damaged.keys()];
  }

  private experimentItem(id: string): vscode.TreeItem {
    const open = vscode.TreeItemCollapsibleState.Expanded;
    if (id === DAMAGED) {
      const item = new vscode.TreeItem('Unreadable run folders', open);
      return Object.assign(item, { id, iconPath: new vscode.ThemeIcon('warning'), contextValue: 'damaged' });
    }
    const entries = this.groups.get(id) ?? [];
    const [first] = entries;
    const item = new vscode.TreeItem(first?.experiment ?? '', open);
    item.id = id;
    item.iconPath = new vscode.ThemeIcon('beaker');
    item.contextValue = 'experiment';
    item.description = [first && folderName(first), entries.length === 1 ? '1 run' : `${entries.length} runs`].filter(Boolean).join(' · ');
    item.tooltip = first?.file ?? undefined;
    return item;
  }

  private runItem(entry: RunEntry): vscode.TreeItem {
    const item = new vscode.TreeItem(entry.run.label);
    const { icon, colour } = ICONS[entry.state];
    item.id = entry.folder;
    item.iconPath = new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(colour));
    item.contextValue = contextValue(entry);
    const description = describeRun(entry, this.runs.live(entry.folder));
    item.description = description;
    item.accessibilityInformation = { label: `${entry.run.label}, ${entry.state}, ${description}` };
    item.command = { title: 'Show result', command: OPEN_SELECTED };
    return item;
  }

  private damagedItem(folder: string): vscode.TreeItem {
    const item = new vscode.TreeItem(path.basename(folder));
    item.id = folder;
    item.iconPath = new vscode.ThemeIcon('warning');
    item.contextValue = 'run:damaged';
    const failure = this.runs.damaged.get(folder);
    item.tooltip = failure && formatFailure(failure);
    return item;
  }

  private async tooltip(folder: string): Promise<vscode.MarkdownString> {
    const entry = this.runs.get(folder);
    const text = new vscode.MarkdownString();
    if (!entry) return text.appendText(folder);
    const { run, state } = entry;
    text.appendMarkdown('**').appendText(run.label).appendMarkdown(`** ${state}, seed ${run.seed}, `);
    text.appendText(new Date(run.created).toLocaleString()).appendMarkdown('\n\n');
    if (run.failure) text.appendCodeblock(formatFailure(run.failure), 'text');
    if (state !== 'done') return text;
    try {
      return text.appendMarkdown(shortStageTable(await readReport(folder)));
    } catch (error) {
      return text.appendCodeblock(formatFailure(toFailure(error)), 'text');
    }
  }
}

/** Experiments of one name in two workspace folders are two. */
const groupOf = (entry: RunEntry) => `${entry.workspaceFolder}\n${entry.experiment}`;
