// The roofline: single kernels, and how much of the machine's peak they reach.
import { peak, threads } from '../machine.mjs';

const GIGA = 1e9;
const [N, BATCH, SIDE, CHANNELS, COPIED] = [1024, 64, 32, 64, 256 * 1024 * 1024];

export function kernelCases({ ours, pytorch }) {
  const kernel = (mode, what, more) => ({
    name: `kernel-${mode}`,
    what,
    ours: ours('kernels', mode, threads),
    ...pytorch('kernels.py', mode, threads),
    target: 1,
    more,
  });
  return [
    kernel('matmul', 'a product of matrices, 1024 × 1024 × 1024', flops(2 * N ** 3)),
    kernel('conv', 'a 3×3 convolution of 64 × 32 × 32 positions, 64 to 64 channels', flops(2 * 9 * BATCH * SIDE ** 2 * CHANNELS ** 2)),
    kernel('copy', '256 MiB read and written', (sides) => {
      const rates = ratesOf(2 * COPIED, sides);
      return { gigabytesPerSecond: rates, note: `${shown(rates.ours)} GB/s, PyTorch ${shown(rates.peer)}` };
    }),
  ];
}

const shown = (rate) => rate.toFixed(rate < 100 ? 1 : 0);

/** Of so many operations or bytes, in billions a second. */
const ratesOf = (count, { ours, peer }) => ({ ours: count / ours.value / GIGA, peer: count / peer.value / GIGA });

/** Padding is counted as if it were computed, as is usual. */
const flops = (count) => (sides) => {
  const most = peak();
  const rates = ratesOf(count, sides);
  const share = most ? (rates.ours * GIGA) / most.flops : null;
  const ofPeak = most ? `; ${Math.round(100 * share)}% of the peak of ${Math.round(most.flops / GIGA)}` : '';
  return {
    gigaflops: rates,
    peak: most && { gigaflops: most.flops / GIGA, how: most.how, share },
    note: `${shown(rates.ours)} GFLOP/s, PyTorch ${shown(rates.peer)}${ofPeak}`,
  };
};
