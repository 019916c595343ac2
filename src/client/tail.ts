import type { Readable } from 'node:stream';

/** Keeps the last `limit` bytes of what streams print, for the log and for the message when a child dies. */
export class Tail {
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(
    streams: readonly (Readable | null)[],
    private readonly limit = 64 * 1024,
  ) {
    for (const stream of streams) {
      stream?.on('data', (chunk: Buffer) => this.push(chunk));
      stream?.on('error', () => {}); // The child's exit says what happened.
    }
  }

  private push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    while (this.size - this.chunks[0]!.length >= this.limit) this.size -= this.chunks.shift()!.length;
  }

  get text(): string {
    return Buffer.concat(this.chunks).subarray(-this.limit).toString('utf8');
  }
}
