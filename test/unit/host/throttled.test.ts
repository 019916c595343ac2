import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { throttled } from '../../../src/host/throttled';

describe('throttled', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('calls at once, then twice a second, the last call included', () => {
    const times: number[] = [];
    const from = Date.now();
    const call = throttled(() => times.push(Date.now() - from), 500);
    for (let i = 0; i < 100; i++) {
      call();
      vi.advanceTimersByTime(12);
    }
    vi.advanceTimersByTime(5000);
    expect(times).toEqual([0, 500, 1000, 1500]);
    call();
    expect(times).toHaveLength(5);
  });
  it('is silent once disposed', () => {
    const call = vi.fn();
    const request = throttled(call, 500);
    request();
    request();
    request.dispose();
    vi.advanceTimersByTime(5000);
    expect(call).toHaveBeenCalledTimes(1);
  });
});
