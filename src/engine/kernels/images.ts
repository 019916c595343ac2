/** Image files decoded and scaled by native ops. */
import * as tf from '@tensorflow/tfjs';
import { messageOf } from '../../shared/errors';
import type { DecodedImage } from '../data/images';
import { loadRuntime } from './runtime';

/**
 * A PNG, JPEG, BMP or GIF file (of which the first picture), told by its first bytes, stretched to `size` × `size`: bilinear, and a mean
 * over the area of each new pixel where it shrinks. Transparency is dropped; grey is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).
 * Throws an Error that says why it cannot.
 */
export function decodeImage(bytes: Uint8Array, size: number, channels: 1 | 3): DecodedImage {
  return tf.tidy(() => {
    const { image, transparent } = decoded(bytes);
    const [height, width] = image.shape as [number, number];
    const floats = toFloat(image);
    const scaled = height === size && width === size ? floats : scaleTo(floats, height, width, size);
    const values = scaled.dataSync<'float32'>();
    const depth = scaled.shape.at(-1)!;
    const pixels = new Uint8Array(size * size * channels);
    const byte = (value: number) => Math.max(0, Math.min(255, Math.round(value)));
    for (let p = 0, at = 0; p < size * size; p++, at += depth) {
      if (channels === 3) for (let c = 0; c < 3; c++) pixels[3 * p + c] = byte(values[at + c]!);
      else pixels[p] = byte(0.299 * values[at]! + 0.587 * values[at + 1]! + 0.114 * values[at + 2]!);
    }
    return { pixels, width, height, transparent };
  });
}

function decoded(bytes: Uint8Array): ReturnType<typeof decode> {
  try {
    return decode(bytes);
  } catch (error) {
    // The addon: "Invalid TF_Status: 3", then a line with the reason.
    const message = messageOf(error);
    throw new Error(/^Message: (.*)$/m.exec(message)?.[1] ?? message, { cause: error });
  }
}

const latin = (bytes: Uint8Array, from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1');

/** The picture as bytes [height, width, 3 or 4]. TensorFlow.js takes bytes for int32, so nothing but `toFloat` may be done with them. */
function decode(bytes: Uint8Array): { image: tf.Tensor; transparent: boolean } {
  const { backend, binding } = loadRuntime();
  if (latin(bytes, 0, 8) === '\x89PNG\r\n\x1a\n') return { image: backend.decodePng(bytes, 3), transparent: isTransparentPng(bytes) };
  // Arguments as TensorFlow has them by default; a file that ends too early is refused.
  if (latin(bytes, 0, 3) === '\xff\xd8\xff') return { image: backend.decodeJpeg(bytes, 3, 1, true, false, 1, ''), transparent: false };
  if (latin(bytes, 0, 2) === 'BM') return decodeBmp(bytes);
  if (/^GIF8[79]a$/.test(latin(bytes, 0, 6))) {
    // Unlike DecodeGif, this op leaves the pictures after the first alone.
    const attributes = [
      { name: 'channels', type: binding.TF_ATTR_INT, value: 3 },
      { name: 'dtype', type: binding.TF_ATTR_TYPE, value: binding.TF_UINT8 },
      { name: 'expand_animations', type: binding.TF_ATTR_BOOL, value: false },
    ];
    return {
      image: backend.executeSingleOutput('DecodeImage', attributes, [tf.scalar(bytes, 'string')]),
      transparent: false,
    };
  }
  throw new Error('it is no PNG, JPEG, BMP or GIF file');
}

/** Colour with alpha, grey with alpha, or a chunk tRNS before the pixels. */
function isTransparentPng(bytes: Uint8Array): boolean {
  if (bytes[25] === 4 || bytes[25] === 6) return true;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 8 <= bytes.length; at += view.getUint32(at) + 12) {
    const type = latin(bytes, at + 4, at + 8);
    if (type === 'tRNS') return true;
    if (type === 'IDAT') return false;
  }
  return false;
}

/** TensorFlow's op takes a palette for shades of grey and knows no compression, so both are refused. */
function decodeBmp(bytes: Uint8Array): { image: tf.Tensor; transparent: boolean } {
  if (bytes.length < 34) throw new Error('it ends inside its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  if ((bits !== 24 && bits !== 32) || (compression !== 0 && !(compression === 3 && bits === 32))) {
    throw new Error('a BMP file must have 24 or 32 bits a pixel, not compressed; save it as PNG');
  }
  return { image: loadRuntime().backend.decodeBmp(bytes, bits / 8), transparent: bits === 32 };
}

function toFloat(image: tf.Tensor): tf.Tensor {
  const { backend, binding: b } = loadRuntime();
  const attributes = [
    { name: 'SrcT', type: b.TF_ATTR_TYPE, value: b.TF_UINT8 },
    { name: 'DstT', type: b.TF_ATTR_TYPE, value: b.TF_FLOAT },
    { name: 'Truncate', type: b.TF_ATTR_BOOL, value: false },
  ];
  return backend.executeSingleOutput('Cast', attributes, [image]);
}

/** float32 [height, width, c] to [size, size, c]. As tf.image.resize in Python with antialias. */
function scaleTo(image: tf.Tensor, height: number, width: number, size: number): tf.Tensor {
  const { backend, binding: b } = loadRuntime();
  return backend.executeSingleOutput(
    'ScaleAndTranslate',
    [
      { name: 'T', type: b.TF_ATTR_TYPE, value: b.TF_FLOAT },
      { name: 'kernel_type', type: b.TF_ATTR_STRING, value: 'triangle' },
      { name: 'antialias', type: b.TF_ATTR_BOOL, value: true },
    ],
    [
      tf.reshape(image, [1, ...image.shape]),
      tf.tensor1d([size, size], 'int32'),
      tf.tensor1d([size / height, size / width]),
      tf.tensor1d([0, 0], 'float32'),
    ],
  );
}
