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
const data = fc.oneof(
  some({ name: fc.constant('digits'), seed: whole(0, 99), ...sizes }, ['name']),
  some({ name: fc.constantFrom('mnist', 'fashion-mnist'), path: fc.string(), ...sizes }, ['name']),
  some({ name: fc.constantFrom('mnist', 'fashion-mnist'), otherwise: fc.constant('digits'), ...sizes }, ['name']),
);
const model = fc.oneof(
  named('lenet-300-100'),
  fc.record({ name: fc.constant('mlp'), hidden: fc.array(whole(20, 400), { minLength: 2, maxLength: 2 }) }),
);

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

const keep = fc.double({ min: 0.1, max: 1, maxExcluded: true, noNaN: true });
const cut = {
  keep,
  layers: fc.constantFrom(['*'], ['fc*'], ['fc1', 'fc3'], ['*3', 'fc2']),
  floors: some({ layer: whole(0, 2), output: fc.constant(0) }),
};
const scope = fc.constantFrom('global', 'layer');
const prune = fc.oneof(
  some({ method: fc.constant('wls'), criterion, schedule: annealed, scope, ...cut }, ['method', 'keep']),
  some({ method: fc.constantFrom('magnitude', 'random', 'dsc'), schedule: annealed, scope, ...cut }, ['method', 'keep']),
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
const latency = some({ batch: whole(1, 512), repeats: whole(3, 100) });
const seed = whole(0, 2 ** 31 - 1);
const rest = {
  name: fc.string({ minLength: 1, maxLength: 80 }),
  $schema: fc.string(),
  model,
  engine: some({ threads: fc.oneof(fc.constant('auto'), whole(1, 256)) }),
};

/** With wide enough networks that no keep fraction of at least 0.1 is below the floors' needs. */
export const experiments = fc.oneof(
  some(
    {
      ...rest,
      data,
      train,
      prune,
      fineTune,
      seed,
      measure: some({ dense: fc.constantFrom('twin', 'first-cut', 'none'), select: fc.constantFrom('last', 'best-validation'), latency }),
    },
    ['data', 'train', 'prune'],
  ),
  some(
    {
      ...rest,
      data,
      train,
      seeds: fc.uniqueArray(seed, { minLength: 2, maxLength: 4 }),
      measure: some({ select: fc.constantFrom('last', 'best-validation'), latency }),
    },
    ['data', 'train'],
  ),
) as unknown as fc.Arbitrary<WrittenExperiment>;
