/** Runs a tool (pip, a compiler, Node) and keeps the end of what it printed. */
import { spawn } from 'node:child_process';

export interface CommandOptions {
  env: NodeJS.ProcessEnv;
  cwd?: string;
  signal?: AbortSignal | undefined;
}

export interface Ended {
  /** `missing`: there is no such program. */
  status: 'ok' | 'failed' | 'missing';
  /** `exit code 1`, `signal SIGILL`. */
  how: string;
  stdout: string;
  /** The last lines of both streams. */
  lastLines: string;
}

const KEPT_CHARACTERS = 20_000;
const KEPT_LINES = 15;

/** Ends when the tool, and all that it started, has ended. Throws the signal's reason once it is aborted. */
export async function runCommand([program, ...args]: readonly [string, ...string[]], options: CommandOptions): Promise<Ended> {
  const { env, cwd, signal } = options;
  signal?.throwIfAborted();
  // A group of its own, so that a compiler's or pip's own children end with it. Windows has no such groups.
  const detached = process.platform !== 'win32';
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached, windowsHide: true });
  const kill = () => {
    try {
      if (detached && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      else child.kill();
    } catch {
      // It has ended by itself.
    }
  };
  signal?.addEventListener('abort', kill, { once: true });
  let [stdout, both] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-KEPT_CHARACTERS);
    both = (both + text).slice(-KEPT_CHARACTERS);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (both = (both + text).slice(-KEPT_CHARACTERS)));
  try {
    const ended = await new Promise<Pick<Ended, 'status' | 'how'>>((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        const absent = error.code === 'ENOENT' || error.code === 'EACCES';
        resolve({ status: absent ? 'missing' : 'failed', how: error.message });
      });
      child.once('close', (code, by) => resolve({ status: code === 0 ? 'ok' : 'failed', how: by ? `signal ${by}` : `exit code ${code}` }));
    });
    signal?.throwIfAborted();
    const lines = both.split(/\r?\n/).filter((line) => line.trim());
    return { ...ended, stdout, lastLines: lines.slice(-KEPT_LINES).join('\n') };
  } finally {
    signal?.removeEventListener('abort', kill);
    // Whoever aborts, or stops waiting, leaves nothing behind that still writes.
    if (child.exitCode === null && child.signalCode === null) kill();
  }
}
