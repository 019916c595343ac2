// Epochs of LeNet-300-100: against PyTorch, and with statistics gathered against without.
import { threads } from '../machine.mjs';
import { inOne } from '../sides.mjs';

export function epochCases({ ours, pytorch }) {
  const epoch = (mode) => ours('lenet-epoch', mode, threads);
  const gather = (mode, every, target) => {
    const side = inOne(epoch(mode));
    return {
      name: `gather-${mode}`,
      what: `an epoch of LeNet-300-100 with statistics of ${every} gathered, reading \`${mode}\``,
      ours: side('with'),
      against: 'the same epoch without statistics',
      peer: side('without'),
      target,
    };
  };
  const what = 'an epoch of LeNet-300-100, 50,000 samples, batch 128';
  return [
    { name: 'lenet-epoch', what, ours: epoch('dense'), ...pytorch('lenet_epoch.py', 'dense', threads), target: 1.2 },
    {
      name: 'lenet-epoch-masked',
      what: `${what}, with a mask of 5%`,
      ours: epoch('masked'),
      ...pytorch('lenet_epoch.py', 'masked', threads),
      target: 1.2,
    },
    {
      name: 'lenet-epoch-tfjs',
      what: `${what}, as TensorFlow.js users write it`,
      ours: epoch('dense'),
      against: 'tf.layers fit() on the same kernels',
      peer: ours('lenet-tfjs', threads),
      target: 1,
      rounds: 3,
    },
    gather('input', 'every batch', 1.05),
    gather('online', 'every 48th batch', 1.25),
    gather('gated', 'every 96th batch', 1.25),
  ];
}
