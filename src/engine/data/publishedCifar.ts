/** What is known of the published CIFAR archives: digests, normalisation, where they are. */
import type { CifarSet, PartOf } from './locate';

export interface CifarArchive {
  /** The archive's name on each mirror. */
  file: string;
  /** As the authors publish it. */
  md5: string;
  mirrors: readonly string[];
  /** Files of the archive that are kept, and their bytes; null where any size will do. */
  files: Readonly<Record<string, number | null>>;
}

/** Bytes of a list of class names; the published ones have some hundred. */
export const LONGEST_NAMES = 65_536;

interface Published<N extends CifarSet> {
  /** Mean and deviation of the training pixels scaled to 0..1, red, green, blue, as the literature uses them. */
  normalise: { mean: readonly number[]; std: readonly number[] };
  /** sha1 of the unpacked files, as Apache MXNet's loaders have them. */
  sha1: Record<PartOf<N>, string>;
  archive: CifarArchive;
}

const MIRRORS = ['https://www.cs.toronto.edu/~kriz/'];

export const CIFAR_PUBLISHED: { [N in CifarSet]: Published<N> } = {
  'cifar-10': {
    normalise: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
    sha1: {
      data_batch_1: 'aadd24acce27caa71bf4b10992e9e7b2d74c2540',
      data_batch_2: 'c0ba65cce70568cd57b4e03e9ac8d2a5367c1795',
      data_batch_3: '1dd00a74ab1d17a6e7d73e185b69dbf31242f295',
      data_batch_4: 'aab85764eb3584312d3c7f65fd2fd016e36a258e',
      data_batch_5: '26e2849e66a845b7f1e4614ae70f4889ae604628',
      test_batch: '67eb016db431130d61cd03c7ad570b013799c88c',
    },
    archive: {
      file: 'cifar-10-binary.tar.gz',
      md5: 'c32a1d4ab5d03f1284b67883e8d87530',
      mirrors: MIRRORS,
      files: {
        ...Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, 10_000 * 3073])),
        'test_batch.bin': 10_000 * 3073,
        'batches.meta.txt': null,
      },
    },
  },
  'cifar-100': {
    normalise: { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762] },
    sha1: { train: 'e207cd2e05b73b1393c74c7f5e7bea451d63e08e', test: '8fb6623e830365ff53cf14adec797474f5478006' },
    archive: {
      file: 'cifar-100-binary.tar.gz',
      md5: '03b5dce01913d631647c71ecec9e9cb8',
      mirrors: MIRRORS,
      files: { 'train.bin': 50_000 * 3074, 'test.bin': 10_000 * 3074, 'fine_label_names.txt': null, 'coarse_label_names.txt': null },
    },
  },
};
