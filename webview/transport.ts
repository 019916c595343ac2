/** The webview's end of its one channel to the editor. Each message is checked on both sides. */
import type { WebviewApi } from 'vscode-webview';
import { messageOf, type Failure } from '../src/shared/errors';
import { PanelState, ToWebview, type FromWebview } from '../src/shared/view';
import type { ChartApi } from './charts/contract';
import type { Coefficients, Mask } from './charts/layerData';
import { onTheme } from './theme';

/** Answers to what a chart asked of a layer; the others say what the page is to show. */
type Answer = Extract<ToWebview, { type: 'mask' | 'mask-failed' | 'coefficients' | 'coefficients-failed' }>;
type Message = Exclude<ToWebview, Answer>;

export class Transport {
  private readonly api: WebviewApi<PanelState> = acquireVsCodeApi<PanelState>();
  private readonly masks = new Asked<Mask>((layer) => this.post({ type: 'mask', layer }));
  private readonly coefficients = new Asked<Coefficients>((layer) => this.post({ type: 'coefficients', layer }));

  /** Keeps what restores the panel, and asks for the state that `onMessage` is to show. */
  constructor(private readonly onMessage: (message: Message) => void) {
    window.addEventListener('error', (event) => this.tell(event.message));
    window.addEventListener('unhandledrejection', (event) => this.tell(messageOf(event.reason)));
    window.addEventListener('message', (event: MessageEvent<unknown>) => this.receive(event.data));
    const state = PanelState.safeParse(JSON.parse(document.body.dataset.state ?? 'null'));
    if (state.success) this.api.setState(state.data);
    this.post({ type: 'ready' });
  }

  post(message: FromWebview): void {
    this.api.postMessage(message);
  }

  /** What charts and tables may ask of the page that holds them. */
  chartApi(): ChartApi {
    return {
      copy: (text) => this.post({ type: 'copy', text }),
      save: (name, content) => this.post({ type: 'save', name, content }),
      mask: (layer) => this.masks.of(layer),
      coefficients: (layer) => this.coefficients.of(layer),
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
    switch (message.type) {
      case 'mask':
        return this.masks.resolve(message.layer, message);
      case 'mask-failed':
        return this.masks.reject(message.layer, message.failure);
      case 'coefficients':
        return this.coefficients.resolve(message.layer, message);
      case 'coefficients-failed':
        return this.coefficients.reject(message.layer, message.failure);
      default:
        return this.onMessage(message);
    }
  }

  private tell(message: string): void {
    this.post({ type: 'error', message });
  }
}

/** What was asked of layers and not answered yet. Who asks for the same meanwhile gets the same answer. */
class Asked<T> {
  private readonly open = new Map<string, Deferred<T>>();

  constructor(private readonly ask: (layer: string) => void) {}

  /** Rejects where the run that the panel shows has no such thing. */
  of(layer: string): Promise<T> {
    const asked = this.open.get(layer) ?? deferred<T>();
    if (!this.open.has(layer)) {
      this.open.set(layer, asked);
      this.ask(layer);
    }
    return asked.promise;
  }

  resolve(layer: string, answer: T): void {
    this.take(layer)?.resolve(answer);
  }

  reject(layer: string, failure: Failure): void {
    this.take(layer)?.reject(new Error([failure.message, failure.remedy].filter(Boolean).join(' ')));
  }

  private take(layer: string): Deferred<T> | undefined {
    const asked = this.open.get(layer);
    this.open.delete(layer);
    return asked;
  }
}

interface Deferred<T> {
  promise: Promise<T>;
  resolve: (answer: T) => void;
  reject: (reason: Error) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve!: (answer: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
