/** The client's end of the channel to one child: messages in, messages out, and how it all ended. */
import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { toFailure, type Failure, type PruneError } from '../shared/errors';
import { CHANNEL, Messages, toLine } from '../shared/lines';
import { Event, type EventOf, type Request } from '../shared/protocol';
import { clientErrors } from './errors';
import { Tail } from './tail';

export type Outcome =
  | { state: 'done'; /** Path of report.json. */ report: string }
  | { state: 'failed'; failure: Failure }
  | { state: 'cancelled'; resumable: boolean };

export interface Disposable {
  dispose(): void;
}

/** How long dispose() waits after each step, and how long a child may live whose channel is cut, in ms. */
const PATIENCE = { cancel: 5000, terminate: 2000, cut: 5000 };

export class Engine {
  /** The child's first message. startEngine() hands an engine out only when it has come. */
  ready!: EventOf<'ready'>;
  /** Resolves with `ready`; rejects where the first message was another one, or none came. */
  readonly started: Promise<void>;
  /** How the work ended: by a message, or by the child's end without one. Never rejects. */
  readonly finished: Promise<Outcome>;
  private readonly exited: Promise<void>;
  private readonly tail: Tail;
  private readonly channel: Duplex | null;
  private readonly listeners = new Set<(event: Event) => void>();
  private hasExited = false;
  private settled = false;
  private wasKilled = false;
  private began = false;
  private finish!: (outcome: Outcome) => void;
  private begin!: () => void;
  private refuse!: (error: PruneError) => void;

  constructor(private readonly child: ChildProcess) {
    this.tail = new Tail([child.stdout, child.stderr]);
    this.started = new Promise((resolve, reject) => {
      this.begin = resolve;
      this.refuse = reject;
    });
    this.started.catch(() => {}); // Who waits for it sees the error; nobody need wait.
    this.finished = new Promise((resolve) => (this.finish = resolve));
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        // A child that could not be spawned has no pid and gets no `close`.
        this.fail(clientErrors.cannotStart(child.spawnargs[1] ?? child.spawnfile, error));
        if (child.pid === undefined) {
          this.hasExited = true;
          resolve();
        }
      });
      // `close` and not `exit`: what it printed and the last messages have arrived by then.
      child.once('close', (code, signal) => {
        this.hasExited = true;
        this.fail(this.wasKilled ? clientErrors.stopped() : clientErrors.engineDied(code, signal, this.output));
        resolve();
      });
    });
    // None where the child could not be spawned.
    this.channel = child.stdio[CHANNEL] as Duplex | null;
    const messages = new Messages(Event);
    this.channel?.on('data', (chunk: Buffer) => {
      for (const read of messages.read(chunk)) {
        if (this.settled) return;
        if (read.problem === undefined) this.receive(read.message);
        else this.stop(clientErrors.badMessage(read.problem));
      }
    });
    this.channel?.on('error', () => {}); // A write to a child that has gone: `finished` tells.
    this.channel?.once('close', () => {
      // Without it, nobody would ever hear how the work ends.
      const late = () => this.settled || this.stop(clientErrors.channelCut());
      if (!this.settled) setTimeout(late, PATIENCE.cut).unref();
    });
  }

  /** The last 64 KB of what the child printed. */
  get output(): string {
    return this.tail.text;
  }

  onEvent(listener: (event: Event) => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** Sends to the child; does nothing when it is gone, which `finished` tells. */
  send(request: Request): void {
    if (this.channel?.writable) this.channel.write(toLine(request));
  }

  /** Stops the child at once. What it has not written is lost. */
  kill(): void {
    this.wasKilled = true;
    this.child.kill('SIGKILL');
  }

  /** Ends the child, politely first: cancel, then SIGTERM, then SIGKILL. Resolves when it is gone. */
  async dispose(): Promise<void> {
    if (!this.hasExited) {
      this.send({ type: 'cancel' });
      if (await this.exitsWithin(PATIENCE.cancel)) return;
      this.wasKilled = true;
      this.child.kill('SIGTERM');
      if (await this.exitsWithin(PATIENCE.terminate)) return;
      this.child.kill('SIGKILL');
    }
    await this.exited;
  }

  private stop(error: PruneError): void {
    this.fail(error);
    this.child.kill('SIGKILL');
  }

  private receive(event: Event): void {
    if (!this.began) return this.receiveFirst(event);
    for (const listener of this.listeners) listener(event);
    if (event.type === 'done') this.settle({ state: 'done', report: event.report });
    else if (event.type === 'failed' || event.type === 'error') this.settle({ state: 'failed', failure: event.failure });
    else if (event.type === 'cancelled') this.settle({ state: 'cancelled', resumable: event.resumable });
  }

  private receiveFirst(event: Event): void {
    this.began = true;
    if (event.type === 'ready') {
      this.ready = event;
      this.begin();
    } else this.fail(event.type === 'error' ? clientErrors.refused(event.failure) : clientErrors.notReady(event.type));
  }

  private fail(error: PruneError): void {
    this.refuse(error);
    this.settle({ state: 'failed', failure: toFailure(error) });
  }

  private settle(outcome: Outcome): void {
    this.settled = true;
    this.finish(outcome);
  }

  private async exitsWithin(milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), milliseconds)));
    try {
      return await Promise.race([this.exited.then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
