/** Sends to the real engine, and to real clients by a peer that breaks the protocol, what is no message, too long a one, and half a one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import pLimit from 'p-limit';
import { engineEnv } from '../../src/client/env';
import { runExperiment } from '../../src/client/run';
import { stream, type Rng } from '../../src/engine/random';
import { CHANNEL, CHANNEL_ARGUMENT, MESSAGE_LIMIT, Messages, toLine } from '../../src/shared/lines';
import { Event } from '../../src/shared/protocol';
import { readRun } from '../../src/store/read';
import type { Promises } from './promises';
import type { Runs } from './runs';

export const CHANNEL_PROMISES = {
  child: 'What is no message to the engine is passed over with a warning',
  long: 'A message without end takes no more memory than the longest one',
  start: 'A start of what is no run is refused with a code',
  half: 'The engine ends when the channel is cut in the middle of a message',
  host: 'What is no message of the engine fails the run with a code',
  terminal: 'The terminal program outlives an engine that sends anything at all',
} as const;

export interface Plan {
  /** To one engine. */
  messages: number;
  /** To clients, an engine for each. */
  hosts: number;
  /** So many of the starts that are no good, an engine for each. */
  starts: number;
  seed: number;
  parallel: number;
}

export async function breakChannel(runs: Runs, promises: Promises, { messages, hosts, starts, seed, parallel }: Plan): Promise<void> {
  const rng = stream(seed, 'channel');
  await nonsenseToEngine(runs, promises, rng, messages, seed);
  const limit = pLimit(parallel);
  await limit.map(NO_RUNS.slice(0, starts), async (runDir) => promises.tried(CHANNEL_PROMISES.start, await startOf(runs, runDir)));
  await limit.map([60, 20, 1].slice(0, starts), async (cut) => promises.tried(CHANNEL_PROMISES.half, await halfToEngine(runs, cut)));
  const nonsense = Array.from({ length: hosts }, () => stream(rng.next(), 'host'));
  await limit.map(nonsense, async (of) => {
    const file = runs.temporary();
    writeFileSync(file, Buffer.concat([line(of), Buffer.from('\n')]));
    const runDir = await runs.create();
    const engineFile = path.join(runs.checkout, 'test', 'fixtures', 'fakeEngine.mjs');
    const env = { ...process.env, PRUNE_LAB_FAKE: `raw:${file}` };
    const outcome = await runExperiment({ engineFile, threads: 1, env, runDir, resume: false });
    const code = outcome.state === 'failed' ? outcome.failure.code : outcome.state;
    const recorded = (await readRun(runDir)).failure?.code;
    const isRight = code === 'client/bad-message' && recorded === code;
    promises.tried(CHANNEL_PROMISES.host, isRight ? null : `${code}, recorded ${recorded} (${file}, seed ${seed})`);
  });
  const garbage = runs.temporary();
  writeFileSync(garbage, 'SIGKILL\n{{{\n\u0000\xff\n');
  const peers = [
    [`raw:${garbage}`, 'client/bad-message'],
    ['endless', 'client/bad-message'],
    ['cut-off', 'client/channel-cut'],
    ['cut-off:dead', 'client/engine-died'],
  ] as const;
  await limit.map(peers, async ([fake, code]) => promises.tried(CHANNEL_PROMISES.terminal, await terminalWith(runs, fake, code)));
}

/** What a start may name that is the folder of no run. */
const NO_RUNS = ['\0', 'x'.repeat(100_000), '', '/dev/null', '/', '../..', '\ud800'];

/** A line that is no message: noise, any JSON, a message with wrong or missing values, one that is cut, or one that is too long. */
function line(rng: Rng): Buffer {
  const pick = <T>(of: readonly T[]): T => of[rng.next() % of.length]!;
  const text = () => 'x'.repeat(pick([0, 1, 10, 100_000]));
  const leaf = () => pick([null, true, -1, 1e308, 0.1, text(), '__proto__', '\u2028', []]);
  const tree = (depth: number): unknown => {
    if (depth === 0) return leaf();
    if (rng.uniform() < 0.5) return Array.from({ length: rng.next() % 4 }, () => tree(depth - 1));
    return Object.fromEntries(
      Array.from({ length: rng.next() % 4 }, () => [pick(['type', 'runDir', 'row', '__proto__', 'a']), tree(depth - 1)]),
    );
  };
  switch (rng.next() % 6) {
    case 0:
      return Buffer.from(Array.from({ length: 1 + (rng.next() % 300) }, () => pick([0, 34, 123, 125, 255, 11 + (rng.next() % 245)])));
    case 1:
      return Buffer.from(JSON.stringify(tree(rng.next() % 5)));
    case 2:
      return Buffer.from(JSON.stringify({ type: pick(['start', 'batch', 'epoch', 'done', 'ready', 'failed', 'x']), value: tree(2) }));
    case 3:
      return Buffer.from('{"type":"start","runDir":"/tmp","resume":false'.slice(0, 1 + (rng.next() % 45)));
    case 4:
      return Buffer.from('['.repeat(1 + (rng.next() % MESSAGE_LIMIT)));
    default:
      return Buffer.alloc(MESSAGE_LIMIT + 1 + (rng.next() % 1000), 'x');
  }
}

interface Peer {
  child: ChildProcess;
  channel: Duplex;
  errors: () => string;
  /** The next message that `is` it. */
  event(is: (event: Event) => boolean): Promise<Event>;
  closed: Promise<number | null>;
}

/** The built engine, with its end of the channel in our hands. */
async function engine(runs: Runs): Promise<Peer> {
  const child = spawn(process.execPath, [path.join(runs.checkout, 'dist', 'engine.js'), CHANNEL_ARGUMENT], {
    env: engineEnv({ threads: 1 }),
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const channel = child.stdio[CHANNEL] as Duplex;
  channel.on('error', () => {});
  let errors = '';
  child.stderr!.on('data', (text: Buffer) => (errors += text.toString()));
  const closed = once(child, 'close').then(([code]) => code as number | null);
  const waiting = new Set<(event: Event) => void>();
  const messages = new Messages(Event);
  channel.on('data', (chunk: Buffer) => {
    for (const read of messages.read(chunk)) if (read.problem === undefined) waiting.forEach((on) => on(read.message));
  });
  const event = (is: (event: Event) => boolean) =>
    new Promise<Event>((resolve, reject) => {
      const on = (one: Event) => is(one) && (waiting.delete(on), resolve(one));
      waiting.add(on);
      void closed.then((code) => reject(new Error(`the engine ended with ${code}: ${errors}`)));
    });
  await event(({ type }) => type === 'ready');
  return { child, channel, errors: () => errors, event, closed };
}

const isWarning = (event: Event) => event.type === 'warning' && event.code === 'engine/bad-message';
const memoryOf = ({ child }: Peer): number => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024;

async function nonsenseToEngine(runs: Runs, promises: Promises, rng: Rng, messages: number, seed: number): Promise<void> {
  const peer = await engine(runs);
  let loss: string | null = null;
  for (let i = 0; i < messages && loss === null; i++) {
    const warned = peer.event(isWarning);
    peer.channel.write(Buffer.concat([line(rng), Buffer.from('\n')]));
    loss = await warned.then(
      () => null,
      (error: Error) => `message ${i}: ${error.message} (seed ${seed})`,
    );
    promises.tried(CHANNEL_PROMISES.child, loss);
  }
  if (loss !== null) return;
  const before = memoryOf(peer);
  const chunk = Buffer.alloc(1024 ** 2, 'x');
  for (let i = 0; i < 256; i++) if (!peer.channel.write(chunk)) await once(peer.channel, 'drain');
  const answered = peer.event(({ type }) => type === 'probe');
  peer.channel.write(`\n${toLine({ type: 'probe' })}`);
  const answer = await answered.then(
    () => null,
    (error: Error) => error.message,
  );
  // What is read is garbage until it is collected: of 256 MB, less than a half.
  const grown = answer === null ? memoryOf(peer) - before : 0;
  promises.tried(CHANNEL_PROMISES.long, answer ?? (grown < 100e6 ? null : `it grew by ${Math.round(grown / 1e6)} MB`));
  const code = await peer.closed;
  promises.tried(CHANNEL_PROMISES.child, code === 0 && peer.errors() === '' ? null : `it ended with ${code}: ${peer.errors()}`);
}

async function startOf(runs: Runs, runDir: string): Promise<string | null> {
  const peer = await engine(runs);
  const failed = peer.event(({ type }) => type === 'failed');
  peer.channel.write(toLine({ type: 'start', runDir, resume: false }));
  const event = await failed.catch((error: Error) => error.message);
  if (typeof event === 'string') return event;
  const code = await peer.closed;
  const failure = event.type === 'failed' ? event.failure.code : event.type;
  const where = JSON.stringify(runDir.slice(0, 20));
  return failure.startsWith('store/') && code === 0 && peer.errors() === '' ? null : `${where}: ${failure}, exit ${code}: ${peer.errors()}`;
}

async function halfToEngine(runs: Runs, bytes: number): Promise<string | null> {
  const peer = await engine(runs);
  const runDir = await runs.create();
  peer.channel.end(toLine({ type: 'start', runDir, resume: false }).slice(0, bytes));
  const code = await peer.closed;
  const { state } = await readRun(runDir);
  return code === 0 && peer.errors() === '' && state === 'queued' ? null : `it ended with ${code}, the run is ${state}: ${peer.errors()}`;
}

/** The built terminal program, beside which the engine is one that breaks the protocol. */
async function terminalWith(runs: Runs, fake: string, expected: string): Promise<string | null> {
  const folder = path.join(runs.workspace(), 'program');
  mkdirSync(folder);
  copyFileSync(path.join(runs.checkout, 'dist', 'cli.js'), path.join(folder, 'cli.js'));
  const engineFile = path.join(runs.checkout, 'test', 'fixtures', 'fakeEngine.mjs');
  writeFileSync(path.join(folder, 'engine.js'), `import(${JSON.stringify(engineFile)});`);
  const client = spawn(process.execPath, [path.join(folder, 'cli.js'), 'run', 'faults.prune.json', '--json'], {
    cwd: path.dirname(folder),
    env: { ...process.env, PRUNE_LAB_FAKE: fake },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  client.stdout.on('data', (text: Buffer) => (out += text.toString()));
  client.stderr.on('data', (text: Buffer) => (err += text.toString()));
  const [code] = (await once(client, 'close')) as [number];
  const isRight = code === 1 && out.includes(`"code":"${expected}"`) && !/\n\s*at /.test(err);
  return isRight ? null : `${fake}: exit ${code}, ${out.slice(-500)} ${err}`;
}
