/** Putting channels (the last axis), or rows (the first), together and apart. */
import * as tf from '@tensorflow/tfjs';
import { axis, int, one, several, type, withInts, type Attribute } from './call';
import * as plain from './plain';

let pad: Attribute[] | undefined;
let slice: Attribute[] | undefined;

type Along = 'rows' | 'channels';
const PLAIN_AXIS = { rows: 0, channels: -1 };
const axisOf = (along: Along) => (along === 'rows' ? axis().first : axis().last);

/** One after another along an axis: [..., c1], [..., c2], ... as [..., c1 + c2 + ...], or [k1, ...], [k2, ...], ... as [k1 + k2 + ..., ...]. */
export function concat(parts: readonly tf.Tensor[], along: Along): tf.Tensor {
  if (parts.length === 1) return parts[0]!.clone();
  if (plain.PLAIN) return plain.concat(parts, PLAIN_AXIS[along]);
  return one('ConcatV2', [int('N', parts.length), type('T', 'float'), type('Tidx', 'int')], [...parts, axisOf(along)]);
}

/** The inverse of `concat`: parts of `sizes` channels, or rows. */
export function split(x: tf.Tensor, sizes: readonly number[], along: Along): tf.Tensor[] {
  if (sizes.length === 1) return [x.clone()];
  if (plain.PLAIN) return tf.tidy(() => tf.split(x, [...sizes], PLAIN_AXIS[along]));
  const attributes = [int('num_split', sizes.length), type('T', 'float'), type('Tlen', 'int')];
  return withInts(sizes, (lengths) => several('SplitV', attributes, [x, lengths, axisOf(along)], sizes.length));
}

/** `count` channels of x from channel `from` on. */
export function sliceChannels(x: tf.Tensor, from: number, count: number): tf.Tensor {
  if (plain.PLAIN) return tf.slice(x, [...x.shape.slice(1).map(() => 0), from], [...x.shape.slice(0, -1), count]);
  slice ??= [type('T', 'float'), type('Index', 'int')];
  const lead = x.shape.slice(0, -1);
  return withInts([...lead.map(() => 0), from], (begin) => withInts([...lead, count], (size) => one('Slice', slice!, [x, begin, size])));
}

/** x [..., c] with `before` and `after` channels of zeros around it. */
export function padChannels(x: tf.Tensor, before: number, after: number): tf.Tensor {
  if (plain.PLAIN) return tf.pad(x, [...x.shape.slice(1).map((): [number, number] => [0, 0]), [before, after]]);
  pad ??= [type('T', 'float'), type('Tpaddings', 'int')];
  const paddings = tf.tensor2d([...x.shape.slice(1).map(() => [0, 0]), [before, after]], [x.rank, 2], 'int32');
  const y = one('Pad', pad, [x, paddings]);
  paddings.dispose();
  return y;
}
