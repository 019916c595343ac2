/**
 * What a person sees when something goes wrong: a stable code, what was wrong and where, and what to do.
 * Each room keeps its own factories in its errors.ts (`data/errors.ts`, `config/errors.ts`, ...); nothing else
 * constructs a PruneError, so that every code has exactly one wording.
 */
export interface Failure {
  /** `room/what`, for example `data/truncated`. Stable: documentation and quick fixes refer to it. */
  code: string;
  /** What was wrong, with the offending value. One or two sentences. */
  message: string;
  /** Where: a file, perhaps with line:column or a byte position. */
  where?: string | undefined;
  /** What to do about it. */
  remedy?: string | undefined;
}

/** Characters of a message: what it quotes of a file may be of any length. */
const LONGEST = 3000;

export class PruneError extends Error implements Failure {
  override readonly name = 'PruneError';
  constructor(
    readonly code: string,
    message: string,
    readonly remedy?: string,
    readonly where?: string,
    options?: ErrorOptions,
  ) {
    super(message.length <= LONGEST ? message : `${message.slice(0, LONGEST)}…`, options);
  }
}

/** By its name: each bundle of the editor's extension has a class of its own. */
function isPruneError(error: unknown): error is PruneError {
  return error instanceof Error && error.name === 'PruneError';
}

/** Of any thrown value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Any thrown value as a Failure; an unexpected one keeps its message under `internal/unexpected`. */
export function toFailure(error: unknown): Failure {
  if (isPruneError(error)) {
    return { code: error.code, message: error.message, where: error.where, remedy: error.remedy };
  }
  return {
    code: 'internal/unexpected',
    message: messageOf(error),
    remedy: "This is a fault in Prune Lab itself. The run folder's log.txt has the details; please report it with that file.",
  };
}

/** One failure as a person reads it on a terminal: `error CODE: message`, then `at` and `remedy` lines. */
export function formatFailure(f: Failure): string {
  return [`error ${f.code}: ${f.message}`, f.where && `  at: ${f.where}`, f.remedy && `  remedy: ${f.remedy}`].filter(Boolean).join('\n');
}
