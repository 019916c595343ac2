/** `data` of an experiment: which samples, and how they are split. */
import * as z from 'zod';
import { samples } from './numbers';

const split = {
  train: samples.default(50_000).describe('Training samples; the paper uses 50,000.'),
  validation: samples.default(10_000).describe('Validation samples, taken after the training samples of the same files.'),
  test: samples.default(10_000).describe('Test samples.'),
};

const IdxData = (name: 'mnist' | 'fashion-mnist') =>
  z.strictObject({
    name: z.literal(name),
    path: z.string().optional().describe("Folder with the four IDX files, plain or gzip'd; relative to this file."),
    otherwise: z.literal('digits').optional().describe('Use the built-in digits when the files are not found; the run says so.'),
    ...split,
  });

const DigitsData = z.strictObject({
  name: z.literal('digits'),
  seed: z.int().min(0).default(0).describe("Seed of the drawing; the run's seed does not change the data."),
  ...split,
});

const augment = (usual: 'none' | 'crop-flip') =>
  z
    .enum(['none', 'crop-flip'])
    .default(usual)
    .describe('Training images as they are, or padded by an eighth, cropped back at random and mirrored at random.');

const CifarData = (name: 'cifar-10' | 'cifar-100') =>
  z.strictObject({
    name: z.literal(name),
    path: z.string().optional().describe("Folder with the binary batches, plain or gzip'd; relative to this file."),
    augment: augment('crop-flip'),
    train: samples.default(45_000).describe('Training samples.'),
    validation: samples.default(5_000).describe('Validation samples, taken after the training samples of the same files.'),
    test: samples.default(10_000).describe('Test samples.'),
  });

/** Below 1: something must be left to train on. */
const part = z.number().gt(0).max(0.9);

const ImageFolders = z.strictObject({
  name: z.literal('images'),
  path: z.string().describe('Folder with a folder of images (PNG, JPEG, BMP or GIF) for each class; relative to this file.'),
  size: z.int().min(8).max(512).default(64).describe('Height and width that every image is scaled to.'),
  channels: z
    .union([z.literal(1), z.literal(3)])
    .default(3)
    .describe('3 for colour, 1 for grey. Transparency is dropped.'),
  augment: augment('crop-flip'),
  validationFraction: part.default(0.1).describe('Share of the images of each class for validation.'),
  testFraction: part.default(0.2).describe('Share of the images of each class for the test.'),
  seed: z.int().min(0).default(0).describe("Seed of the split; the run's seed does not change it."),
});

const NpyData = z.strictObject({
  name: z.literal('npy'),
  images: z
    .string()
    .describe(
      'File of training and validation samples: uint8 or float, [count, height, width, channels], [count, height, width] or [count, features].',
    )
    .meta({ examples: ['x_train.npy'] }),
  labels: z
    .string()
    .describe('File of their classes, integers from 0: [count].')
    .meta({ examples: ['y_train.npy'] }),
  testImages: z
    .string()
    .describe('File of test samples.')
    .meta({ examples: ['x_test.npy'] }),
  testLabels: z
    .string()
    .describe('File of their classes.')
    .meta({ examples: ['y_test.npy'] }),
  augment: augment('none'),
  validation: samples.default(5_000).describe('Samples for validation, the last of the training file.'),
});

export const Data = z
  .discriminatedUnion('name', [
    IdxData('mnist'),
    IdxData('fashion-mnist'),
    CifarData('cifar-10'),
    CifarData('cifar-100'),
    ImageFolders,
    NpyData,
    DigitsData,
  ])
  .describe(
    "The data set. mnist, fashion-mnist, cifar-10 and cifar-100 are looked for in `path`, $PRUNE_LAB_DATA/<name> and the user's cache; images are class folders, npy NumPy files; digits needs nothing.",
  );
export type Data = z.infer<typeof Data>;
