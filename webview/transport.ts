/** The webview's end of its one channel to the editor. Each message is checked on both sides. */
import type { WebviewApi } from 'vscode-webview';
import { formatFailure } from '../src/shared/errors';
import { PanelState, ToWebview, type FromWebview } from '../src/shared/view';
import type { ChartApi, Mask } from './charts/contract';
import { onTheme } from './theme';

type Message = Exclude<ToWebview, { type: 'mask' | 'mask-failed' }>;

export class Transport {
  private readonly api: WebviewApi<PanelState> = acquireVsCodeApi<PanelState>();
  private readonly masks = new Map<string, Deferred>();

  /** Keeps what restores the panel, and asks for the state that `onMessage` is to show. */
  constructor(private readonly onMessage: (message: Message) => void) {
    window.addEventListener('error', (event) => this.tell(event.message));
    window.addEventListener('unhandledrejection', (event) => this.tell(describe(event.reason)));
    window.addEventListener('message', (event: MessageEvent<unknown>) => this.receive(event.data));
    const state = PanelState.safeParse(JSON.parse(document.body.dataset.state ?? 'null'));
    if (state.success) this.api.setState(state.data);
    this.post({ type: 'ready' });
  }

  post(message: FromWebview): void {
    this.api.postMessage(message);
  }

  /** The mask of a layer of the run that the panel shows; rejects where there is none. */
  mask(layer: string): Promise<Mask> {
    const asked = this.masks.get(layer) ?? deferred();
    if (!this.masks.has(layer)) {
      this.masks.set(layer, asked);
      this.post({ type: 'mask', layer });
    }
    return asked.promise;
  }

  /** What charts and tables may ask of the page that holds them. */
  chartApi(): ChartApi {
    return {
      copy: (text) => this.post({ type: 'copy', text }),
      save: (name, content) => this.post({ type: 'save', name, content }),
      mask: (layer) => this.mask(layer),
      onTheme,
    };
  }

  private receive(data: unknown): void {
    const parsed = ToWebview.safeParse(data);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      this.tell(`message from the editor refused: ${issue?.path.join('.')}: ${issue?.message}`);
      return;
    }
    const message = parsed.data;
    if (message.type === 'mask' || message.type === 'mask-failed') this.settle(message);
    else this.onMessage(message);
  }

  private settle(message: Extract<ToWebview, { type: 'mask' | 'mask-failed' }>): void {
    const asked = this.masks.get(message.layer);
    this.masks.delete(message.layer);
    if (message.type === 'mask') asked?.resolve({ rows: message.rows, cols: message.cols, bytes: message.bytes });
    else asked?.reject(new Error(formatFailure(message.failure)));
  }

  private tell(message: string): void {
    this.post({ type: 'error', message });
  }
}

interface Deferred {
  promise: Promise<Mask>;
  resolve: (mask: Mask) => void;
  reject: (reason: Error) => void;
}

function deferred(): Deferred {
  let resolve!: (mask: Mask) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<Mask>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

function describe(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
