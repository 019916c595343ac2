import { PruneError } from '../../shared/errors';

const GET_ANEW = 'Fetch the file anew (`prune-lab data get NAME`), or point data.path to a folder with the published files.';

export const dataErrors = {
  notFound: (name: string, searched: readonly string[]) =>
    new PruneError(
      'data/not-found',
      `The data set ${name} was not found. Searched: ${searched.join(', ')}.`,
      `Run \`prune-lab data get ${name}\`, set data.path to a folder with its four IDX files, or use the built-in set: "data": { "name": "digits" }.`,
    ),
  unreadable: (file: string, cause: unknown) =>
    new PruneError(
      'data/unreadable',
      `The file cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
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
      `The cache folder cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
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
};
