// The two sides of a case as processes: one that is asked for rounds (shared/serve.ts, peers/serve.py), or one that is measured whole.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const TAIL = 2000;

function start([exe, ...args], env) {
  const child = spawn(exe, args.map(String), { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (tail = (tail + text).slice(-TAIL)));
  // A child that is gone cannot be written to: its end tells why.
  child.stdin.on('error', () => {});
  const end = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? null : `it ended with ${signal ?? code}: ${tail.trim().split('\n').at(-1)}`),
    );
  });
  return { child, end };
}

/** Lines of other kinds are what a library prints. */
const isAnswer = (line) => line.startsWith('{');

/** A process that works when it is asked. */
export function served(command, env) {
  const { child, end } = start(command, env);
  const lines = createInterface({ input: child.stdout });
  return {
    async round(work = '') {
      const answer = new Promise((resolve) => {
        const listen = (line) => {
          if (!isAnswer(line)) return;
          lines.off('line', listen);
          resolve(JSON.parse(line));
        };
        lines.on('line', listen);
      });
      child.stdin.write(`${work}\n`);
      const first = await Promise.race([answer, end.then((failure) => new Error(failure ?? 'it ended early'))]);
      if (first instanceof Error) throw first;
      return first;
    },
    async close() {
      child.stdin.end();
      await end;
    },
  };
}

/**
 * Sides that are works of one process: what luck it has with its memory is no part of their ratio.
 *
 * @param open opens the process
 * @returns opens the side of a work
 */
export function inOne(open) {
  let process;
  return (work) => () => {
    process ??= open();
    return { round: () => process.round(work), close: () => process.close() };
  };
}

/** A process that is started anew for each round, and timed from outside from its start to its end. */
export function whole(commandOf, env) {
  let n = 0;
  return {
    async round() {
      const { command, result } = commandOf(n++);
      const from = performance.now();
      const { child, end } = start(command, env);
      child.stdin.end();
      child.stdout.resume();
      const failure = await end;
      const seconds = (performance.now() - from) / 1000;
      if (failure) throw new Error(failure);
      return { seconds: [seconds], ...(await result?.()) };
    },
    async close() {},
  };
}
