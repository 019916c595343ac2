/** Loads the data set that an experiment names: found files in their splits, or the drawn digits. */
import path from 'node:path';
import type { Data } from '../../config/schema';
import { readCifar } from './cifar';
import type { Dataset } from './dataset';
import { drawDigits } from './digits';
import { dataErrors } from './errors';
import { readImages, readLabels } from './idx';
import { readImageFolders, type DecodeImage } from './images';
import { isCifar, locateDataset, searched, type IdxSet, type LocatedSet, type SearchOptions } from './locate';
import { normalisation } from './normalisation';
import { readNpySet } from './npySet';
import { PUBLISHED } from './published';
import { checkSizes, part, type Sizes } from './split';

const FEATURES = 784;
const TITLES = { mnist: 'MNIST', 'fashion-mnist': 'Fashion-MNIST' } as const;

export interface LoadOptions extends SearchOptions {
  signal?: AbortSignal;
  /** The kernels' decoder, which image folders need. */
  decode?: DecodeImage;
}

/** @throws PruneError data/... for every fault of the files */
export async function loadDataset(data: Data, options: LoadOptions): Promise<Dataset> {
  if (data.name === 'digits') return drawDigits(data, 'the built-in set of drawn digits');
  const inExperimentDir = (file: string) => path.resolve(options.experimentDir ?? '.', file);
  if (data.name === 'npy') return readNpySet(data, inExperimentDir);
  if (data.name === 'images') {
    if (!options.decode) throw new Error('image folders need a decoder');
    return readImageFolders(inExperimentDir(data.path), data, options.decode, options.signal);
  }
  if (isCifarData(data)) {
    const located = await locateDataset(data.name, data.path, options);
    if (located) return readCifar(data.name, located, data);
  } else {
    const located = await locateDataset(data.name, data.path, options);
    if (located) return readIdxSet(data.name, located, data);
    if (data.otherwise === 'digits' && data.path === undefined) {
      const { train, validation, test } = data;
      return drawDigits(
        { seed: 0, train, validation, test },
        `the built-in set of drawn digits, because ${TITLES[data.name]} was not found`,
      );
    }
  }
  throw dataErrors.notFound(
    data.name,
    searched(data.name, data.path, options).map((s) => s.folder),
  );
}

type CifarData = Extract<Data, { name: 'cifar-10' | 'cifar-100' }>;
const isCifarData = (data: Data): data is CifarData => isCifar(data.name);

async function readIdxSet(name: IdxSet, { folder, files, from }: LocatedSet, sizes: Sizes): Promise<Dataset> {
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all([
    readImages(files['train-images']),
    readLabels(files['train-labels'], 10),
    readImages(files['t10k-images']),
    readLabels(files['t10k-labels'], 10),
  ]);
  const pairs = [
    [files['train-images'], files['train-labels'], trainImages, trainLabels],
    [files['t10k-images'], files['t10k-labels'], testImages, testLabels],
  ] as const;
  for (const [images, labels, a, b] of pairs) {
    if (a.count !== b.count) throw dataErrors.wrongSize(labels, 4, `There are ${b.count} labels for the ${a.count} images of ${images}.`);
  }
  checkSizes(name, sizes, { train: trainImages.count, test: testImages.count });
  const digests = {
    'train-images': trainImages.sha256,
    'train-labels': trainLabels.sha256,
    't10k-images': testImages.sha256,
    't10k-labels': testLabels.sha256,
  };
  const isPublished = Object.entries(PUBLISHED[name].sha256).every(([part, digest]) => digests[part as keyof typeof digests] === digest);
  const where = { path: 'data.path', env: 'PRUNE_LAB_DATA', cache: "the user's cache" }[from];
  const train = part(trainImages.bytes, trainLabels.bytes, FEATURES, 0, sizes.train);
  return {
    name,
    source: 'IDX files',
    image: [28, 28, 1],
    classes: 10,
    classNames: PUBLISHED[name].classNames,
    normalise: isPublished ? PUBLISHED[name].normalise : normalisation(train.pixels),
    augment: 'none',
    digests,
    train,
    validation: part(trainImages.bytes, trainLabels.bytes, FEATURES, sizes.train, sizes.validation),
    test: part(testImages.bytes, testLabels.bytes, FEATURES, 0, sizes.test),
    note: `${TITLES[name]} from ${where} (${folder})${isPublished ? '' : ', whose bytes differ from the published files'}`,
  };
}
