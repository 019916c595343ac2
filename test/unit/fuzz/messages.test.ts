/** Messages between client and child, and between editor and webview: what is not of the protocol is refused on the side that receives it. */
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Engine } from '../../../src/client/connection';
import { Event, Request } from '../../../src/shared/protocol';
import { FromWebview, PanelState, ToWebview } from '../../../src/shared/view';
import { lenetReport } from '../../fixtures/report';
import { runRecord } from '../../fixtures/run';
import { outcomeOf, PATIENCE, runs } from './inputs';
import { damagedJson } from './mutations';

const { versions, history } = lenetReport();
const ready = { type: 'ready', pid: 7, versions };
const events = [
  ready,
  { type: 'error', failure: { code: 'a/b', message: 'c', where: 'd', remedy: 'e' } },
  { type: 'stage', name: 'train', detail: 'd' },
  { type: 'batch', phase: 'train', epoch: 1, epochs: 2, batch: 3, batches: 4, loss: 0.5, secondsLeft: null },
  { type: 'epoch', epochs: 2, total: 4, row: history[0]! },
  { type: 'warning', code: 'a/b', message: 'c' },
  { type: 'artefact', kind: 'mask', file: 'masks/fc1.u8' },
  { type: 'done', report: 'report.json' },
  { type: 'failed', failure: { code: 'a/b', message: 'c' } },
  { type: 'cancelled', epoch: 1, resumable: true },
];
const view = {
  folder: 'f',
  run: runRecord(),
  state: 'failed',
  experiment: 'e',
  config: { a: { b: 1 } },
  report: null,
  history,
  failure: null,
};
const PROTOCOLS = [
  { schema: Event, good: events },
  { schema: Request, good: [{ type: 'start', runDir: 'r', resume: false }, { type: 'cancel' }, { type: 'probe' }] },
  {
    schema: FromWebview,
    good: [
      { type: 'ready' },
      { type: 'action', action: 'cancel', folder: 'f' },
      { type: 'mask', layer: 'fc1' },
      { type: 'save', name: 'n', content: { text: 't' } },
      { type: 'save', name: 'n', content: { base64: 'AAAA' } },
      { type: 'error', message: 'm' },
    ],
  },
  {
    schema: ToWebview,
    good: [
      { type: 'run', view },
      { type: 'compare', view: { runs: [view], differences: [{ key: 'k', values: ['a', null] }], points: [], groups: [] } },
      { type: 'nothing', reason: 'r' },
      { type: 'live', event: events[3] },
      { type: 'failure', failure: { code: 'a/b', message: 'c' } },
    ],
  },
  { schema: PanelState, good: [{ folders: ['f'] }] },
] as const;

test('the messages here are of the protocols', () => {
  for (const { schema, good } of PROTOCOLS) for (const message of good) expect(schema.safeParse(message).error).toBeUndefined();
});

test(
  'a message that is taken is of its protocol, with nothing beside it',
  async () => {
    const input = fc.constantFrom(...PROTOCOLS).chain(({ schema, good }) => damagedJson(good).map((text) => ({ schema, text })));
    await fc.assert(
      fc.asyncProperty(input, async ({ schema, text }) => {
        const message = jsonOf(text);
        const outcome = await outcomeOf(text.length, () => schema.safeParse(message));
        expect(outcome).toHaveProperty('value');
        if (!('value' in outcome) || !outcome.value.success) return;
        const taken: unknown = outcome.value.data;
        expect(schema.safeParse(taken)).toEqual({ success: true, data: taken });
        expect(Object.getPrototypeOf(taken)).toBe(Object.prototype);
      }),
      runs('messages'),
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  },
  PATIENCE,
);

/** What JSON can say; other text as a text, which is no message either. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Node's side of a child, without a process: what it would send is emitted. */
class Peer extends EventEmitter {
  readonly pid = 7;
  readonly connected = true;
  readonly stdout = null;
  readonly stderr = null;
  readonly channel = new PassThrough();
  readonly stdio = [null, null, null, this.channel];
  killed = false;
  kill(): boolean {
    this.killed = true;
    return true;
  }
}

test(
  'whatever a child sends: listeners get events of the protocol only, and the run has one end',
  async () => {
    // A line each.
    const message = damagedJson(events).map((text) => text.replaceAll('\n', ' '));
    const sent = fc.tuple(
      fc.boolean(),
      fc.array(fc.oneof(message, fc.constantFrom(...events.map((event) => JSON.stringify(event)))), { maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(sent, async ([isReady, messages]) => {
        const peer = new Peer();
        const engine = new Engine(peer as unknown as ChildProcess);
        const heard: unknown[] = [];
        engine.onEvent((event) => heard.push(event));
        const outcome = await outcomeOf(1000, async () => {
          for (const one of isReady ? [JSON.stringify(ready), ...messages] : messages) {
            peer.channel.emit('data', Buffer.from(`${one}\n`));
          }
          peer.emit('close', 0, null);
          return engine.finished;
        });
        expect(outcome).toHaveProperty('value');
        for (const event of heard) expect(Event.safeParse(event)).toEqual({ success: true, data: event });
        if (!('value' in outcome)) return;
        expect(['done', 'failed', 'cancelled']).toContain(outcome.value.state);
        const isForeign = outcome.value.state === 'failed' && outcome.value.failure.message.includes('not of the protocol');
        expect(peer.killed).toBe(isForeign);
      }),
      runs('conversations'),
    );
  },
  PATIENCE,
);
