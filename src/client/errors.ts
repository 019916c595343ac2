import { PruneError, type Failure } from '../shared/errors';

const REPORT = "The run folder's log.txt has the details; please report it with that file.";
const LESS = 'close other programs, run fewer at a time (--parallel 1), or use fewer samples.';
/** What allocators say before they abort: V8's, the C++ library's, TensorFlow's. */
const NO_MEMORY = /out of memory|bad_alloc|allocation failed|OOM when allocating/i;

export const clientErrors = {
  noEngine: (file: string) =>
    new PruneError('client/no-engine', "The engine's program is missing.", 'Build it with `npm run build`.', file),

  cannotStart: (file: string, cause: Error) =>
    new PruneError(
      'client/cannot-start',
      `The engine's process could not be started: ${cause.message}.`,
      'Check that this machine lets Prune Lab start processes and has memory left.',
      file,
      { cause },
    ),

  /** The child was there, but never said `ready`. */
  startTimeout: (milliseconds: number, output: string) =>
    new PruneError(
      'client/start-timeout',
      `The engine did not get ready within ${milliseconds / 1000} s.${quoted(output)}`,
      'Try again when the machine is less busy; `prune-lab doctor` checks the kernels.',
    ),

  notReady: (type: string) =>
    new PruneError(
      'client/bad-message',
      `The engine's first message was \`${type}\`, not \`ready\`.`,
      'Build again with `npm run build`: engine and client are of different versions.',
    ),

  /** What the child said of itself in its first message. */
  refused: (failure: Failure) => new PruneError(failure.code, failure.message, failure.remedy, failure.where),

  badMessage: (detail: string) =>
    new PruneError(
      'client/bad-message',
      `The engine sent a message that is not of the protocol: ${detail}. It was stopped.`,
      'Build again with `npm run build`: engine and client may be of different versions.',
    ),

  /** The child lives, but nobody can hear it. */
  channelCut: () =>
    new PruneError('client/channel-cut', 'The engine closed its channel before it said how its work ended. It was stopped.', REPORT),

  engineDied: (code: number | null, signal: NodeJS.Signals | null, output: string) =>
    new PruneError(
      'client/engine-died',
      `The engine ended without a result (${signal ? `signal ${signal}` : `exit code ${code}`}).${quoted(output)}`,
      signal === 'SIGKILL' || code === 137
        ? `The system stopped it, most often because memory ran out: ${LESS}`
        : NO_MEMORY.test(output)
          ? `Memory ran out: ${LESS}`
          : REPORT,
    ),

  stopped: () =>
    new PruneError(
      'client/stopped',
      'The run was stopped before it could save where it was.',
      'Continue it with `prune-lab resume` from its last checkpoint, if it had one.',
    ),
};

/** The last lines of what the child printed, for an error's message. */
function quoted(output: string): string {
  const lines = output
    .split(/\r?\n/)
    .filter((line) => line.trim())
    .slice(-5);
  return lines.length ? ` Its last lines were:\n${lines.map((line) => `    ${line.slice(0, 200)}`).join('\n')}` : '';
}
