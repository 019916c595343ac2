// Steps and inference of the networks, against PyTorch and of narrowed ones against whole ones.
import { threads } from '../machine.mjs';
import { inOne } from '../sides.mjs';

const NETWORKS = [
  ['lenet-300-100', 'LeNet-300-100', 128, 0.9],
  ['densenet-40', 'DenseNet-40', 64, 0.75],
  ['resnet-164', 'ResNet-164', 64, 0.9],
  ['vgg-16', 'VGG-16', 64, 1],
  ['preresnet-20', 'ResNet-20', 64, 0.9],
];

export function networkCases({ sidesOn }) {
  const of = (network, mode, batch, count = threads) => {
    const { ours, pytorch } = sidesOn(count);
    return { ours: ours('network', network, mode, count, batch), ...pytorch('network.py', network, mode, count, batch) };
  };
  return [
    ...NETWORKS.map(([network, title, batch, target]) => ({
      name: `step-${network}`,
      what: `a training step of ${title}, batch ${batch}`,
      ...of(network, 'step', batch),
      target,
    })),
    ...[1, 256].flatMap((batch) =>
      NETWORKS.map(([network, title]) => ({
        name: `infer-${batch}-${network}`,
        what: `inference of ${title}, batch ${batch}`,
        ...of(network, 'infer', batch),
        target: 1,
        ...(batch > 1 && { rounds: 3 }),
      })),
    ),
    ...NETWORKS.map(([network, title]) => ({
      name: `infer-one-${network}`,
      what: `inference of ${title}, batch 1, on one thread`,
      ...of(network, 'infer', 1, 1),
      target: 1,
    })),
  ];
}

export function channelCases({ ours }) {
  /** Narrowed to 40% of the channels. `macs`: it has so many of the multiply-accumulates; the target is 1.4 times that. */
  const narrowed = (network, title, mode, words, macs) => ({
    name: `narrow-${mode}-${network}`,
    what: `${words} of ${title} narrowed to 40% of its channels, batch 64`,
    ours: ours('network', network, mode, threads, 64, 0.4),
    against: 'the whole network',
    peer: ours('network', network, mode, threads, 64, 1),
    target: Number((1.4 * macs).toFixed(2)),
    rounds: 3,
  });
  const passes = inOne(ours('network', 'preresnet-20', 'score', threads, 64));
  return [
    narrowed('densenet-40', 'DenseNet-40', 'step', 'a training step', 0.357),
    narrowed('densenet-40', 'DenseNet-40', 'infer', 'inference', 0.357),
    narrowed('vgg-16', 'VGG-16', 'infer', 'inference', 0.162),
    {
      name: 'score-channels',
      what: 'channel statistics of ResNet-20',
      ours: passes('score'),
      against: 'a pass of evaluation',
      peer: passes('evaluate'),
      // An epoch takes three times as long as an evaluation, and the statistics may take 5% of it.
      target: 1.15,
    },
    {
      name: 'calibrate-vgg-16',
      what: 'calibration of structured lasso, VGG-16, 256 samples',
      ours: ours('calibration', 'vgg-16', 'logit', threads),
      against: 'a pass of evaluation',
      peer: ours('calibration', 'vgg-16', 'evaluate', threads),
      target: 12,
      rounds: 3,
    },
  ];
}
