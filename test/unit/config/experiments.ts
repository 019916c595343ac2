/** Random experiments without a fault: valid by the schema, and nothing in them is without effect. */
import fc from 'fast-check';
import type { WrittenExperiment } from '../../../src/config/sweep';

/** Never -0, which JSON prints as 0. */
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((value) => value + 0);
const inside = (min: number, max: number) => fc.double({ min, max, minExcluded: true, maxExcluded: true, noNaN: true });
const whole = (min: number, max: number) => fc.integer({ min, max });
/** Some of the keys, those of `required` always. */
const some = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: (keyof T)[] = []) =>
  fc.record(model, { requiredKeys: required as never[] });
const named = (name: string) => fc.record({ name: fc.constant(name) });

const sizes = { train: whole(1, 1000), validation: whole(1, 1000), test: whole(1, 1000) };
const augment = fc.constantFrom('none', 'crop-flip');
const file = fc.string({ minLength: 1 });
const data = fc.oneof(
  some({ name: fc.constant('digits'), seed: whole(0, 99), ...sizes }, ['name']),
  some({ name: fc.constantFrom('mnist', 'fashion-mnist'), path: fc.string(), ...sizes }, ['name']),
  some({ name: fc.constantFrom('mnist', 'fashion-mnist'), otherwise: fc.constant('digits'), ...sizes }, ['name']),
  some({ name: fc.constantFrom('cifar-10', 'cifar-100'), path: fc.string(), augment, ...sizes }, ['name']),
  some(
    {
      name: fc.constant('images'),
      path: file,
      size: whole(8, 512),
      channels: fc.constantFrom(1, 3),
      augment,
      validationFraction: number(0.01, 0.9),
      testFraction: number(0.01, 0.9),
      seed: whole(0, 99),
    },
    ['name', 'path'],
  ),
  some({ name: fc.constant('npy'), images: file, labels: file, testImages: file, testLabels: file, augment, validation: whole(1, 99) }, [
    'name',
    'images',
    'labels',
    'testImages',
    'testLabels',
  ]),
);

/** Layers fc1, fc2 and fc3. */
const mlps = fc.oneof(
  named('lenet-300-100'),
  fc.record({ name: fc.constant('mlp'), hidden: fc.array(whole(20, 400), { minLength: 2, maxLength: 2 }) }),
);
const growth = { growth: whole(4, 32), init: whole(8, 64) };
const normalised = fc.oneof(
  named('vgg-16'),
  named('vgg-19'),
  named('resnet-18'),
  named('resnet-20'),
  named('resnet-164'),
  fc.record({ name: fc.constant('resnet'), depth: whole(1, 5).map((n) => 6 * n + 2) }),
  fc.record({ name: fc.constant('preresnet'), depth: whole(1, 5).map((n) => 9 * n + 2) }),
  some({ name: fc.constant('densenet-40'), ...growth }, ['name']),
  some({ name: fc.constant('densenet'), depth: whole(1, 6).map((n) => 3 * n + 4), ...growth }, ['name', 'depth']),
);
const saved = some({ name: fc.constant('saved'), path: file }, ['name', 'path']);

const rateSchedule = fc.oneof(
  named('constant'),
  named('cosine'),
  fc.record({ name: fc.constant('halve'), every: whole(1, 20) }),
  some({ name: fc.constant('step'), at: fc.array(number(0, 1), { minLength: 1, maxLength: 3 }), factor: inside(0, 1) }, ['name', 'at']),
);
const optimiser = {
  learningRate: inside(0, 10),
  schedule: rateSchedule,
  momentum: inside(0, 1),
  nesterov: fc.boolean(),
  weightDecay: number(0, 1),
};
const train = some({ epochs: whole(10, 100), batch: whole(1, 1000), ...optimiser }, ['epochs', 'learningRate']);
const fineTune = some({ epochs: whole(1, 100), ...optimiser }, ['epochs', 'learningRate']);

const span = { start: number(0, 0.3), end: number(0.5, 1) };
const annealed = fc.oneof(
  some({ name: fc.constant('logistic'), steepness: inside(0, 100), midpoint: number(0, 1), ...span }, ['name']),
  some({ name: fc.constant('inverse'), mu: number(0, 1000), ...span }, ['name']),
  some({ name: fc.constant('one-cycle'), a: inside(0, 50), b: number(-10, 10), ...span }, ['name']),
  some({ name: fc.constantFrom('cubic', 'linear', 'cosine'), ...span }, ['name']),
);
const norm = fc.constantFrom('max', 'minmax', 'mean', 'zscore', 'rank', 'log1p_max');
const normalisation = some({ norm, scope: fc.constantFrom('global', 'layer') });
const criterion = some({
  lambda: inside(0, 1),
  feature: fc.constantFrom('input', 'online', 'gated'),
  screening: normalisation,
  magnitude: normalisation,
  every: whole(1, 100),
  decay: number(0, 1),
});

// Nearer to 1 nothing may be left to cut.
const keep = fc.double({ min: 0.1, max: 0.99, noNaN: true });
const floors = some({ layer: whole(0, 2), output: fc.constant(0) });
const cut = { keep, layers: fc.constantFrom(['*'], ['fc*'], ['fc1', 'fc3'], ['*3', 'fc2']), floors };
const scope = fc.constantFrom('global', 'layer');
const annealedWeights = <L>(layers: fc.Arbitrary<L>) =>
  fc.oneof(
    some({ method: fc.constant('wls'), criterion, schedule: annealed, scope, keep, layers, floors }, ['method', 'keep']),
    some({ method: fc.constantFrom('magnitude', 'random', 'dsc'), schedule: annealed, scope, keep, layers, floors }, ['method', 'keep']),
  );
const weights = fc.oneof(
  annealedWeights(cut.layers),
  some(
    {
      method: fc.constant('han'),
      rounds: whole(1, 9),
      retrain: some({ epochs: whole(1, 9), learningRate: inside(0, 10) }),
      layerKeep: some({ fc3: keep }),
      ...cut,
    },
    ['method', 'keep'],
  ),
);

const channelCriterion = some({
  lambda: inside(0, 1),
  feature: fc.constantFrom('post_relu', 'bn_out', 'bn_in'),
  pool: fc.constantFrom('mean', 'max', 'spatial'),
  screening: normalisation,
  magnitude: normalisation,
  samples: whole(1, 1000),
});
const budget = fc.constantFrom('channels', 'macs', 'params');
/** `schedule` is `one-shot`, or annealed with `shrink`. */
const channelMethods = <S>(schedule: fc.Arbitrary<S>, more: { shrink?: fc.Arbitrary<boolean> }, scores: readonly string[]) => {
  const channelCut = { keep, budget, scope, layers: fc.constant(['*']), floors: fc.constant({ layer: 1 }), schedule, ...more };
  const needed = ['method', 'keep', 'schedule'] as const;
  return fc.oneof(
    some({ method: fc.constant('cls'), criterion: channelCriterion, ...channelCut }, [...needed]),
    some({ method: fc.constant('slimming'), penalty: inside(0, 1), ...channelCut }, [...needed]),
    some({ method: fc.constant('dsc-channels'), ...channelCut }, [...needed]),
    some({ method: fc.constant('channels'), score: fc.constantFrom(...scores), ...channelCut }, [...needed, 'score']),
  );
};
const lassoMethods = <S>(schedule: fc.Arbitrary<S>, more: { shrink?: fc.Arbitrary<boolean> }) => {
  const lassoCut = {
    keep,
    budget,
    layers: fc.constant(['*']),
    floors: fc.constant({ layer: 1 }),
    // Five of each class of CIFAR-100.
    calibration: fc.record({ samples: whole(500, 4096) }),
    schedule,
    ...more,
  };
  const needed = ['method', 'keep', 'calibration', 'schedule'] as const;
  const response = fc.constantFrom('logit', 'label', 'feature');
  return fc.oneof(
    some(
      { method: fc.constant('sglp-ib'), response, tau: number(0.1, 100), threshold: number(0, 0.9), signed: fc.boolean(), ...lassoCut },
      [...needed],
    ),
    some({ method: fc.constant('stlp-ib'), response, l1: number(0, 100), ...lassoCut }, [...needed]),
    some({ method: fc.constantFrom('apib', 'hsic-lasso'), ...lassoCut }, [...needed]),
  );
};

const inputScore = fc.oneof(
  some({ name: fc.constant('weights'), norm: fc.constantFrom('l1', 'l2'), lambda: fc.double({ min: 0, max: 0.99, noNaN: true }) }, [
    'name',
  ]),
  named('random'),
);
/** Two of three colours; of one colour, all that there is. */
const someColours = fc.double({ min: 0.67, max: 0.99, noNaN: true });
/** The method that selects inputs. */
const inputs = <K, M extends object>(keep: fc.Arbitrary<K>, more: { [P in keyof M]: fc.Arbitrary<M[P]> }) =>
  some(
    {
      method: fc.constant('induced'),
      keep,
      hidden: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      layers: fc.constant(['*']),
      criterion: inputScore,
      restart: fc.constantFrom('inherit', 'reinitialise'),
      schedule: annealed,
      ...more,
    },
    ['method', 'keep', 'hidden'],
  );

const SCORES = ['gamma', 'l1', 'l2', 'fpgm', 'random'];
const once = channelMethods(named('one-shot'), {}, SCORES);
const shrinking = channelMethods(annealed, { shrink: fc.boolean() }, SCORES);
const byFilters = some(
  { method: fc.constant('channels'), score: fc.constantFrom('l1', 'l2', 'fpgm', 'random'), keep, budget, scope, schedule: annealed },
  ['method', 'score', 'keep', 'schedule'],
);

const latency = some({ batch: whole(1, 512), repeats: whole(3, 100) });
const seed = whole(0, 2 ** 31 - 1);
const rest = {
  name: fc.string({ minLength: 1, maxLength: 80 }),
  $schema: fc.string(),
  engine: some({ threads: fc.oneof(fc.constant('auto'), whole(1, 256)) }),
};
const select = fc.constantFrom('last', 'best-validation');
const measure = some({ dense: fc.constantFrom('twin', 'first-cut', 'none'), select, latency });

const pruned = <M, P>(model: fc.Arbitrary<M>, prune: fc.Arbitrary<P>, required: ('model' | 'fineTune')[] = ['model']) =>
  some({ ...rest, data, model, train, prune, fineTune, seed, measure }, ['data', 'train', 'prune', ...required]);
const anyModel = fc.oneof(mlps, normalised, named('lenet-5'), saved);

/** With wide enough networks that no keep fraction of at least 0.1 is below the floors' needs. */
export const experiments = fc.oneof(
  pruned(mlps, weights, []),
  pruned(normalised, annealedWeights(fc.constantFrom(['*'], ['*c*'], ['fc']))),
  pruned(normalised, once, ['model', 'fineTune']),
  pruned(normalised, shrinking),
  pruned(fc.oneof(mlps, named('lenet-5')), byFilters),
  pruned(fc.oneof(normalised, named('lenet-5')), lassoMethods(named('one-shot'), {}), ['model', 'fineTune']),
  pruned(fc.oneof(mlps, normalised), lassoMethods(annealed, { shrink: fc.boolean() })),
  pruned(mlps, inputs(keep, {}), ['model', 'fineTune']),
  pruned(normalised, inputs(someColours, {}), ['model', 'fineTune']),
  pruned(named('lenet-5'), inputs(someColours, { borders: whole(0, 4) }), ['model', 'fineTune']),
  pruned(saved, fc.oneof(weights, shrinking)),
  // A saved network as it is: cut, then trained on.
  some(
    {
      ...rest,
      data,
      model: saved,
      train: some({ epochs: fc.constant(0), batch: whole(1, 1000), learningRate: inside(0, 10) }, ['epochs', 'learningRate']),
      prune: channelMethods(named('one-shot'), {}, SCORES).map(({ penalty: _, ...prune }: Record<string, unknown>) => prune),
      fineTune,
      seed,
    },
    ['data', 'model', 'train', 'prune', 'fineTune'],
  ),
  some(
    {
      ...rest,
      data,
      model: anyModel,
      train,
      seeds: fc.uniqueArray(seed, { minLength: 2, maxLength: 4 }),
      measure: some({ select, latency }),
    },
    ['data', 'train'],
  ),
) as unknown as fc.Arbitrary<WrittenExperiment>;
