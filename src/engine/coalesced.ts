export interface Coalesced {
  /** Has the work done once more, after now. */
  ask(): void;
  /** Resolves when nothing that was asked for is left to do. */
  settled(): Promise<void>;
}

/** Work that is done one at a time, and that once answers all who asked while it was at it: what is asked for faster than it is done never piles up. */
export function coalesced(work: () => Promise<void>): Coalesced {
  let asked = false;
  let working: Promise<void> | null = null;
  const all = async () => {
    while (asked) {
      asked = false;
      await work();
    }
    working = null;
  };
  return {
    ask() {
      asked = true;
      working ??= all();
    },
    settled: () => working ?? Promise.resolve(),
  };
}
