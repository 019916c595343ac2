import * as tf from '@tensorflow/tfjs';
import { bool, float, several, text, type } from './call';
import * as k from './ops';
import * as plain from './plain';

/** What the forward pass in training leaves for the backward pass. */
export type Saved = readonly tf.Tensor[];

export interface Trained {
  y: tf.Tensor;
  /** The running statistics [c] after this batch. */
  mean: tf.Tensor;
  variance: tf.Tensor;
  saved: Saved;
}

export interface Gradient {
  x: tf.Tensor;
  scale: tf.Tensor;
  shift: tf.Tensor;
}

/** Of a batch, by channel [c]; the variance is biased. */
export interface Statistics {
  mean: tf.Tensor;
  variance: tf.Tensor;
}

export interface BatchNorm {
  /** In training: by the batch's own statistics. */
  train(x: tf.Tensor, ...parameters: Parameters): Trained;
  /** The same where the batch's statistics are known, which saves a reading of x. They stay the caller's. */
  trainWith(statistics: Statistics, x: tf.Tensor, ...parameters: Parameters): Trained;
  /** By the running statistics. */
  infer(x: tf.Tensor, ...parameters: Parameters): tf.Tensor;
  /** Gradients by x, scale and shift. */
  gradient(dy: tf.Tensor, x: tf.Tensor, scale: tf.Tensor, saved: Saved): Gradient;
}

type Parameters = readonly [scale: tf.Tensor, shift: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor];

/** The kernels are fastest where the channels are a multiple of this: inference takes 0.6 ms with 48 channels and 6.2 with 41. */
const WIDTH = 16;
/** Multiples of these are fast enough as they are; training has more to put together afterwards. */
const FAST = { inference: 8, training: 4 };

/**
 * Batch normalisation (Ioffe and Szegedy 2015) of x [n, h, w, c] over n, h, w. In training the batch is normalised by its own mean and
 * biased variance, and the running statistics follow by `momentum`, the variance unbiased: as in PyTorch.
 *
 * Where c is an awkward width, `parts` neighbouring positions are taken together as parts·c channels, which is the same memory read
 * otherwise; the statistics of a channel's parts are put together afterwards.
 */
export function batchNorm(epsilon: number, momentum: number): BatchNorm {
  if (plain.PLAIN) return plainBatchNorm(epsilon, momentum);
  const common = [type('T', 'float'), type('U', 'float'), float('epsilon', epsilon), text('data_format', 'NHWC')];
  const [whileTraining, frozen] = [
    [...common, bool('is_training', true)],
    [...common, bool('is_training', false)],
  ];
  const following = [...whileTraining, float('exponential_avg_factor', momentum)];
  const alone = [...whileTraining, float('exponential_avg_factor', 1)];
  const inference = [...frozen, float('exponential_avg_factor', 1)];

  const normalised = (x: tf.Tensor, parameters: Parameters): tf.Tensor => {
    const [y, ...rest] = several('FusedBatchNormV3', inference, [x, ...parameters], 6);
    tf.dispose(rest);
    return y!;
  };

  function trainWhole(x: tf.Tensor, parameters: Parameters): Trained {
    const out = several('FusedBatchNormV3', following, [x, ...parameters], 6);
    return { y: out[0]!, mean: out[1]!, variance: out[2]!, saved: out.slice(3) };
  }

  const follow = (running: tf.Tensor, now: tf.Tensor) => tf.add(running, tf.mul(tf.sub(now, running), momentum));

  function trainInParts(x: tf.Tensor, [scale, shift, runningMean, runningVariance]: Parameters, parts: number): Trained {
    const [y, newMean, newVariance, mean, variance] = tf.tidy(() => {
      const wide = together(x, parts);
      const channels = parts * x.shape[3]!;
      const count = x.size / channels;
      const [ones, zeros] = [tf.ones([channels]), tf.zeros([channels])];
      const [, partMeans, partVariances] = several('FusedBatchNormV3', alone, [wide, ones, zeros, zeros, ones], 6);
      const means = tf.reshape(partMeans!, [parts, -1]);
      const mean = tf.mean(means, 0);
      // The mean of the parts' variances and the variance of their means: all parts have as many samples. The kernel's are unbiased.
      const within = tf.mul(tf.mean(tf.reshape(partVariances!, [parts, -1]), 0), (count - 1) / count);
      const variance = tf.add(within, tf.mean(tf.square(tf.sub(means, mean)), 0));
      const all = count * parts;
      return [
        tf.reshape(normalised(wide, tiled([scale, shift, mean, variance], parts)), x.shape),
        follow(runningMean, mean),
        follow(runningVariance, tf.mul(variance, all / (all - 1))),
        mean,
        variance,
      ];
    });
    return { y: y, mean: newMean, variance: newVariance, saved: [mean, variance] };
  }

  function gradientWhole(dy: tf.Tensor, x: tf.Tensor, scale: tf.Tensor, saved: Saved): Gradient {
    const [dx, dScale, dShift, ...rest] = several('FusedBatchNormGradV3', whileTraining, [dy, x, scale, ...saved], 5);
    tf.dispose(rest);
    return { x: dx!, scale: dScale!, shift: dShift! };
  }

  function gradientInParts(dy: tf.Tensor, x: tf.Tensor, scale: tf.Tensor, [mean, variance]: Saved, parts: number): Gradient {
    const [dx, dScale, dShift] = tf.tidy(() => {
      const wide = together(x, parts);
      const [wideScale, , wideMean, wideVariance] = tiled([scale, scale, mean!, variance!], parts);
      // With the statistics taken as constants: dy·scale/deviation, and by part the sums of dy·x̂ and of dy.
      const [direct, ...sums] = several(
        'FusedBatchNormGradV3',
        frozen,
        [together(dy, parts), wide, wideScale, wideMean, wideVariance, wideMean],
        5,
      );
      const [dScale, dShift] = sums.slice(0, 2).map((sum) => tf.sum(tf.reshape(sum, [parts, -1]), 0)) as [tf.Tensor, tf.Tensor];
      // Through the statistics: -scale/deviation·(mean of dy + x̂·mean of dy·x̂), which is a batch norm of x by other parameters.
      const factor = tf.div(tf.mul(scale, -x.shape[3]! / x.size), tf.sqrt(tf.add(variance!, epsilon)));
      const through = normalised(wide, tiled([tf.mul(factor, dScale), tf.mul(factor, dShift), mean!, variance!], parts));
      return [tf.reshape(k.add(direct!, through), x.shape), dScale, dShift];
    });
    return { x: dx, scale: dScale, shift: dShift };
  }

  function infer(x: tf.Tensor, ...parameters: Parameters): tf.Tensor {
    const parts = partsOf(x, FAST.inference);
    if (parts === 1) return normalised(x, parameters);
    return tf.tidy(() => tf.reshape(normalised(together(x, parts), tiled(parameters, parts)), x.shape));
  }

  return {
    train(x: tf.Tensor, ...parameters: Parameters): Trained {
      const parts = partsOf(x, FAST.training);
      return parts === 1 ? trainWhole(x, parameters) : trainInParts(x, parameters, parts);
    },
    trainWith({ mean, variance }: Statistics, x: tf.Tensor, ...[scale, shift, runningMean, runningVariance]: Parameters): Trained {
      const count = x.size / x.shape[3]!;
      const [y, newMean, newVariance] = tf.tidy(() => [
        infer(x, scale, shift, mean, variance),
        follow(runningMean, mean),
        follow(runningVariance, tf.mul(variance, count / Math.max(count - 1, 1))),
      ]);
      return { y, mean: newMean, variance: newVariance, saved: [mean.clone(), variance.clone(), variance.clone()] };
    },
    infer,
    gradient(dy, x, scale, saved) {
      const parts = partsOf(x, FAST.training);
      return parts === 1 ? gradientWhole(dy, x, scale, saved) : gradientInParts(dy, x, scale, saved, parts);
    },
  };
}

/** The same by TensorFlow.js's own functions. */
function plainBatchNorm(epsilon: number, momentum: number): BatchNorm {
  const infer = (x: tf.Tensor, ...[scale, shift, mean, variance]: Parameters) => plain.normalised(x, scale, shift, mean, variance, epsilon);
  const trainWith = (
    { mean, variance }: Statistics,
    x: tf.Tensor,
    ...[scale, shift, runningMean, runningVariance]: Parameters
  ): Trained => {
    const count = x.size / x.shape[3]!;
    const [y, newMean, newVariance] = tf.tidy((): [tf.Tensor, tf.Tensor, tf.Tensor] => {
      const follow = (running: tf.Tensor, now: tf.Tensor) => tf.add(tf.mul(running, 1 - momentum), tf.mul(now, momentum));
      const unbiased = tf.mul(variance, count / Math.max(count - 1, 1));
      return [infer(x, scale, shift, mean, variance), follow(runningMean, mean), follow(runningVariance, unbiased)];
    });
    return { y, mean: newMean, variance: newVariance, saved: [mean.clone(), variance.clone()] };
  };
  return {
    train(x, ...parameters) {
      const statistics = plain.moments(x);
      const trained = trainWith(statistics, x, ...parameters);
      tf.dispose([statistics.mean, statistics.variance]);
      return trained;
    },
    trainWith,
    infer,
    gradient: (dy, x, scale, [mean, variance]) => plain.normGradient(dy, x, scale, mean!, variance!, epsilon),
  };
}

/** Statistics of a batch x [n, h, w, c] over n, h, w: a batch norm's own, of which nothing else is used. */
export function batchStatistics(x: tf.Tensor): Statistics {
  if (plain.PLAIN) return plain.moments(x);
  const [mean, variance] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
    const c = x.shape[3]!;
    const [ones, zeros] = [tf.ones([c]), tf.zeros([c])];
    const trained = batchNorm(1, 1).train(x, ones, zeros, zeros, ones);
    const count = x.size / c;
    return [trained.mean, tf.mul(trained.variance, (count - 1) / count)];
  });
  return { mean, variance };
}

/**
 * How many neighbouring positions are taken together: the fewest that make the channels a multiple of 16; 1 where that cannot be, or where
 * the channels are a multiple of `fast`.
 */
function partsOf({ shape }: tf.Tensor, fast: number): number {
  const [, h, w, c] = shape as [number, number, number, number];
  if (c % fast === 0) return 1;
  let parts = 1;
  while ((parts * c) % WIDTH !== 0) parts *= 2;
  return (h * w) % parts === 0 ? parts : 1;
}

/** x [n, h, w, c] as [n, 1, h·w/parts, parts·c]: the same numbers in the same order. */
function together(x: tf.Tensor, parts: number): tf.Tensor {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  return tf.reshape(x, [n, 1, (h * w) / parts, parts * c]);
}

const tiled = (parameters: Parameters, parts: number) =>
  parameters.map((parameter) => tf.tile(parameter, [parts])) as unknown as Parameters;
