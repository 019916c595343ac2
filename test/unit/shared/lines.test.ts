/** Messages in pieces, nonsense between them, and lines without end. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MESSAGE_LIMIT, Messages, toLine } from '../../../src/shared/lines';
import { Request } from '../../../src/shared/protocol';

const bytes = (text: string) => new TextEncoder().encode(text);
const start = (runDir: string) => ({ type: 'start' as const, runDir, resume: false });

/** What is read of a text that comes in pieces which end at `cuts`. */
function read(content: Uint8Array, cuts: readonly number[] = []) {
  const messages = new Messages(Request);
  const ends = [...cuts.map((cut) => cut % (content.length + 1)), content.length].sort((a, b) => a - b);
  return ends.flatMap((end, i) => [...messages.read(content.subarray(ends[i - 1] ?? 0, end))]);
}

describe('messages', () => {
  it('come out as they went in, however they were cut on the way', () => {
    const sent = fc.array(fc.string({ unit: 'grapheme' }).map(start));
    fc.assert(
      fc.property(sent, fc.array(fc.nat()), (requests, cuts) => {
        expect(read(bytes(requests.map(toLine).join('')), cuts)).toEqual(requests.map((message) => ({ message })));
      }),
    );
  });

  it('are told from anything else, which disturbs none after it', () => {
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((noise) => noise.map((byte) => (byte === 10 ? 0 : byte))),
      fc.json().map((json) => bytes(json.replaceAll('\n', ' '))),
    );
    fc.assert(
      fc.property(line, fc.array(fc.nat()), (noise, cuts) => {
        const whole = Uint8Array.from([...noise, 10, ...bytes(toLine({ type: 'probe' }))]);
        expect(read(whole, cuts)).toEqual([{ problem: expect.any(String) }, { message: { type: 'probe' } }]);
      }),
      { numRuns: 1000 },
    );
  });

  it('may be as long as the limit, and not a byte longer', () => {
    const around = toLine(start('')).length - 1;
    const longest = toLine(start('x'.repeat(MESSAGE_LIMIT - around)));
    expect(longest.length - 1).toBe(MESSAGE_LIMIT);
    expect(read(bytes(longest))[0]).toHaveProperty('message.type', 'start');
    const longer = bytes(`${' '}${longest}${toLine({ type: 'cancel' })}`);
    const told = [{ problem: `it is longer than ${MESSAGE_LIMIT} bytes` }, { message: { type: 'cancel' } }];
    expect(read(longer)).toEqual(told);
    expect(read(longer, [1000, MESSAGE_LIMIT, MESSAGE_LIMIT + 1])).toEqual(told);
  });

  it('without an end are told once, and not kept', () => {
    const messages = new Messages(Request);
    const chunk = new Uint8Array(65_536).fill(120);
    const told = Array.from({ length: 1000 }, () => [...messages.read(chunk)]).flat();
    expect(told).toEqual([{ problem: `it is longer than ${MESSAGE_LIMIT} bytes` }]);
    expect([...messages.read(bytes(`\n${toLine({ type: 'probe' })}`))]).toEqual([{ message: { type: 'probe' } }]);
  });
});
