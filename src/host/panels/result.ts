/** Result panels, one for each run. */
import * as vscode from 'vscode';
import { PanelState, type RunView } from '../../shared/view';
import { COMMANDS, VIEWS, type HostContext } from '../contract';
import { register, showFailure } from '../messages';
import { foldersOf, pickRuns } from '../targets';
import { carryOut } from './actions';
import { panelErrors } from './errors';
import { RunFeed } from './feed';
import { html, panelIcon, webviewOptions } from './html';
import { Transport } from './transport';

export class ResultPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  private readonly panels = new Map<string, vscode.WebviewPanel>();
  private readonly registered: vscode.Disposable[];

  constructor(private readonly context: HostContext) {
    this.registered = [
      vscode.window.registerWebviewPanelSerializer(VIEWS.result, this),
      register(COMMANDS.showResult, context.log, async (target: unknown) => {
        const [folder] = [
          ...foldersOf(target),
          ...(target === undefined ? await pickRuns(context.runs, () => true, 'Show which run?') : []),
        ];
        if (folder !== undefined) this.show(folder);
      }),
    ];
  }

  /** Shows the run's panel: the one that it has, or a new one. */
  show(folder: string): void {
    const open = this.panels.get(folder);
    if (open) return open.reveal();
    const panel = vscode.window.createWebviewPanel(VIEWS.result, 'Result', vscode.ViewColumn.Active, {});
    this.fill(panel, folder);
  }

  /** After a reload of the window; `kept` is what the webview left with the editor. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, kept: unknown): Promise<void> {
    const state = PanelState.safeParse(kept);
    const folder = state.data?.folders[0];
    if (folder !== undefined && !this.panels.has(folder)) return this.fill(panel, folder);
    panel.dispose();
    if (folder === undefined) void showFailure(panelErrors.notRestorable(), this.context.log);
  }

  private fill(panel: vscode.WebviewPanel, folder: string): void {
    const { context } = this;
    const { extensionUri } = context.extension;
    this.panels.set(folder, panel);
    panel.iconPath = panelIcon(extensionUri);
    panel.webview.options = webviewOptions(extensionUri);
    const transport = new Transport(panel.webview, 'result', context.log, (message) => {
      if (message.type === 'ready') void feed.show(folder);
      else void carryOut(message, context, transport, feed.view);
    });
    const feed = new RunFeed(context, transport, '', (view) => (panel.title = title(view)));
    panel.onDidDispose(() => {
      this.panels.delete(folder);
      feed.dispose();
      transport.dispose();
    });
    panel.webview.html = html(panel.webview, extensionUri, 'result', { folders: [folder] });
  }

  dispose(): void {
    for (const each of this.registered) each.dispose();
    for (const panel of [...this.panels.values()]) panel.dispose();
  }
}

function title({ experiment, run }: RunView): string {
  return experiment === run.label ? experiment : `${experiment} · ${run.label}`;
}
