import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configHash } from '../../../src/config/hash';
import { Experiment } from '../../../src/config/schema';
import { expandExperiment, type WrittenExperiment } from '../../../src/config/sweep';

const BASE: WrittenExperiment = {
  data: { name: 'digits' },
  train: { epochs: 4, learningRate: 0.1 },
  prune: { method: 'wls', keep: 0.1 },
};

describe('expandExperiment', () => {
  it('makes one run, named after the file, of a file without a sweep', () => {
    const [variant, ...others] = expandExperiment(BASE, 'quick');
    expect(others).toEqual([]);
    expect(variant).toMatchObject({ label: 'quick', values: {}, experiment: { name: 'quick', seed: 0 } });
    expect(expandExperiment({ ...BASE, name: 'mine', seed: 7 }, 'quick')[0]).toMatchObject({
      label: 'mine',
      experiment: { name: 'mine', seed: 7 },
    });
  });

  it('goes through the product in order of writing, seeds innermost', () => {
    const variants = expandExperiment(
      { ...BASE, sweep: { 'prune.keep': [0.5, 0.2], 'prune.criterion.lambda': [0, 1] }, seeds: [3, 4] },
      'x',
    );
    expect(variants.map((v) => v.label)).toEqual([
      'keep=0.5 lambda=0 seed=3',
      'keep=0.5 lambda=0 seed=4',
      'keep=0.5 lambda=1 seed=3',
      'keep=0.5 lambda=1 seed=4',
      'keep=0.2 lambda=0 seed=3',
      'keep=0.2 lambda=0 seed=4',
      'keep=0.2 lambda=1 seed=3',
      'keep=0.2 lambda=1 seed=4',
    ]);
    expect(variants[3]!.values).toEqual({ 'prune.keep': 0.5, 'prune.criterion.lambda': 1 });
    expect(variants[3]!.experiment).toMatchObject({ seed: 4, prune: { keep: 0.5, criterion: { lambda: 1 } } });
  });

  it('names a key by the shortest tail that is its own', () => {
    const sweep = {
      'prune.criterion.screening.norm': ['max'],
      'prune.criterion.magnitude.norm': ['max', 'rank'],
      'prune.schedule.name': ['linear'],
    };
    expect(expandExperiment({ ...BASE, sweep }, 'x').map((v) => v.label)).toEqual([
      'screening.norm=max magnitude.norm=max name=linear',
      'screening.norm=max magnitude.norm=rank name=linear',
    ]);
  });

  it('fills in the defaults of the branch that a value chooses', () => {
    const [wls, dsc] = expandExperiment({ ...BASE, sweep: { 'prune.method': ['wls', 'dsc'] } }, 'x');
    expect(wls!.experiment.prune).toMatchObject({ criterion: { lambda: 0.2 }, schedule: { name: 'logistic' } });
    expect(dsc!.experiment.prune).toMatchObject({ method: 'dsc', schedule: { name: 'inverse', mu: 10 } });
    expect(dsc!.experiment.prune).not.toHaveProperty('criterion');
  });

  it('takes the dense row before the first cut where the network is trained out by then, else of a twin', () => {
    const denseOf = (prune: WrittenExperiment['prune'], rest: Partial<WrittenExperiment> = {}) =>
      expandExperiment({ ...BASE, prune, ...rest }, 'x').map(({ experiment }) => experiment.measure.dense);
    expect(denseOf({ method: 'han', keep: 0.1 })).toEqual(['first-cut']);
    expect(denseOf({ method: 'dsc', keep: 0.1, schedule: { name: 'one-shot' } })).toEqual(['first-cut']);
    expect(denseOf({ method: 'dsc', keep: 0.1 })).toEqual(['twin']);
    expect(denseOf(undefined)).toEqual(['twin']);
    expect(denseOf({ method: 'han', keep: 0.1 }, { measure: { dense: 'twin' } })).toEqual(['twin']);
    expect(denseOf({ method: 'dsc', keep: 0.1 }, { sweep: { 'prune.method': ['magnitude', 'han'] } })).toEqual(['twin', 'first-cut']);
  });

  it('refuses more runs than can be meant', () => {
    const seeds = Array.from({ length: 10_001 }, (_, i) => i);
    expect(() => expandExperiment({ ...BASE, seeds }, 'x')).toThrowError(expect.objectContaining({ code: 'config/too-many-runs' }));
  });

  it('gives the product of distinct values, each run its own hash and label', () => {
    const values = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(values, values, values, fc.uniqueArray(fc.nat(99), { minLength: 2, maxLength: 4 }), (keeps, lambdas, batches, seeds) => {
        const sweep = {
          'prune.keep': keeps.map((k) => k / 1000),
          'prune.criterion.lambda': lambdas.map((l) => l / 1000),
          'train.batch': batches,
        };
        const file = { ...BASE, sweep, seeds };
        const before = JSON.stringify(file);
        const variants = expandExperiment(file, 'x');
        const product = keeps.length * lambdas.length * batches.length * seeds.length;
        expect(variants).toHaveLength(product);
        expect(new Set(variants.map((v) => configHash(v.experiment))).size).toBe(product);
        expect(new Set(variants.map((v) => v.label)).size).toBe(product);
        expect(JSON.stringify(file)).toBe(before);
      }),
    );
  });
});

describe('configHash', () => {
  const experiment = expandExperiment(BASE, 'x')[0]!.experiment;
  const reversed = (value: unknown): unknown =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, inner]) => [key, reversed(inner)]),
        );

  it('is sha256 in hex', () => expect(configHash(experiment)).toMatch(/^[0-9a-f]{64}$/));
  it('does not depend on the order of keys, nor on names', () => {
    expect(configHash(reversed({ ...experiment, name: 'other' }) as Experiment)).toBe(configHash(experiment));
  });
  it('is the same after a trip through JSON', () =>
    expect(configHash(Experiment.parse(JSON.parse(JSON.stringify(experiment))))).toBe(configHash(experiment)));
  it('depends on every value', () => {
    const leaves = (value: unknown, path: string[]): string[][] =>
      typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([k, v]) => leaves(v, [...path, k])) : [path];
    for (const path of leaves(experiment, []).filter(([first]) => first !== 'name')) {
      const changed = structuredClone(experiment) as unknown as Record<string, unknown>;
      const parent = path.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, changed);
      parent[path.at(-1)!] = 'changed';
      expect(configHash(changed as unknown as Experiment), path.join('.')).not.toBe(configHash(experiment));
    }
  });
});
