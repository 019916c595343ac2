/** What is known of the published files: digests, normalisation, and public mirrors of the gzip'd files. */
import type { IdxSet, Part } from './locate';

interface Published {
  /** Mean and deviation of the training pixels scaled to 0..1, as the literature uses them. */
  normalise: { mean: number; std: number };
  /** sha256 of the unpacked files, where known. */
  sha256: Partial<Record<Part, string>>;
  /** MD5 of the gzip'd files, as their authors publish it. */
  md5: Record<Part, string>;
  mirrors: readonly string[];
  classNames: readonly string[] | null;
}

export const PUBLISHED: Record<IdxSet, Published> = {
  mnist: {
    normalise: { mean: 0.1307, std: 0.3081 },
    sha256: {
      'train-images': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
      'train-labels': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
      't10k-images': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
      't10k-labels': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    },
    md5: {
      'train-images': 'f68b3c2dcbeaaa9fbdd348bbdeb94873',
      'train-labels': 'd53e105ee54ea40749a09fcbcd1e9432',
      't10k-images': '9fb629c4189551a2d022fa330f9573f3',
      't10k-labels': 'ec29112dd5afa0611ce80d1b7f02629c',
    },
    mirrors: ['https://storage.googleapis.com/cvdf-datasets/mnist/', 'https://ossci-datasets.s3.amazonaws.com/mnist/'],
    classNames: null,
  },
  'fashion-mnist': {
    normalise: { mean: 0.286, std: 0.353 },
    sha256: {},
    md5: {
      'train-images': '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
      'train-labels': '25c81989df183df01b3e8a0aad5dffbe',
      't10k-images': 'bef4ecab320f06d8554ea6380940ec79',
      't10k-labels': 'bb300cfdad3c16e7a12a480ee83cd310',
    },
    mirrors: [
      'https://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
      'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    ],
    classNames: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
  },
};
