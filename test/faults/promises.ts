/** What is promised, how often it was tried, and each time that it did not hold. */
export class Promises {
  private readonly rows = new Map<string, { tried: number; losses: string[] }>();

  /** `loss`: what was lost, or null where the promise held. */
  tried(promise: string, loss: string | null): void {
    const row = this.rows.get(promise) ?? { tried: 0, losses: [] };
    this.rows.set(promise, row);
    row.tried++;
    if (loss !== null) row.losses.push(loss);
  }

  get losses(): string[] {
    return [...this.rows].flatMap(([promise, { losses }]) => losses.map((loss) => `${promise}: ${loss}`));
  }

  triedOf(promise: string): number {
    return this.rows.get(promise)?.tried ?? 0;
  }

  /** A line a promise. */
  table(): string {
    const width = Math.max(...[...this.rows.keys()].map((promise) => promise.length));
    const line = (promise: string, tried: string | number, losses: string | number) =>
      `${promise.padEnd(width)}  ${String(tried).padStart(6)}  ${String(losses).padStart(6)}`;
    return [
      line('Promise', 'tried', 'losses'),
      ...[...this.rows].map(([promise, row]) => line(promise, row.tried, row.losses.length)),
    ].join('\n');
  }
}
