/** Compare panels: several runs side by side, one panel for each choice of runs. */
import * as vscode from 'vscode';
import { toFailure } from '../../shared/errors';
import { PanelState, type RunView } from '../../shared/view';
import { compareRuns } from '../../store/compare';
import { readRunView } from '../../store/view';
import { COMMANDS, VIEWS, type HostContext, type Runs } from '../contract';
import { folderName } from '../folders';
import { register, showFailure } from '../messages';
import { foldersOf } from '../targets';
import { carryOut } from './actions';
import { panelErrors } from './errors';
import { html, panelIcon, webviewOptions } from './html';
import { pickToCompare } from './pick';
import { Transport } from './transport';

export class ComparePanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  private readonly panels = new Map<string, vscode.WebviewPanel>();
  private readonly registered: vscode.Disposable[];

  constructor(private readonly context: HostContext) {
    this.registered = [
      vscode.window.registerWebviewPanelSerializer(VIEWS.compare, this),
      register(COMMANDS.compareRuns, context.log, async (item: unknown, items: unknown) => {
        const chosen = [...new Set(foldersOf(item, items))];
        const folders = chosen.length > 1 ? chosen : await pickToCompare(context.runs, chosen);
        if (folders) this.show(folders);
      }),
    ];
  }

  show(folders: readonly string[]): void {
    const open = this.panels.get(key(folders));
    if (open) return open.reveal();
    this.fill(vscode.window.createWebviewPanel(VIEWS.compare, 'Compare', vscode.ViewColumn.Active, {}), folders);
  }

  /** After a reload of the window; `kept` is what the webview left with the editor. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, kept: unknown): Promise<void> {
    const state = PanelState.safeParse(kept);
    if (state.success && !this.panels.has(key(state.data.folders))) return this.fill(panel, state.data.folders);
    panel.dispose();
    if (!state.success) void showFailure(panelErrors.notRestorable(), this.context.log);
  }

  private fill(panel: vscode.WebviewPanel, folders: readonly string[]): void {
    const { context } = this;
    const { extensionUri } = context.extension;
    this.panels.set(key(folders), panel);
    panel.title = `Compare ${folders.length} runs`;
    panel.iconPath = panelIcon(extensionUri);
    panel.webview.options = webviewOptions(extensionUri);
    const transport = new Transport(panel.webview, 'compare', context.log, (message) => {
      if (message.type === 'ready') void send(folders, transport, context);
      else void carryOut(message, context, transport, null);
    });
    let shown = fingerprint(folders, context);
    const changes = context.runs.onDidChange(() => {
      const now = fingerprint(folders, context);
      if (now === shown) return;
      shown = now;
      void send(folders, transport, context);
    });
    panel.onDidDispose(() => {
      this.panels.delete(key(folders));
      changes.dispose();
      transport.dispose();
    });
    panel.webview.html = html(panel.webview, extensionUri, 'compare', { folders: [...folders] });
  }

  dispose(): void {
    for (const each of this.registered) each.dispose();
    for (const panel of [...this.panels.values()]) panel.dispose();
  }
}

function key(folders: readonly string[]): string {
  return JSON.stringify([...folders].sort());
}

function fingerprint(folders: readonly string[], { runs }: HostContext): string {
  return JSON.stringify(folders.map((folder) => [runs.get(folder)?.state, runs.get(folder)?.run.label]));
}

/** Runs whose folders are gone are left out; where fewer than two are left there is nothing to compare. */
async function send(folders: readonly string[], transport: Transport, { runs }: HostContext): Promise<void> {
  const read = await Promise.allSettled(folders.map(readRunView));
  const views = read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (views.length > 1) return transport.post({ type: 'compare', view: compareRuns(toldApart(views, runs)) });
  const failure = read.find((result) => result.status === 'rejected');
  if (failure && toFailure(failure.reason).code !== 'store/not-a-run') {
    return transport.post({ type: 'failure', failure: toFailure(failure.reason) });
  }
  transport.post({ type: 'nothing', reason: 'The folders of these runs are gone.' });
}

/** Runs of several workspace folders may have one label: each gets its folder's name. */
function toldApart(views: readonly RunView[], runs: Runs): RunView[] {
  const named = views.map((view) => ({ view, entry: runs.get(view.folder) }));
  const several = new Set(named.map(({ entry }) => entry?.workspaceFolder)).size > 1;
  return named.map(({ view, entry }) => {
    const name = several && entry && folderName(entry);
    return name ? { ...view, run: { ...view.run, label: `${view.run.label} (${name})` } } : view;
  });
}
