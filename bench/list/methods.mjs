// What pruning itself takes: statistics, selection, compaction; and how it grows.
import { threads } from '../machine.mjs';

export function methodCases({ ours, pytorch }) {
  const compaction = (network, title, same) => ({
    name: `compact-${network}`,
    what: `compaction of ${title} to 40% of its channels, batch norms folded`,
    ours: ours('compaction', network),
    ...pytorch('compaction.py', network, threads),
    against: 'torch-pruning',
    target: 1,
    ...same,
  });
  const select = (mode, what, bound) => ({
    name: `select-15m-${mode}`,
    what,
    ours: ours('select', mode, 15_000_000),
    ...pytorch('select_best.py', mode, 15_000_000, threads),
    agree: 1e-6,
    rounds: 3,
    ...bound,
  });
  return [
    statistics(ours, 'naive', 'online', 'the matrix of batch × connections'),
    statistics(ours, 'paper', 'online', "the paper's online form"),
    statistics(ours, 'paper', 'input', "the paper's online form"),
    select('select', 'the best 5% of 15 million scores', { limit: 0.5 }),
    select('rank', 'ranks of F and |w| of 15 million weights, and the best 5%', { target: 1 }),
    // Layer by layer both keep 40%, up to rounding.
    compaction('vgg-16', 'VGG-16', { agree: 0.05 }),
    // torch-pruning ties channels together that here are cut apart: not the same network.
    compaction('densenet-40', 'DenseNet-40', {}),
  ];
}

/** F in float32 sums, against float64 without cancellation: they agree to three digits. */
const statistics = (ours, form, reading, against) => ({
  name: `f-${reading}-${form}`,
  what: `F of all connections of LeNet-300-100 over 8 batches of 128, reading \`${reading}\``,
  ours: ours('f-statistics', reading, threads),
  against: `${against}, in plain TensorFlow.js`,
  peer: ours('f-statistics', form, threads),
  agree: 5e-3,
  target: 1,
  rounds: 3,
});

/** Sixteen times as much may take 16^1.1 times as long. */
const EXPONENT = 1.1;

export function growthCases({ ours }) {
  const growth = (mode, what) => ({
    name: `growth-${mode}`,
    what,
    ours: ours('growth', mode, 16, threads),
    against: 'a sixteenth of them',
    peer: ours('growth', mode, 1, threads),
    others: [{ name: '×4', open: ours('growth', mode, 4, threads) }],
    target: Number((16 ** EXPONENT).toFixed(1)),
    rounds: 3,
    more: ({ ours, peer, others }) => {
      const factor = ours.size / peer.size;
      const exponent = Math.log(ours.value / peer.value) / Math.log(factor);
      const [quarter] = others;
      return {
        exponent,
        sizes: [peer.size, quarter.size, ours.size],
        seconds: [peer.value, quarter.value, ours.value],
        note: `exponent ${exponent.toFixed(2)} over a factor of ${factor.toFixed(1)}, aim ${EXPONENT}`,
      };
    },
  });
  return [
    growth('samples', 'an epoch with statistics gathered, 32,768 samples'),
    growth('weights', 'an epoch with statistics gathered, 4.2 million weights'),
    growth('select', 'the best 5% of 16 million scores'),
  ];
}
