/** The view under the list of runs: the selected run at a glance. */
import * as vscode from 'vscode';
import { VIEWS, type HostContext } from '../contract';
import { carryOut } from './actions';
import { RunFeed } from './feed';
import { html, webviewOptions } from './html';
import { Transport } from './transport';

export class InspectorView implements vscode.Disposable, vscode.WebviewViewProvider {
  private selected: string | null = null;
  private feed: RunFeed | null = null;
  private readonly registered: vscode.Disposable[];

  constructor(private readonly context: HostContext) {
    this.registered = [
      vscode.window.registerWebviewViewProvider(VIEWS.inspector, this),
      context.selection((folder) => {
        this.selected = folder;
        void this.feed?.show(folder);
      }),
    ];
  }

  resolveWebviewView({ webview, onDidDispose }: vscode.WebviewView): void {
    const { context } = this;
    const { extensionUri } = context.extension;
    webview.options = webviewOptions(extensionUri);
    const transport = new Transport(webview, 'inspector', context.log, (message) => {
      if (message.type === 'ready') void feed.show(this.selected);
      else void carryOut(message, context, transport, feed.view);
    });
    const feed = new RunFeed(context, transport, 'Select a run in the list above to see it at a glance.');
    this.feed = feed;
    onDidDispose(() => {
      if (this.feed === feed) this.feed = null;
      feed.dispose();
      transport.dispose();
    });
    webview.html = html(webview, extensionUri, 'inspector', null);
  }

  dispose(): void {
    for (const each of this.registered) each.dispose();
  }
}
