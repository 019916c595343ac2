/** `model` of an experiment: a declared network, or a saved one. */
import * as z from 'zod';

const named = <N extends string>(name: N) => z.strictObject({ name: z.literal(name) });
const growth = {
  growth: z.int().min(1).max(256).default(12).describe('Channels that each layer adds.'),
  init: z.int().min(1).max(1024).optional().describe('Channels of the first convolution; twice the growth where absent.'),
};

/** Depth 6n + 2 of a basic, 9n + 2 of a pre-activation residual network; 3n + 4 of a dense one. */
const depth = (step: number, offset: number, about: string) =>
  z
    .int()
    .min(step + offset)
    .max(2000)
    .refine((value) => (value - offset) % step === 0, { error: `a depth of ${step}n + ${offset}` })
    .describe(about);

export const Model = z
  .discriminatedUnion('name', [
    named('lenet-300-100'),
    z.strictObject({
      name: z.literal('mlp'),
      hidden: z
        .array(z.int().min(1).max(100_000))
        .min(1)
        .max(20)
        .describe('Widths of the hidden layers.')
        .meta({ examples: [[300, 100]] }),
    }),
    named('lenet-5'),
    named('vgg-16'),
    named('vgg-19'),
    named('resnet-18'),
    named('resnet-20'),
    named('resnet-56'),
    named('resnet-110'),
    named('resnet-164'),
    z.strictObject({
      name: z.literal('resnet'),
      depth: depth(6, 2, 'Layers, 6n + 2: three stages of n basic blocks, 16, 32 and 64 wide.').meta({ examples: [32] }),
    }),
    z.strictObject({
      name: z.literal('preresnet'),
      depth: depth(9, 2, 'Layers, 9n + 2: three stages of n pre-activation bottlenecks, 16, 32 and 64 wide inside.').meta({
        examples: [29],
      }),
    }),
    z.strictObject({ name: z.literal('densenet-40'), ...growth }),
    z.strictObject({
      name: z.literal('densenet'),
      depth: depth(3, 4, 'Layers, 3n + 4: three blocks of n layers.').meta({ examples: [22] }),
      ...growth,
    }),
    z.strictObject({
      name: z.literal('saved'),
      path: z.string().min(1).describe('model.json of a layers model saved by TensorFlow.js or its converter; relative to this file.'),
      reinitialise: z.boolean().default(false).describe("Draw new weights and use the file's layers alone."),
    }),
  ])
  .describe(
    'The network. MLPs have layers fc1, fc2, ...; resnet-164 is the pre-activation one, resnet-20 to 110 have basic blocks; saved reads a file, weights included.',
  );
export type Model = z.infer<typeof Model>;
