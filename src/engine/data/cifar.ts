/**
 * The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): records without a header, each its label (CIFAR-100: the coarse label, then
 * the fine one) and 32×32 bytes of red, of green and of blue, row by row; plain or gzip'd. Memory is bounded by what a published file holds.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Dataset } from './dataset';
import { dataErrors } from './errors';
import { findFile, PARTS_OF, type CifarSet, type LocatedSet } from './locate';
import { normalisation } from './normalisation';
import { CIFAR_PUBLISHED, LONGEST_NAMES } from './publishedCifar';
import { checkSizes, part, type Sizes } from './split';
import { unpacked } from './unpacked';

const PLANE = 32 * 32;
const FEATURES = 3 * PLANE;

/** How a record begins, and the most records of a file. The last label byte is the one that is read. */
const FORMATS = {
  'cifar-10': { title: 'CIFAR-10', labels: [10], records: 10_000, names: 'batches.meta.txt' },
  'cifar-100': { title: 'CIFAR-100', labels: [20, 100], records: 50_000, names: 'fine_label_names.txt' },
} as const;

/** The splits: train, then validation, of the training files in their order; test of the test file. @throws PruneError data/... */
export async function readCifar<N extends CifarSet>(
  name: N,
  { folder, files, from }: LocatedSet<N>,
  options: Sizes & Pick<Dataset, 'augment'>,
): Promise<Dataset> {
  const { title, labels } = FORMATS[name];
  const classes = labels.at(-1)!;
  const read = await Promise.all(
    (PARTS_OF[name] as readonly (keyof typeof files)[]).map((key) => readBatch(name, key as string, files[key])),
  );
  const training = read.slice(0, -1);
  const test = read.at(-1)!;
  const have = { train: training.reduce((sum, { count }) => sum + count, 0), test: test.count };
  checkSizes(name, options, have);
  const published: Readonly<Record<string, string>> = CIFAR_PUBLISHED[name].sha1;
  const isPublished = read.every(({ key, sha1 }) => published[key] === sha1);
  const samples = unplane(name, training, options.train + options.validation);
  const train = part(samples.pixels, samples.labels, FEATURES, 0, options.train);
  const tested = unplane(name, [test], options.test);
  const where = { path: 'data.path', env: 'PRUNE_LAB_DATA', cache: "the user's cache" }[from];
  return {
    name,
    source: 'binary batches',
    image: [32, 32, 3],
    classes,
    classNames: await classNames(name, folder, classes),
    normalise: isPublished ? CIFAR_PUBLISHED[name].normalise : normalisation(train.pixels, 3),
    augment: options.augment,
    digests: Object.fromEntries(read.map(({ key, sha256 }) => [key, sha256])),
    train,
    validation: part(samples.pixels, samples.labels, FEATURES, options.train, options.validation),
    test: part(tested.pixels, tested.labels, FEATURES, 0, options.test),
    note: `${title} from ${where} (${folder})${isPublished ? '' : ', whose bytes differ from the published files'}`,
  };
}

interface Batch {
  key: string;
  bytes: Buffer;
  count: number;
  /** Of the unpacked file. */
  sha1: string;
  sha256: string;
}

/** @throws data/unreadable, gzip-corrupt, truncated, wrong-size, label-out-of-range */
async function readBatch(name: CifarSet, key: string, file: string): Promise<Batch> {
  const { labels, records } = FORMATS[name];
  const recordBytes = labels.length + FEATURES;
  const most = records * recordBytes;
  const chunks: Buffer[] = [];
  let got = 0;
  for await (const chunk of unpacked(file)) {
    chunks.push(chunk);
    got += chunk.length;
    // Stop as soon as there is too much: a small gzip file can unpack to any size.
    if (got > most) {
      throw dataErrors.wrongSize(file, most, `The file goes on after byte ${most.toLocaleString('en')}, where its published form ends.`);
    }
  }
  if (got === 0) throw dataErrors.wrongSize(file, 0, 'The file is empty.');
  if (got % recordBytes !== 0) throw dataErrors.cutRecord(file, recordBytes, got);
  const bytes = Buffer.concat(chunks);
  for (let at = 0; at < got; at += recordBytes) {
    labels.forEach((classes, i) => {
      if (bytes[at + i]! >= classes) throw dataErrors.labelOutOfRange(file, at + i, bytes[at + i]!, classes);
    });
  }
  const digest = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex');
  return { key, bytes, count: got / recordBytes, sha1: digest('sha1'), sha256: digest('sha256') };
}

/** The first `count` records of the batches: pixels [count, 32, 32, 3] and labels. */
function unplane(name: CifarSet, batches: readonly Batch[], count: number): { pixels: Uint8Array; labels: Uint8Array } {
  const labelBytes = FORMATS[name].labels.length;
  const pixels = new Uint8Array(count * FEATURES);
  const labels = new Uint8Array(count);
  let sample = 0;
  for (const batch of batches) {
    // Plain byte access: a Buffer's is the same, but a local is faster to index.
    const bytes = batch.bytes;
    for (let record = 0; record < batch.count && sample < count; record++, sample++) {
      const red = record * (labelBytes + FEATURES) + labelBytes;
      labels[sample] = bytes[red - 1]!;
      for (let p = 0, to = sample * FEATURES; p < PLANE; p++, to += 3) {
        pixels[to] = bytes[red + p]!;
        pixels[to + 1] = bytes[red + PLANE + p]!;
        pixels[to + 2] = bytes[red + 2 * PLANE + p]!;
      }
    }
  }
  return { pixels, labels };
}

/** From the list beside the batches, a name a line; null where there is none. @throws data/wrong-size where it names more or fewer classes */
async function classNames(name: CifarSet, folder: string, classes: number): Promise<string[] | null> {
  const file = await findFile(folder, [FORMATS[name].names]);
  if (file === null) return null;
  const { size } = await stat(file).catch((error: unknown) => {
    throw dataErrors.unreadable(file, error);
  });
  if (size > LONGEST_NAMES)
    throw dataErrors.wrongSize(file, LONGEST_NAMES, `A list of class names has at most ${LONGEST_NAMES.toLocaleString('en')} bytes.`);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw dataErrors.unreadable(file, error);
  });
  const names = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (names.length !== classes) {
    throw dataErrors.wrongSize(file, 0, `${path.basename(file)} names ${names.length.toLocaleString('en')} classes; there are ${classes}.`);
  }
  return names.map((line) => line.trim());
}
