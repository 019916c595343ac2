/** Running work in the status bar; a click shows the result panel of what runs. */
import * as vscode from 'vscode';
import { COMMANDS, type Runs } from './contract';
import { throttled } from './throttled';
import { statusText } from './words';

/** More often than this nobody reads it. */
const REDRAW_MS = 500;

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('pruneLab.status', vscode.StatusBarAlignment.Left);
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly runs: Runs) {
    this.item.name = 'Prune Lab';
    const drawLive = throttled(() => this.draw(), REDRAW_MS);
    this.subscriptions = [this.item, drawLive, runs.onDidChange(() => this.draw()), runs.onLive(drawLive)];
    this.draw();
  }

  dispose(): void {
    this.subscriptions.forEach((subscription) => void subscription.dispose());
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
