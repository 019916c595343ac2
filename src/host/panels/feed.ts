/** Keeps a webview right about one run: its whole state when asked or when it changed, and what happens live in between. */
import type * as vscode from 'vscode';
import { toFailure } from '../../shared/errors';
import type { RunView } from '../../shared/view';
import { readRunView } from '../../store/view';
import type { HostContext } from '../contract';
import type { Transport } from './transport';

const GONE = 'store/not-a-run';

export class RunFeed implements vscode.Disposable {
  private folder: string | null = null;
  private current: RunView | null = null;
  private shown = '';
  private reading = 0;
  private readonly listening: vscode.Disposable[];

  /** `onView` learns of each state that is sent. */
  constructor(
    private readonly context: HostContext,
    private readonly transport: Transport,
    private readonly nothing: string,
    private readonly onView: (view: RunView) => void = () => {},
  ) {
    this.listening = [
      context.runs.onDidChange(() => {
        if (this.folder !== null && this.fingerprint() !== this.shown) void this.send();
      }),
      context.runs.onLive(({ folder, event }) => {
        if (folder === this.folder) transport.post({ type: 'live', event });
      }),
    ];
  }

  /** What was sent last. */
  get view(): RunView | null {
    return this.current;
  }

  show(folder: string | null): Promise<void> {
    this.folder = folder;
    this.current = null;
    return this.send();
  }

  /** The whole state, read from the run's folder. */
  async send(): Promise<void> {
    const reading = ++this.reading;
    const { folder, transport } = this;
    this.shown = this.fingerprint();
    if (folder === null) return transport.post({ type: 'nothing', reason: this.nothing });
    try {
      const view = await readRunView(folder);
      // Another was asked for meanwhile: that one's state is the right one.
      if (reading !== this.reading) return;
      this.current = view;
      transport.post({ type: 'run', view });
      this.onView(view);
      this.sendLast(folder);
    } catch (error) {
      if (reading !== this.reading) return;
      const failure = toFailure(error);
      if (failure.code === GONE) transport.post({ type: 'nothing', reason: `The folder of this run is gone: ${folder}` });
      else transport.post({ type: 'failure', failure });
    }
  }

  /** A webview that opens in the middle of a run need not wait for the next event to show where it is. */
  private sendLast(folder: string): void {
    const live = this.context.runs.live(folder);
    if (live?.stage) this.transport.post({ type: 'live', event: live.stage });
    if (live?.batch) this.transport.post({ type: 'live', event: live.batch });
  }

  /** What a change of means a new state to show. Progress is not part of it: that comes live. */
  private fingerprint(): string {
    const entry = this.folder === null ? undefined : this.context.runs.get(this.folder);
    return entry ? JSON.stringify([entry.state, entry.run.label, entry.run.resumable, entry.run.failure, entry.run.summary]) : '';
  }

  dispose(): void {
    this.reading++;
    for (const each of this.listening) each.dispose();
  }
}
