/** Ctrl-C: the first asks the work to stop at a good point, the second stops it at once. */
export interface Interrupt {
  signal: AbortSignal;
  killSignal: AbortSignal;
  dispose(): void;
}

/** `first` is called at the first Ctrl-C. */
export function onInterrupt(first: () => void): Interrupt {
  const [cancel, kill] = [new AbortController(), new AbortController()];
  const interrupt = () => {
    if (cancel.signal.aborted) kill.abort();
    else {
      first();
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
