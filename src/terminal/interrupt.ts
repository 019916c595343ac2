import { setTimeout } from 'node:timers/promises';

/** Ctrl-C: the first asks the work to stop at a good point, the second stops it at once. */
export interface Interrupt {
  signal: AbortSignal;
  killSignal: AbortSignal;
  /** To be awaited before the process ends. */
  dispose(): Promise<void>;
}

/**
 * npm and timeout(1) pass a signal on to a process that the terminal (or they themselves) already sent it to as one of the group: what
 * comes within this time, in ms, is the same key press.
 */
const SAME_PRESS_MS = 500;

/** `first` is called at the first Ctrl-C. */
export function onInterrupt(first: () => void): Interrupt {
  const [cancel, kill] = [new AbortController(), new AbortController()];
  let firstAt = 0;
  const interrupt = () => {
    if (!cancel.signal.aborted) {
      firstAt = performance.now();
      first();
      cancel.abort();
    } else if (performance.now() - firstAt > SAME_PRESS_MS) kill.abort();
  };
  // SIGTERM is what a system (or a job queue) sends before it ends a process; it means the same.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    signal: cancel.signal,
    killSignal: kill.signal,
    dispose: async () => {
      // After a cancelled run the process is about to end; the second half of the key press must not end it without its exit code. Node takes
      // its handlers away as it ends, so that half is waited for.
      if (cancel.signal.aborted) await setTimeout(firstAt + SAME_PRESS_MS - performance.now());
      else process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    },
  };
}
