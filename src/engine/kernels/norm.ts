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

/** Normalisation by given statistics, and its gradients where these are the batch's own. */
type Normalisation = Pick<BatchNorm, 'infer' | 'gradient'>;

/**
 * Batch normalisation (Ioffe and Szegedy 2015) of x [n, h, w, c] over n, h, w. In training the batch is normalised by its own mean and
 * biased variance, and the running statistics follow by `momentum`, the variance unbiased: as in PyTorch.
 *
 * Where c is an awkward width, `parts` neighbouring positions are taken together as parts·c channels, which is the same memory read
 * otherwise; the statistics of a channel's parts are put together afterwards.
 */
export function batchNorm(epsilon: number, momentum: number): BatchNorm {
  const { infer, gradient }: Normalisation = plain.PLAIN ? plainNormalisation(epsilon) : nativeNormalisation(epsilon);
  const following = plain.PLAIN ? null : inTraining(epsilon, momentum);
  const follow = (running: tf.Tensor, now: tf.Tensor) => tf.add(running, tf.mul(tf.sub(now, running), momentum));

  function trainWith({ mean, variance }: Statistics, x: tf.Tensor, ...[scale, shift, runningMean, runningVariance]: Parameters): Trained {
    const count = x.size / x.shape[3]!;
    const [y, newMean, newVariance] = tf.tidy((): [tf.Tensor, tf.Tensor, tf.Tensor] => [
      infer(x, scale, shift, mean, variance),
      follow(runningMean, mean),
      follow(runningVariance, tf.mul(variance, count / Math.max(count - 1, 1))),
    ]);
    return { y, mean: newMean, variance: newVariance, saved: [mean.clone(), variance.clone(), variance.clone()] };
  }

  return {
    train(x, ...parameters) {
      if (following && partsOf(x, FAST.training) === 1) {
        const [y, mean, variance, ...saved] = several('FusedBatchNormV3', following, [x, ...parameters], 6);
        return { y: y!, mean: mean!, variance: variance!, saved };
      }
      const statistics = batchStatistics(x);
      const trained = trainWith(statistics, x, ...parameters);
      tf.dispose([statistics.mean, statistics.variance]);
      return trained;
    },
    trainWith,
    infer,
    gradient,
  };
}

const plainNormalisation = (epsilon: number): Normalisation => ({
  infer: (x, ...parameters) => plain.normalised(x, ...parameters, epsilon),
  gradient: (dy, x, scale, [mean, variance]) => plain.normGradient(dy, x, scale, mean!, variance!, epsilon),
});

const common = (epsilon: number) => [type('T', 'float'), type('U', 'float'), float('epsilon', epsilon), text('data_format', 'NHWC')];

/** Attributes of the op that normalises by the batch's own statistics, with running ones that follow by `momentum`. */
const inTraining = (epsilon: number, momentum: number) => [
  ...common(epsilon),
  bool('is_training', true),
  float('exponential_avg_factor', momentum),
];

function nativeNormalisation(epsilon: number): Normalisation {
  const whileTraining = [...common(epsilon), bool('is_training', true)];
  const frozen = [...common(epsilon), bool('is_training', false)];
  const inference = [...frozen, float('exponential_avg_factor', 1)];

  const normalised = (x: tf.Tensor, parameters: Parameters): tf.Tensor => {
    const [y, ...rest] = several('FusedBatchNormV3', inference, [x, ...parameters], 6);
    tf.dispose(rest);
    return y!;
  };

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

  return {
    infer(x, ...parameters) {
      const parts = partsOf(x, FAST.inference);
      if (parts === 1) return normalised(x, parameters);
      return tf.tidy(() => tf.reshape(normalised(together(x, parts), tiled(parameters, parts)), x.shape));
    },
    gradient(dy, x, scale, saved) {
      const parts = partsOf(x, FAST.training);
      return parts === 1 ? gradientWhole(dy, x, scale, saved) : gradientInParts(dy, x, scale, saved, parts);
    },
  };
}

/** Statistics of a batch x [n, h, w, c] over n, h, w. */
export function batchStatistics(x: tf.Tensor): Statistics {
  if (plain.PLAIN) return plain.moments(x);
  const [mean, variance] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
    const parts = partsOf(x, FAST.training);
    const channels = parts * x.shape[3]!;
    const count = x.size / channels;
    const [ones, zeros] = [tf.ones([channels]), tf.zeros([channels])];
    // Of a batch norm in training, with any epsilon, only the statistics are used.
    const [, partMeans, partVariances] = several('FusedBatchNormV3', inTraining(1, 1), [together(x, parts), ones, zeros, zeros, ones], 6);
    const means = tf.reshape(partMeans!, [parts, -1]);
    const mean = tf.mean(means, 0);
    // The mean of the parts' variances and the variance of their means: all parts have as many samples. The kernel's are unbiased.
    const within = tf.mul(tf.mean(tf.reshape(partVariances!, [parts, -1]), 0), (count - 1) / count);
    return [mean, tf.add(within, tf.mean(tf.square(tf.sub(means, mean)), 0))];
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
