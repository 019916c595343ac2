// Measuring a case: both sides in turn, A B B A ..., and the ratio pair by pair.

/** null of none. */
export const median = (values) => {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const mid = sorted.length >> 1;
  return sorted.length % 2 ? sorted[mid] : (sorted[mid - 1] + sorted[mid]) / 2;
};

/** Threads of the side before may still spin for a moment. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 50));

/** One side's rounds, or why it failed: the other side's are worth having all the same. */
class Side {
  constructor(name, open) {
    this.name = name;
    this.rounds = [];
    try {
      this.process = open();
    } catch (error) {
      this.failure = error.message;
    }
  }

  async round() {
    if (this.failure) return;
    try {
      await settle();
      this.rounds.push(await this.process.round());
    } catch (error) {
      this.failure = error.message;
    }
  }

  get times() {
    return this.rounds.map(({ seconds }) => median(seconds));
  }

  /** Seconds, or null where there is no round. */
  get value() {
    return median(this.times);
  }

  /** What was worked on, as the side itself says. */
  get size() {
    return this.rounds.at(-1)?.size;
  }
}

/**
 * The result of a case: {name, ours, peer, ratio, spread, target, ...}, in seconds; what could not be measured is null, and `failure` says
 * why. See cases.mjs for what a case has.
 */
export async function measure(c, rounds) {
  const ours = new Side('ours', c.ours);
  const peer = c.peer ? new Side(c.against, c.peer) : null;
  const others = (c.others ?? []).map(({ name, open }) => new Side(name, open));
  const sides = [ours, peer, ...others].filter(Boolean);
  for (let round = 0; round < Math.min(rounds, c.rounds ?? rounds); round++) {
    // Whoever comes first meets what the round before left.
    for (const side of round % 2 ? sides.toReversed() : sides) await side.round();
  }
  for (const side of sides) await side.process?.close();
  const ratios = (peer?.times ?? []).slice(0, ours.times.length).map((time, i) => ours.times[i] / time);
  const failures = [...sides.map((side) => side.failure && `${side.name}: ${side.failure}`), disagreement(c, ours, peer)].filter(Boolean);
  const isWhole = sides.every((side) => side.rounds.length > 0);
  return {
    name: c.name,
    what: c.what,
    ours: ours.value,
    peer: peer?.value ?? null,
    against: peer?.name ?? null,
    ratio: median(ratios),
    spread: ratios.length > 0 ? [Math.min(...ratios), Math.max(...ratios)] : null,
    target: c.target ?? null,
    ...(c.limit && { limit: c.limit }),
    rounds: ours.times.length,
    unit: 's',
    ...(c.more && isWhole && c.more({ ours, peer, others })),
    ...(failures.length > 0 && { failure: failures.join('; ') }),
  };
}

/** Both sides give `same`, numbers that have to agree: what is not the same work is not worth comparing. */
function disagreement({ agree }, ours, peer) {
  const [a, b] = [ours.rounds.at(-1)?.same, peer?.rounds.at(-1)?.same];
  if (agree === undefined || !a || !b) return null;
  if (a.length !== b.length) return `ours gave ${a.length} numbers to compare, ${peer.name} ${b.length}`;
  const worst = Math.max(...a.map((x, i) => Math.abs(x - b[i]) / Math.max(Math.abs(b[i]), 1e-12)));
  return worst <= agree ? null : `the numbers of both sides differ by ${worst.toExponential(1)} of their size, more than ${agree}`;
}
