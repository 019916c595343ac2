import { messageOf, PruneError } from '../../shared/errors';
import { isCifar, PARTS_OF, type PublishedSet } from './locate';

const GET_ANEW = 'Fetch the file anew (`prune-lab data get NAME`), or point data.path to a folder with the published files.';

export const dataErrors = {
  notFound: (name: PublishedSet, searched: readonly string[]) =>
    new PruneError(
      'data/not-found',
      `The data set ${name} was not found. Searched: ${searched.join(', ')}.`,
      isCifar(name)
        ? `Run \`prune-lab data get ${name}\`, or set data.path to a folder with its binary version (${PARTS_OF[name].map((part) => `${part}.bin`).join(', ')}).`
        : `Run \`prune-lab data get ${name}\`, set data.path to a folder with its four IDX files, or use the built-in set: "data": { "name": "digits" }.`,
    ),
  /** Of files and folders that the experiment names. */
  notThere: (key: string, what: string, place: string) =>
    new PruneError('data/not-found', `There is no such ${what}.`, `Correct ${key}, which starts from the experiment file's folder.`, place),
  unreadable: (file: string, cause: unknown) =>
    new PruneError(
      'data/unreadable',
      `The file cannot be read: ${messageOf(cause)}`,
      'Check that it exists and that you may read it.',
      file,
      { cause },
    ),
  gzipCorrupt: (file: string, detail: string) =>
    new PruneError('data/gzip-corrupt', `The file begins like gzip but does not unpack: ${detail}.`, GET_ANEW, file),
  truncated: (file: string, expected: number, got: number) =>
    new PruneError(
      'data/truncated',
      `The file ends at byte ${got.toLocaleString('en')}; its header promises ${expected.toLocaleString('en')} bytes.`,
      GET_ANEW,
      `${file}, byte ${got}`,
    ),
  wrongMagic: (file: string, expected: number, got: number) =>
    new PruneError(
      'data/wrong-magic',
      `Bytes 0 to 3 are ${got} (0x${got.toString(16).padStart(8, '0')}); an IDX file of this kind begins with ${expected}.`,
      GET_ANEW,
      `${file}, byte 0`,
    ),
  mixedUp: (file: string, isWhat: string, expected: string) =>
    new PruneError(
      'data/mixed-up',
      `This is ${isWhat}, where ${expected} should be.`,
      'Give each file its published name.',
      `${file}, byte 0`,
    ),
  wrongSize: (file: string, at: number, detail: string) => new PruneError('data/wrong-size', detail, GET_ANEW, `${file}, byte ${at}`),
  labelOutOfRange: (file: string, at: number, value: number, classes: number) =>
    new PruneError(
      'data/label-out-of-range',
      `The label at byte ${at.toLocaleString('en')} is ${value}; labels are 0 to ${classes - 1}.`,
      GET_ANEW,
      `${file}, byte ${at}`,
    ),
  notEnoughSamples: (name: string, split: string, wanted: number, have: number) =>
    new PruneError(
      'data/not-enough-samples',
      `The experiment asks for ${wanted.toLocaleString('en')} ${split} samples of ${name}; there are ${have.toLocaleString('en')}.`,
      'Lower data.train, data.validation or data.test.',
    ),
  cannotWrite: (folder: string, cause: unknown) =>
    new PruneError(
      'data/cannot-write',
      `The cache folder cannot be written: ${messageOf(cause)}`,
      'Give yourself the right to write there, free some disk space, or name another folder in PRUNE_LAB_CACHE.',
      folder,
      { cause },
    ),
  noNetwork: (name: string, file: string, reasons: readonly string[]) =>
    new PruneError(
      'data/no-network',
      `${file} of ${name} could not be fetched (${reasons.join('; ')}).`,
      `Run the command again: it goes on where it stopped. Or put the four published files into a folder and name it in data.path.`,
    ),
  badArchive: (file: string, detail: string) =>
    new PruneError('data/bad-archive', `The archive does not hold the published files: ${detail}`, 'Run the command again.', file),

  /** A CIFAR batch: it has no header, so its length says how many records it holds. */
  cutRecord: (file: string, recordBytes: number, got: number) =>
    new PruneError(
      'data/truncated',
      `The file ends at byte ${got.toLocaleString('en')}, inside record ${Math.floor(got / recordBytes).toLocaleString('en')}; records are ${recordBytes.toLocaleString('en')} bytes.`,
      GET_ANEW,
      `${file}, byte ${got}`,
    ),

  npy: (file: string, at: number, detail: string) =>
    new PruneError('data/bad-npy', detail, 'Write the file anew with numpy.save.', `${file}, byte ${at}`),
  npyType: (file: string, dtype: string, allowed: string) =>
    new PruneError(
      'data/npy-type',
      `The numbers of the file are of type ${dtype}; ${allowed} are read.`,
      'Convert the array with numpy.astype and save it anew.',
      file,
    ),
  npyFortran: (file: string) =>
    new PruneError(
      'data/npy-fortran',
      'The array is stored column by column (fortran_order).',
      'Save numpy.ascontiguousarray(array) instead.',
      file,
    ),
  npyShape: (file: string, shape: readonly number[], wanted: string) =>
    new PruneError(
      'data/npy-shape',
      `The array has the shape [${shape.slice(0, 8).join(', ')}${shape.length > 8 ? ', ...' : ''}]; ${wanted}.`,
      'Reshape the array and save it anew.',
      file,
    ),
  npyMismatch: (file: string, detail: string) =>
    new PruneError(
      'data/npy-mismatch',
      detail,
      'Give files that belong together in data.images, data.labels, data.testImages, data.testLabels.',
      file,
    ),
  notFinite: (file: string, sample: number, value: number) =>
    new PruneError(
      'data/not-finite',
      `Sample ${sample.toLocaleString('en')} holds ${value}, which training cannot use.`,
      'Remove or replace such values; numpy.isfinite finds them.',
      file,
    ),
  badLabel: (file: string, sample: number, value: number) =>
    new PruneError(
      'data/bad-label',
      `The label of sample ${sample.toLocaleString('en')} is ${value}; labels are integers from 0 to 65534.`,
      'Number the classes from 0.',
      file,
    ),

  noClasses: (folder: string, images: number) =>
    new PruneError(
      'data/no-classes',
      images > 0
        ? `The ${images.toLocaleString('en')} images lie in the folder itself; each class needs a folder of its own.`
        : 'The folder has no folders of images.',
      'Put the images of each class into a folder named after it, all of them into one folder, and name that in data.path.',
      folder,
    ),
  fewClasses: (where: string) =>
    new PruneError(
      'data/one-class',
      'All samples are of one class; there is nothing to tell apart.',
      'Add samples of at least one other class.',
      where,
    ),
  manyClasses: (where: string, classes: number) =>
    new PruneError(
      'data/too-many-classes',
      `There are ${classes.toLocaleString('en')} classes; at most 65,535 are read.`,
      'Merge classes, or leave some out.',
      where,
    ),
  emptyClass: (folder: string, others: number) =>
    new PruneError(
      'data/empty-class',
      `The class folder has no images${others > 0 ? ` (but ${others.toLocaleString('en')} other files or folders)` : ''}.`,
      'Put images (PNG, JPEG, BMP or GIF) into it, or remove it.',
      folder,
    ),
  smallClass: (folder: string, images: number) =>
    new PruneError(
      'data/small-class',
      `The class has ${images === 1 ? '1 image' : `${images} images`}; training, validation and test need at least one each.`,
      'Add images, or remove the folder.',
      folder,
    ),
  nothingToTrain: (validation: number, test: number) =>
    new PruneError(
      'data/nothing-to-train',
      `Validation (${validation}) and test (${test}) together leave no images to train on.`,
      'Lower data.validationFraction or data.testFraction so that their sum is below 1.',
    ),
  corruptImage: (file: string, detail: string) =>
    new PruneError('data/corrupt-image', `The image cannot be decoded: ${detail}`, 'Replace or remove the file.', file),
  imageTooLarge: (file: string, width: number, height: number, most: number) =>
    new PruneError(
      'data/image-too-large',
      `The image says that it is ${width.toLocaleString('en')} × ${height.toLocaleString('en')} pixels; at most ${most.toLocaleString('en')} are decoded.`,
      'Scale the image down, or remove the file.',
      file,
    ),
  tooLarge: (where: string, bytes: number, remedy: string) =>
    new PruneError(
      'data/too-large',
      `The samples take ${(bytes / 2 ** 30).toFixed(1)} GB of memory; at most 4 GB are read.`,
      remedy,
      where,
    ),
  notImages: (where: string) =>
    new PruneError(
      'data/not-images',
      'data.augment is crop-flip, but the samples are rows of features, not images.',
      'Set data.augment to "none", or save the samples as [count, height, width, channels].',
      where,
    ),
};
