/** A data set of four NumPy files: samples and labels for training (validation is their end), samples and labels for the test. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Data } from '../../config/schema';
import { checkClassCount, MAX_CLASSES } from './classCount';
import type { Dataset, Split } from './dataset';
import { dataErrors } from './errors';
import { normalisation } from './normalisation';
import { readNpy, type NpyArray } from './npy';
import { checkSizes, part } from './split';

type NpyData = Extract<Data, { name: 'npy' }>;
const KEYS = ['images', 'labels', 'testImages', 'testLabels'] as const;

/** @param resolve from a path as the experiment has it to a file's. @throws PruneError data/... for every fault of the files */
export async function readNpySet(data: NpyData, resolve: (file: string) => string): Promise<Dataset> {
  const [trainFile, trainLabelFile, testFile, testLabelFile] = KEYS.map((key) => resolve(data[key])) as [string, string, string, string];
  for (const key of KEYS) {
    if (!(await stat(resolve(data[key])).catch(() => null))) throw dataErrors.notThere(`data.${key}`, 'file', resolve(data[key]));
  }
  const training = await readSamples(trainFile);
  const test = await readSamples(testFile);
  if (String(training.image) !== String(test.image) || training.pixels.constructor !== test.pixels.constructor) {
    throw dataErrors.npyMismatch(testFile, `Test samples are ${describe(test)}, training samples ${describe(training)}.`);
  }
  const trainLabels = await readLabels(trainLabelFile, trainFile, training.count);
  const testLabels = await readLabels(testLabelFile, testFile, test.count);
  const isImage = training.image.length === 3;
  if (data.augment !== 'none' && !isImage) throw dataErrors.notImages(trainFile);
  const train = training.count - data.validation;
  checkSizes(
    'npy',
    { train: Math.max(train, 1), validation: data.validation, test: test.count },
    { train: training.count, test: test.count },
  );
  const classes = 1 + Math.max(trainLabels.highest, testLabels.highest);
  checkClassCount(trainLabelFile, classes);

  const features = training.image.reduce((a, b) => a * b, 1);
  const split = part(training.pixels, trainLabels.labels, features, 0, train);
  return {
    name: 'npy',
    source: 'NumPy files',
    image: training.image,
    classes,
    classNames: null,
    normalise: normalisation(split.pixels, isImage ? training.image[2]! : 1),
    augment: data.augment,
    digests: { images: training.sha256, labels: trainLabels.sha256, testImages: test.sha256, testLabels: testLabels.sha256 },
    train: split,
    validation: part(training.pixels, trainLabels.labels, features, train, data.validation),
    test: { pixels: test.pixels, labels: testLabels.labels, count: test.count },
    note: `NumPy files ${path.basename(trainFile)} and ${path.basename(testFile)} (${path.dirname(trainFile)}): ${training.count.toLocaleString('en')} and ${test.count.toLocaleString('en')} samples, ${describe(training)}`,
  };
}

interface SampleFile {
  pixels: Split['pixels'];
  count: number;
  image: readonly number[];
  sha256: string;
}

const describe = ({ image, pixels }: SampleFile) =>
  `${image.length === 1 ? `${image[0]!.toLocaleString('en')} features` : image.join(' × ')} of ${pixels instanceof Uint8Array ? 'bytes' : 'floats'}`;

/** @throws as readNpy, and data/npy-shape, npy-type, not-finite */
async function readSamples(file: string): Promise<SampleFile> {
  const { shape, type, values, sha256 } = await readNpy(file);
  const [count = 0, ...axes] = shape;
  if (axes.length < 1 || axes.length > 3 || shape.includes(0)) {
    throw dataErrors.npyShape(file, shape, 'samples are [count, height, width, channels], [count, height, width] or [count, features]');
  }
  const image = axes.length === 2 ? [...axes, 1] : axes;
  if (values instanceof Uint8Array) return { pixels: values, count, image, sha256 };
  if (!(values instanceof Float32Array || values instanceof Float64Array))
    throw dataErrors.npyType(file, type, 'uint8, float32 and float64');
  const pixels = values instanceof Float32Array ? values : Float32Array.from(values);
  const bad = pixels.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw dataErrors.notFinite(file, Math.floor((bad * count) / pixels.length), values[bad]!);
  return { pixels, count, image, sha256 };
}

/** @throws as readNpy, and data/npy-shape, npy-mismatch, bad-label */
async function readLabels(file: string, sampleFile: string, count: number) {
  const { shape, values, sha256 }: NpyArray = await readNpy(file);
  // Keras keeps labels as a column.
  const isList = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (!isList) throw dataErrors.npyShape(file, shape, 'labels are [count]');
  if (values.length !== count) {
    throw dataErrors.npyMismatch(
      file,
      `There are ${values.length.toLocaleString('en')} labels for the ${count.toLocaleString('en')} samples of ${sampleFile}.`,
    );
  }
  const labels = new Uint16Array(count);
  let highest = 0;
  for (let i = 0; i < count; i++) {
    const label = Number(values[i]!);
    if (!Number.isInteger(label) || label < 0) throw dataErrors.badLabel(file, i, label);
    if (label >= MAX_CLASSES) throw dataErrors.manyClasses(file, label + 1);
    labels[i] = label;
    highest = Math.max(highest, label);
  }
  return { labels, highest, sha256 };
}
