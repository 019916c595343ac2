/** Loads the data set that an experiment names: found files in their splits, or the drawn digits. */
import type { Data } from '../../config/schema';
import type { Dataset, Split } from './dataset';
import { drawDigits } from './digits';
import { dataErrors } from './errors';
import { readImages, readLabels } from './idx';
import { locateDataset, searched, type IdxSet, type LocatedSet, type SearchOptions } from './locate';
import { normalisation } from './normalisation';
import { PUBLISHED } from './published';

const FEATURES = 784;
const TITLES = { mnist: 'MNIST', 'fashion-mnist': 'Fashion-MNIST' } as const;

/** @throws PruneError data/... for every fault of the files */
export async function loadDataset(data: Data, options: SearchOptions & { signal?: AbortSignal }): Promise<Dataset> {
  if (data.name === 'digits') return drawDigits(data, 'the built-in set of drawn digits');
  const located = await locateDataset(data.name, data.path, options);
  if (located) return readIdxSet(data.name, located, data);
  if (data.otherwise === 'digits' && data.path === undefined) {
    const { train, validation, test } = data;
    return drawDigits({ seed: 0, train, validation, test }, `the built-in set of drawn digits, because ${TITLES[data.name]} was not found`);
  }
  throw dataErrors.notFound(
    data.name,
    searched(data.name, data.path, options).map((s) => s.folder),
  );
}

async function readIdxSet(
  name: IdxSet,
  { folder, files, from }: LocatedSet,
  sizes: { train: number; validation: number; test: number },
): Promise<Dataset> {
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
  if (sizes.train + sizes.validation > trainImages.count) {
    throw dataErrors.notEnoughSamples(name, 'training and validation', sizes.train + sizes.validation, trainImages.count);
  }
  if (sizes.test > testImages.count) throw dataErrors.notEnoughSamples(name, 'test', sizes.test, testImages.count);
  const digests = {
    'train-images': trainImages.sha256,
    'train-labels': trainLabels.sha256,
    't10k-images': testImages.sha256,
    't10k-labels': testLabels.sha256,
  };
  const isPublished = Object.entries(PUBLISHED[name].sha256).every(([part, digest]) => digests[part as keyof typeof digests] === digest);
  const where = { path: 'data.path', env: 'PRUNE_LAB_DATA', cache: "the user's cache" }[from];
  const train = part(trainImages.bytes, trainLabels.bytes, 0, sizes.train);
  return {
    name,
    source: 'IDX files',
    image: [28, 28, 1],
    classes: 10,
    normalise: isPublished ? PUBLISHED[name].normalise : normalisation(train.pixels),
    digests,
    train,
    validation: part(trainImages.bytes, trainLabels.bytes, sizes.train, sizes.validation),
    test: part(testImages.bytes, testLabels.bytes, 0, sizes.test),
    note: `${TITLES[name]} from ${where} (${folder})${isPublished ? '' : ', whose bytes differ from the published files'}`,
  };
}

function part(pixels: Uint8Array, labels: Uint8Array, from: number, count: number): Split {
  return { pixels: pixels.subarray(from * FEATURES, (from + count) * FEATURES), labels: labels.subarray(from, from + count), count };
}
