/** Ctrl-C: the first asks the runs to stop at the end of their batch, the second stops them at once. */
export interface Interrupt {
  signal: AbortSignal;
  killSignal: AbortSignal;
  dispose(): void;
}

export function onInterrupt(note: (text: string) => void): Interrupt {
  const [cancel, kill] = [new AbortController(), new AbortController()];
  const interrupt = () => {
    if (cancel.signal.aborted) kill.abort();
    else {
      note('Stopping at the end of this batch. Press Ctrl-C again to stop at once.');
      cancel.abort();
    }
  };
  // SIGTERM is what a system (or a job queue) sends before it ends a process; it means the same.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    signal: cancel.signal,
    killSignal: kill.signal,
    dispose: () => process.off('SIGINT', interrupt).off('SIGTERM', interrupt),
  };
}
