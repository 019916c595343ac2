/** The editor's end of the one channel to a webview. Each message is checked on both sides. */
import type * as vscode from 'vscode';
import { FromWebview, ToWebview } from '../../shared/view';

export class Transport implements vscode.Disposable {
  private readonly listening: vscode.Disposable;

  constructor(
    private readonly webview: vscode.Webview,
    private readonly name: string,
    private readonly log: vscode.LogOutputChannel,
    onMessage: (message: FromWebview) => void,
  ) {
    this.listening = webview.onDidReceiveMessage((data: unknown) => {
      const parsed = FromWebview.safeParse(data);
      if (parsed.success) onMessage(parsed.data);
      else log.error(`${name}: a message from the webview is refused: ${parsed.error.message}`);
    });
  }

  /** A webview that is hidden has no script that listens; it asks for its state when it is shown again. */
  post(message: ToWebview): void {
    const parsed = ToWebview.safeParse(message);
    if (!parsed.success) {
      this.log.error(`${this.name}: a message to the webview is refused: ${parsed.error.message}`);
      return;
    }
    void this.webview.postMessage(parsed.data);
  }

  dispose(): void {
    this.listening.dispose();
  }
}
