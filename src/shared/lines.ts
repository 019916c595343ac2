/**
 * Messages between a client and the engine's child: JSON, one a line, over a pipe of their own. What comes in is cut into lines here, so that
 * neither side holds more of the other's than the longest message, whatever it is sent. (Node's own channel between processes holds a message of
 * any length, and a line that is no JSON ends the process that reads it.)
 */
import type * as z from './zod';

/** The pipe's number in the child. */
export const CHANNEL = 3;
/** What the child's program is called with where it has one. */
export const CHANNEL_ARGUMENT = '--channel';

/** Most bytes of a message. The longest that are sent tell of a failure, in some thousand. */
export const MESSAGE_LIMIT = 1024 ** 2;

const NEWLINE = 10;

export type Read<T> = { message: T; problem?: undefined } | { problem: string };

/** Cuts a stream of bytes into lines, and reads each as `schema` says. What follows the last newline waits for its end. */
export class Messages<T> {
  private line = new Uint8Array(4096);
  private size = 0;
  /** The rest of a message that was too long is passed over. */
  private skips = false;
  private readonly decoder = new TextDecoder();

  constructor(private readonly schema: { safeParse(value: unknown): z.core.util.SafeParseResult<T> }) {}

  /** The messages that `chunk` completes, in order; of one that is none, what is wrong with it: once, as soon as it is known. */
  *read(chunk: Uint8Array): Generator<Read<T>> {
    for (let from = 0; from < chunk.length;) {
      const newline = chunk.indexOf(NEWLINE, from);
      const part = chunk.subarray(from, newline < 0 ? chunk.length : newline);
      from += part.length + 1;
      if (!this.skips && !this.hold(part)) {
        this.skips = true;
        this.size = 0;
        yield { problem: `it is longer than ${MESSAGE_LIMIT} bytes` };
      }
      if (newline < 0) return;
      if (!this.skips) yield this.parse(this.decoder.decode(this.line.subarray(0, this.size)));
      this.skips = false;
      this.size = 0;
    }
  }

  /** False where the line would be too long. */
  private hold(part: Uint8Array): boolean {
    const size = this.size + part.length;
    if (size > MESSAGE_LIMIT) return false;
    if (size > this.line.length) {
      const longer = new Uint8Array(Math.min(MESSAGE_LIMIT, Math.max(size, 2 * this.line.length)));
      longer.set(this.line.subarray(0, this.size));
      this.line = longer;
    }
    this.line.set(part, this.size);
    this.size = size;
    return true;
  }

  private parse(line: string): Read<T> {
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      return { problem: 'it is not JSON' };
    }
    const parsed = this.schema.safeParse(json);
    if (parsed.success) return { message: parsed.data };
    const issue = parsed.error.issues[0]!;
    return { problem: `${issue.path.join('.') || 'the whole'}: ${issue.message}` };
  }
}

/** A message as it is sent. */
export const toLine = (message: object): string => `${JSON.stringify(message)}\n`;
