/** Running work in the status bar; a click shows the result panel of what runs. */
import * as vscode from 'vscode';
import { COMMANDS, type Runs } from './contract';
import { statusText } from './words';

/** More often than this nobody reads it. */
const REDRAW_MS = 500;

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('pruneLab.status', vscode.StatusBarAlignment.Left);
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly runs: Runs) {
    this.item.name = 'Prune Lab';
    this.subscriptions = [this.item, runs.onDidChange(() => this.draw()), runs.onLive(() => this.drawSoon())];
    this.draw();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscriptions.forEach((subscription) => void subscription.dispose());
  }

  private drawSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.draw();
    }, REDRAW_MS);
  }

  private draw(): void {
    const running = this.runs.entries.filter((entry) => entry.state === 'running');
    const queued = this.runs.entries.filter((entry) => entry.state === 'queued').length;
    const [first] = running;
    if (!first) return this.item.hide();
    const one = running.length === 1 && queued === 0;
    const text = one
      ? statusText(this.runs.live(first.folder))
      : [`${running.length} running`, queued && `${queued} queued`].filter(Boolean).join(', ');
    this.item.text = `$(sync~spin) Prune: ${text}`;
    this.item.tooltip = running
      .map(
        ({ experiment, run, folder }) =>
          `${experiment === run.label ? experiment : `${experiment}, ${run.label}`}: ${statusText(this.runs.live(folder))}`,
      )
      .join('\n');
    this.item.accessibilityInformation = { label: `Prune Lab: ${text}. Show result`, role: 'button' };
    this.item.command = { title: 'Show result', command: COMMANDS.showResult, arguments: [first.folder] };
    this.item.show();
  }
}
