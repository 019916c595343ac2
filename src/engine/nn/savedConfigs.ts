/** What the supported layers' settings may be: a schema for each class. A key that has no part in inference is not looked at. */
import * as z from 'zod';
import type { Padding } from './graph';

const count = z.int().positive();

/** One number for both directions, or [rows, columns]. */
const pair = z.union([count.transform((n): [number, number] => [n, n]), z.tuple([count, count])], {
  error: 'must be a positive whole number, or two of them',
});

/** A setting that must be absent or have one of a few values. */
const only = (words: string, ...allowed: unknown[]) => {
  const texts = [null, ...allowed].map((value) => JSON.stringify(value));
  return z
    .unknown()
    .refine((value) => texts.includes(JSON.stringify(value)), { error: `must be ${words}` })
    .optional();
};

const channelsLast = only("'channels_last'", 'channels_last');
const flag = (otherwise: boolean) =>
  z
    .boolean({ error: 'must be true or false' })
    .nullish()
    .transform((value) => value ?? otherwise);
const padding = z
  .enum(['same', 'valid'], { error: "must be 'same' or 'valid'" })
  .nullish()
  .transform((value): Padding => value ?? 'valid');

/** Keras 3 may write a function as an object that names it. */
const activation = z
  .preprocess(
    (value) => (value && typeof value === 'object' && 'config' in value ? value.config : value) ?? 'linear',
    z.enum(['linear', 'relu', 'softmax'], { error: 'must be relu, linear or (at the end) softmax' }),
  )
  .optional()
  .transform((value) => value ?? 'linear');
export type Activation = z.infer<typeof activation>;

/** Of one axis; a list of one is the same. Which axis is the last one, the layer's input tells. */
const axis = z
  .union([z.int(), z.tuple([z.int()]).transform(([one]) => one)], { error: 'must be one axis' })
  .nullish()
  .transform((value) => value ?? -1);

const pool = z.object({
  pool_size: pair,
  strides: pair.nullish(),
  padding,
  data_format: channelsLast,
});

/** [before, after] along an axis; one number for both. */
const margin = z.union([
  z
    .int()
    .nonnegative()
    .transform((n): [number, number] => [n, n]),
  z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
]);

const shape = z.array(z.int().nullable());

export const Configs = {
  InputLayer: z.object({ batch_shape: shape.nullish(), batch_input_shape: shape.nullish() }),
  Dense: z.object({ units: count, use_bias: flag(true), activation, trainable: flag(true) }),
  Conv2D: z.object({
    filters: count,
    kernel_size: pair,
    strides: pair.nullish().transform((value) => value ?? ([1, 1] as const)),
    padding,
    data_format: channelsLast,
    dilation_rate: only('1', 1, [1, 1]),
    groups: only('1', 1),
    use_bias: flag(true),
    activation,
    trainable: flag(true),
  }),
  BatchNormalization: z.object({
    axis,
    epsilon: z.number().positive().nullish(),
    momentum: z.number().min(0).max(1).nullish(),
    scale: flag(true),
    center: flag(true),
    renorm: only('false', false),
  }),
  Activation: z.object({ activation }),
  ReLU: z.object({
    max_value: only('none: it cuts large values off', null),
    negative_slope: only('0', 0, [0]),
    threshold: only('0', 0),
  }),
  Softmax: z.object({ axis }),
  Add: z.object({}),
  Concatenate: z.object({ axis }),
  MaxPooling2D: pool,
  AveragePooling2D: pool,
  GlobalAveragePooling2D: z.object({ data_format: channelsLast, keepdims: only('false', false) }),
  Flatten: z.object({ data_format: channelsLast }),
  Dropout: z.object({}),
  ZeroPadding2D: z.object({
    padding: z.union([
      z
        .int()
        .nonnegative()
        .transform((n): Margins => [
          [n, n],
          [n, n],
        ]),
      z.tuple([margin, margin]),
    ]),
    data_format: channelsLast,
  }),
};

/** Rows above and below, columns left and right. */
export type Margins = [[number, number], [number, number]];
export type ClassName = keyof typeof Configs;
export type Config<C extends ClassName> = z.infer<(typeof Configs)[C]>;
export const CLASSES = Object.keys(Configs) as ClassName[];
