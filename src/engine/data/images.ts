/**
 * A data set of class folders: each folder's name is a class, its images are the samples. Decoding and scaling is the caller's (the native
 * kernels do it); here is which files count, how they are split, and what a person is told about them.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Data } from '../../config/schema';
import { messageOf } from '../../shared/errors';
import { stream } from '../random';
import { checkClassCount } from './classCount';
import type { Dataset, Split } from './dataset';
import { dataErrors } from './errors';
import { claimedSize, MOST_PIXELS } from './imageSize';
import { normalisation } from './normalisation';

type ImageData = Extract<Data, { name: 'images' }>;

export interface DecodedImage {
  /** size × size × channels, row by row. */
  pixels: Uint8Array;
  /** Of the file. */
  width: number;
  height: number;
  /** Had the file transparency, which is dropped? */
  transparent: boolean;
}
/** An image file's bytes, scaled to size × size. Throws an Error that says why it cannot. */
export type DecodeImage = (bytes: Uint8Array, size: number, channels: 1 | 3) => DecodedImage;

const IMAGE = /\.(png|jpe?g|bmp|gif)$/i;
const MAX_BYTES = 4 * 2 ** 30;

/** @throws data/not-found, no-classes, one-class, too-many-classes, empty-class, small-class, nothing-to-train, corrupt-image, image-too-large, too-large */
export async function readImageFolders(folder: string, data: ImageData, decode: DecodeImage, signal?: AbortSignal): Promise<Dataset> {
  if (data.validationFraction + data.testFraction >= 1) throw dataErrors.nothingToTrain(data.validationFraction, data.testFraction);
  const { classes, others } = await findClasses(folder);
  const features = data.size * data.size * data.channels;
  const count = classes.reduce((sum, { files }) => sum + files.length, 0);
  if (count * features > MAX_BYTES) throw dataErrors.tooLarge(folder, count * features, 'Lower data.size, or leave out images.');

  const { pixels, sha256, sizes, transparent } = await readAll(folder, classes, data, decode, signal);
  const splits = splitClasses(classes, data);
  const pick = (samples: readonly Sample[]): Split => {
    const split = { pixels: new Uint8Array(samples.length * features), labels: new Uint16Array(samples.length), count: samples.length };
    samples.forEach(({ index, label }, i) => {
      split.pixels.set(pixels.subarray(index * features, (index + 1) * features), i * features);
      split.labels[i] = label;
    });
    return split;
  };
  const train = pick(splits.train);
  const scaled =
    sizes.size === 1 && sizes.has(`${data.size}×${data.size}`)
      ? `images of ${data.size} × ${data.size}`
      : `images of ${sizes.size === 1 ? 'one size' : `${sizes.size.toLocaleString('en')} sizes`} scaled to ${data.size} × ${data.size}`;
  const notes = [
    `${count.toLocaleString('en')} ${scaled}`,
    ...(transparent > 0 ? [`transparency dropped from ${transparent.toLocaleString('en')}`] : []),
    ...(others > 0 ? [`${others.toLocaleString('en')} other ${others === 1 ? 'file or folder' : 'files or folders'} left out`] : []),
  ];
  return {
    name: 'images',
    source: 'image folders',
    image: [data.size, data.size, data.channels],
    classes: classes.length,
    classNames: classes.map(({ name }) => name),
    normalise: normalisation(train.pixels, data.channels),
    augment: data.augment,
    digests: { images: sha256 },
    train,
    validation: pick(splits.validation),
    test: pick(splits.test),
    note: `image folders (${folder}): ${classes.length.toLocaleString('en')} classes, ${notes.join(', ')}`,
  };
}

interface ImageClass {
  name: string;
  /** Names of its images, sorted. */
  files: string[];
}

/** The class folders and their images, sorted by name; hidden entries are skipped, other files counted. */
async function findClasses(folder: string): Promise<{ classes: ImageClass[]; others: number }> {
  const top = await entries(folder);
  if (top === null) throw dataErrors.notThere('data.path', 'folder', folder);
  if (top.folders.length === 0) throw dataErrors.noClasses(folder, top.images.length);
  checkClassCount(folder, top.folders.length);
  let others = top.images.length + top.others;
  const classes: ImageClass[] = [];
  for (const name of top.folders) {
    const at = path.join(folder, name);
    const found = (await entries(at)) ?? { images: [], folders: [], others: 0 };
    const left = found.folders.length + found.others;
    if (found.images.length === 0) throw dataErrors.emptyClass(at, left);
    if (found.images.length < 3) throw dataErrors.smallClass(at, found.images.length);
    others += left;
    classes.push({ name, files: found.images });
  }
  return { classes, others };
}

/** What lies in a folder, links followed; null where it is none. Sorted by code unit, which is the same on every machine. */
async function entries(folder: string): Promise<{ folders: string[]; images: string[]; others: number } | null> {
  const found = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw dataErrors.unreadable(folder, error);
  });
  if (found === null) return null;
  const result = { folders: [] as string[], images: [] as string[], others: 0 };
  for (const entry of found) {
    if (entry.name.startsWith('.')) continue;
    const kind = entry.isSymbolicLink() ? await stat(path.join(folder, entry.name)).catch(() => null) : entry;
    if (kind?.isDirectory()) result.folders.push(entry.name);
    else if (kind?.isFile() && IMAGE.test(entry.name)) result.images.push(entry.name);
    else result.others++;
  }
  result.folders.sort();
  result.images.sort();
  return result;
}

/** Every image decoded, class by class; the digest is over the names and the files' bytes. */
async function readAll(folder: string, classes: readonly ImageClass[], data: ImageData, decode: DecodeImage, signal?: AbortSignal) {
  const features = data.size * data.size * data.channels;
  const pixels = new Uint8Array(classes.reduce((sum, { files }) => sum + files.length, 0) * features);
  const hash = createHash('sha256');
  const sizes = new Set<string>();
  let transparent = 0;
  let at = 0;
  for (const { name, files } of classes) {
    for (const file of files) {
      signal?.throwIfAborted();
      const where = path.join(folder, name, file);
      const bytes = await readFile(where).catch((error: unknown) => {
        throw dataErrors.unreadable(where, error);
      });
      hash.update(`${name}/${file}\0${bytes.length}\0`).update(bytes);
      const image = decoded(where, bytes, data, decode);
      pixels.set(image.pixels, at);
      at += features;
      sizes.add(`${image.height}×${image.width}`);
      if (image.transparent) transparent++;
      await nextTurn();
    }
  }
  return { pixels, sha256: hash.digest('hex'), sizes, transparent };
}

function decoded(where: string, bytes: Buffer, { size, channels }: ImageData, decode: DecodeImage): DecodedImage {
  // Before decoding, which takes memory for all that a header claims.
  const claimed = claimedSize(bytes);
  if (claimed && claimed.width * claimed.height > MOST_PIXELS)
    throw dataErrors.imageTooLarge(where, claimed.width, claimed.height, MOST_PIXELS);
  try {
    return decode(bytes, size, channels);
  } catch (error) {
    const [line] = messageOf(error).split('\n');
    throw dataErrors.corruptImage(where, line!.replace(/\.*$/, '.'));
  }
}

interface Sample {
  /** Among all images, class by class. */
  index: number;
  label: number;
}

/**
 * Takes from each class, in an order drawn for it, the test share, then the validation share, each rounded and at least one, and leaves at
 * least one to train on. Each split is then put into an order drawn for it, so that its beginning holds all classes.
 */
function splitClasses(classes: readonly ImageClass[], { seed, validationFraction, testFraction }: ImageData) {
  const splits: Record<'train' | 'validation' | 'test', Sample[]> = { train: [], validation: [], test: [] };
  let first = 0;
  classes.forEach(({ name, files }, label) => {
    const n = files.length;
    const share = (fraction: number) => Math.max(1, Math.round(n * fraction));
    const test = Math.min(share(testFraction), n - 2);
    const validation = Math.min(share(validationFraction), n - test - 1);
    const order = Array.from(stream(seed, 'images', 'split', name).permutation(n), (i): Sample => ({ index: first + i, label }));
    splits.test.push(...order.slice(0, test));
    splits.validation.push(...order.slice(test, test + validation));
    splits.train.push(...order.slice(test + validation));
    first += n;
  });
  const mixed = (name: keyof typeof splits) =>
    Array.from(stream(seed, 'images', 'order', name).permutation(splits[name].length), (i) => splits[name][i]!);
  return { train: mixed('train'), validation: mixed('validation'), test: mixed('test') };
}
