import * as tf from '@tensorflow/tfjs';
import { batchNorm as kernel } from '../../kernels/norm';
import * as k from '../../kernels/ops';
import type { BatchNormNode } from '../../nn/graph';
import type { LayerValues } from '../../nn/values';
import { knownStatistics } from './knownStatistics';
import { REREADS, type Layer } from './layer';
import { LayerState } from './state';

/** Batch normalisation by channel: of an image over its positions too. */
export function batchNorm(node: BatchNormNode, values: LayerValues): Layer {
  const state = new LayerState(node, values);
  const op = kernel(node.epsilon, node.momentum);
  return {
    rereads: REREADS['batch-norm'],
    state,
    forward([x], training) {
      const parameters = [state.weights.read(), state.bias!.read(), state.mean!.read(), state.variance!.read()] as const;
      const image = asImage(x!);
      if (!training) {
        const y = op.infer(image, ...parameters);
        tf.dispose([...parameters, image]);
        return { output: shapedAs(y, x!) };
      }
      const statistics = knownStatistics(x!);
      const { y, mean, variance, saved } = statistics ? op.trainWith(statistics, image, ...parameters) : op.train(image, ...parameters);
      tf.dispose([...parameters, image]);
      state.mean!.take(mean);
      state.variance!.take(variance);
      return { output: shapedAs(y, x!), saved };
    },
    backward({ dy, inputs: [x], saved, wanted, options }) {
      const scale = state.weights.read();
      const [image, dImage] = [asImage(x!), asImage(dy)];
      const gradient = op.gradient(dImage, image, scale, saved);
      tf.dispose([image, dImage]);
      let dScale = gradient.scale;
      if (options.gammaPenalty > 0) {
        dScale = tf.tidy(() => k.add(gradient.scale, k.mul(k.sign(scale), tf.scalar(options.gammaPenalty))));
        gradient.scale.dispose();
      }
      state.weights.update(dScale, options, scale);
      state.bias!.update(gradient.shift, options);
      if (wanted) return [shapedAs(gradient.x, x!)];
      gradient.x.dispose();
      return [];
    },
  };
}

/** The kernel takes images alone: rows [n, c] are images of one position. Shares the numbers of x. */
function asImage(x: tf.Tensor): tf.Tensor {
  return x.rank === 4 ? x.clone() : tf.reshape(x, [x.shape[0], 1, 1, x.shape[1]!]);
}

/** y in the shape of x; y is released. */
function shapedAs(y: tf.Tensor, x: tf.Tensor): tf.Tensor {
  if (y.rank === x.rank) return y;
  const shaped = tf.reshape(y, x.shape);
  y.dispose();
  return shaped;
}
