export interface Throttled {
  (): void;
  /** Drops the call that waits. */
  dispose: () => void;
}

/** Calls at once, then at most once every `ms`; a call that was held back is made at the end of that time. */
export function throttled(call: () => void, ms: number): Throttled {
  let timer: NodeJS.Timeout | null = null;
  let isHeldBack = false;
  const onTime = () => {
    timer = null;
    if (isHeldBack) now();
  };
  const now = () => {
    isHeldBack = false;
    timer = setTimeout(onTime, ms);
    call();
  };
  const request = () => {
    if (timer === null) now();
    else isHeldBack = true;
  };
  const dispose = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    isHeldBack = false;
  };
  return Object.assign(request, { dispose });
}
