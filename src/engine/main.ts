/**
 * The child process: one run (or one probe), then it exits. Talks over the channel that its parent opened; without a parent it has
 * nothing to do, and when the parent goes away it stops at its checkpoint rather than run on alone.
 */
import { appendFileSync, existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import path from 'node:path';
import { Experiment } from '../config/schema';
import { toFailure } from '../shared/errors';
import { RUN_FILES } from '../shared/ids';
import { whatIsLeft } from '../shared/left';
import { CHANNEL, CHANNEL_ARGUMENT, Messages, toLine } from '../shared/lines';
import { Request, type Event, type EventOf } from '../shared/protocol';
import type { Report, Run } from '../shared/report';
import { storeErrors } from '../store/errors';
import { readConfig, readRun } from '../store/read';
import { removeTemporary } from '../store/atomic';
import { updateRun } from '../store/update';
import { coalesced } from './coalesced';
import { checkpointMissing, namingMemory } from './errors';
import { runExperiment } from './experiment';
import { loadRuntime, versions } from './kernels/runtime';
import { probe } from './kernels/probe';
import { readCheckpoint } from './train/checkpoint';

class Cancelled extends Error {}

/** Null where a person started this program: there is nobody to talk to. */
const channel = process.argv.includes(CHANNEL_ARGUMENT) ? new Socket({ fd: CHANNEL }) : null;
const BAD_MESSAGE = 'engine/bad-message';
const cancel = new AbortController();
let logFile: string | null = null;

/** Resolves when the last message has left; messages leave in order. */
let sent: Promise<void> = Promise.resolve();

function send(event: Event): void {
  if (!channel?.writable) return;
  // What a parent that is busy will not miss, and what one that sends nonsense cannot pile up.
  const isSpare = event.type === 'batch' || (event.type === 'warning' && event.code === BAD_MESSAGE);
  if (isSpare && channel.writableNeedDrain) return;
  sent = new Promise((resolve) => channel.write(toLine(event), () => resolve()));
}

/** The log is a help, not a result: a disk that is full is told by what has to be written. */
function log(line: string): void {
  if (!logFile) return;
  try {
    appendFileSync(logFile, `${new Date().toISOString()} ${line}\n`);
  } catch {
    // See above.
  }
}

async function start({ runDir, resume }: Extract<Request, { type: 'start' }>): Promise<void> {
  logFile = path.join(runDir, RUN_FILES.log);
  let run = await readRun(runDir);
  const experiment = await readConfig(runDir, Experiment);
  log(`${resume ? 'resumed' : 'started'} by process ${process.pid}, ${JSON.stringify(versions())}`);
  const update = async (change: Partial<Run>) => {
    run = await updateRun(runDir, change);
  };
  let progress: Run['progress'] = resume ? run.progress : null;
  const isResumable = () => existsSync(path.join(runDir, RUN_FILES.checkpoint));
  // Writing a record takes longer than a short epoch. One that cannot be written stops the run: what comes after could not be written either.
  const told = coalesced(() => update({ progress, resumable: isResumable() }).catch((error: unknown) => cancel.abort(error)));
  try {
    await removeTemporary(runDir);
    const checkpoint = resume ? await openCheckpoint(runDir, run.configHash) : null;
    await update({ state: 'running', pid: process.pid, failure: null, progress });
    const report = await runExperiment({
      experiment,
      configHash: run.configHash,
      label: run.label,
      runDir,
      experimentDir: run.experimentFile && path.dirname(run.experimentFile),
      threads: loadRuntime().threads,
      checkpoint,
      signal: cancel.signal,
      emit: (event) => {
        send(event);
        if (event.type === 'batch') return;
        log(JSON.stringify(event));
        if (event.type === 'epoch') {
          progress = { phase: event.row.phase, epoch: event.row.epoch, epochs: event.epochs };
          told.ask();
        }
      },
    });
    await told.settled();
    await update({ state: 'done', pid: null, progress, resumable: false, summary: summarise(report) });
    await rm(path.join(runDir, RUN_FILES.checkpoint), { force: true });
    log('done');
    send({ type: 'done', report: path.join(runDir, RUN_FILES.report) });
  } catch (thrown) {
    await told.settled();
    // Whatever failed first, without its folder a run fails.
    const error = existsSync(path.join(runDir, RUN_FILES.run)) ? namingMemory(thrown) : storeErrors.gone(runDir);
    const resumable = isResumable();
    if (error instanceof Cancelled) {
      await update({ state: 'cancelled', pid: null, progress, resumable });
      log('cancelled');
      send({ type: 'cancelled', epoch: progress?.epoch ?? 0, resumable });
    } else {
      const failure = toFailure(error);
      log(error instanceof Error ? (error.stack ?? error.message) : String(error));
      // On a full disk the record cannot say so; the client is told all the same, and the record's process is gone.
      await update({ state: 'failed', pid: null, progress, resumable, failure }).catch((cause: unknown) => log(String(cause)));
      send({ type: 'failed', failure });
    }
  }
}

async function openCheckpoint(runDir: string, configHash: string) {
  const file = path.join(runDir, RUN_FILES.checkpoint);
  return readCheckpoint(file, configHash).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? checkpointMissing(runDir) : error;
  });
}

function summarise(report: Report): Run['summary'] {
  const last = report.stages.at(-1)!;
  const { unit, kept, total } = whatIsLeft(report);
  return {
    error: last.error,
    errorCount: last.errorCount,
    samples: last.samples,
    unit,
    kept,
    total,
    params: last.params,
  };
}

/** Ends the process once what was sent has left: a parent that is busy reads it later. */
async function finish(): Promise<void> {
  await sent;
  channel?.removeAllListeners('close').destroy();
  process.exitCode = 0;
}

function listen(socket: Socket): void {
  let busy = false;
  const receive = (request: Request) => {
    if (request.type === 'cancel') {
      if (busy) cancel.abort(new Cancelled());
      else void finish();
      return;
    }
    if (busy) return;
    busy = true;
    const work = request.type === 'probe' ? probe().then((p) => send({ type: 'probe', probe: p })) : start(request);
    work.catch((error: unknown) => send({ type: 'failed', failure: toFailure(error) })).finally(finish);
  };
  const requests = new Messages(Request);
  socket.on('data', (chunk: Buffer) => {
    for (const read of requests.read(chunk)) {
      if (read.problem === undefined) receive(read.message);
      else send({ type: 'warning', code: BAD_MESSAGE, message: `A message to the engine was ignored: ${read.problem}` });
    }
  });
  socket.on('error', () => {}); // `close` follows.
  // The parent is gone: stop at the checkpoint.
  socket.on('close', () => {
    cancel.abort(new Cancelled());
    setTimeout(() => process.exit(1), 5000).unref();
    if (!busy) process.exit(0);
  });
  // A limit on the size of files (`ulimit -f`): the write that meets it fails, and says so.
  process.on('SIGXFSZ', () => undefined);
  // A terminal sends Ctrl-C to the whole group; the parent decides what it means.
  process.on('SIGINT', () => undefined);
}

try {
  loadRuntime();
  if (channel) listen(channel);
  send({ type: 'ready', pid: process.pid, versions: versions() } satisfies EventOf<'ready'>);
} catch (error) {
  send({ type: 'error', failure: toFailure(error) });
  process.exitCode = 1;
  void sent.then(() => channel?.destroy());
}
