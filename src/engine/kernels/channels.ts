/** Putting channels (the last axis) together and apart. */
import * as tf from '@tensorflow/tfjs';
import { axis, int, one, several, type, withInts, type Attribute } from './call';

let pad: Attribute[] | undefined;
let slice: Attribute[] | undefined;

/** [..., c1], [..., c2], ... as [..., c1 + c2 + ...]. */
export const concat = (parts: tf.Tensor[]): tf.Tensor =>
  one('ConcatV2', [int('N', parts.length), type('T', 'float'), type('Tidx', 'int')], [...parts, axis().last]);

/** The inverse of `concat`: x [..., c1 + c2 + ...] as parts of `sizes` channels. */
export const split = (x: tf.Tensor, sizes: readonly number[]): tf.Tensor[] =>
  withInts(sizes, (lengths) =>
    several('SplitV', [int('num_split', sizes.length), type('T', 'float'), type('Tlen', 'int')], [x, lengths, axis().last], sizes.length),
  );

/** `count` channels of x from channel `from` on. */
export function sliceChannels(x: tf.Tensor, from: number, count: number): tf.Tensor {
  slice ??= [type('T', 'float'), type('Index', 'int')];
  const lead = x.shape.slice(0, -1);
  return withInts([...lead.map(() => 0), from], (begin) => withInts([...lead, count], (size) => one('Slice', slice!, [x, begin, size])));
}

/** x [..., c] with `before` and `after` channels of zeros around it. */
export function padChannels(x: tf.Tensor, before: number, after: number): tf.Tensor {
  pad ??= [type('T', 'float'), type('Tpaddings', 'int')];
  const paddings = tf.tensor2d([...x.shape.slice(1).map(() => [0, 0]), [before, after]], [x.rank, 2], 'int32');
  const y = one('Pad', pad, [x, paddings]);
  paddings.dispose();
  return y;
}
