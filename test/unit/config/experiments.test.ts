import Ajv from 'ajv';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { parse as parseJsonc } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { check } from '../../../src/config/checks';
import { configHash } from '../../../src/config/hash';
import { editorSchema } from '../../../src/config/jsonSchema';
import { parseExperiment } from '../../../src/config/parse';
import { cutsChannels, Experiment, ExperimentFile, isLasso } from '../../../src/config/schema';
import { expandExperiment } from '../../../src/config/sweep';
import { architecture } from '../../../src/engine/nn/architectures';
import { channelSites, matchesPattern, prunableLayers } from '../../../src/engine/nn/graph';
import { counted, planTraining, weightsKept } from '../../../src/engine/prune/plan';
import { selectWeights } from '../../../src/engine/prune/select';
import { experiments } from './experiments';

describe('random experiments', () => {
  it('survive printing, with comments and trailing commas, without a problem', () => {
    fc.assert(
      fc.property(experiments, fc.constantFrom(0, 2, '\t'), fc.constantFrom('\n', '\r\n'), (written, indent, eol) => {
        const text = `// a comment${eol}${JSON.stringify(written, null, indent).replaceAll('\n', eol).replace(/\}$/, ', /* the end */ }')}${eol}`;
        const parsed = parseExperiment(text);
        expect(parsed.problems).toEqual([]);
        expect(parsed.file).toEqual(ExperimentFile.parse(written));
        expect(parsed.written).toEqual(written);
      }),
      { numRuns: 500 },
    );
  });

  it('are the same run, by hash, once every default is written out', () => {
    fc.assert(
      fc.property(experiments, (written) => {
        for (const { experiment } of expandExperiment(written, 'x')) {
          const reread = Experiment.parse(JSON.parse(JSON.stringify(experiment)));
          expect(reread).toEqual(experiment);
          expect(configHash(reread)).toBe(configHash(experiment));
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('the check of keep against floors', () => {
  const cases = fc.record({
    hidden: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 2 }),
    method: fc.constantFrom('magnitude', 'han'),
    scope: fc.constantFrom('global', 'layer'),
    keep: fc.oneof(fc.double({ min: 0.0001, max: 0.05, noNaN: true }), fc.double({ min: 0.05, max: 1, noNaN: true })),
    own: fc.option(fc.double({ min: 0.001, max: 1, noNaN: true })),
    layers: fc.constantFrom(['*'], ['fc1'], ['fc1', 'fc2']),
    floors: fc.record({ layer: fc.integer({ min: 0, max: 60 }), output: fc.integer({ min: 0, max: 3 }) }),
  });

  it('refuses exactly what the selection of weights could not do, and what would leave nothing', () => {
    expectRefusedExactly(cases, ({ hidden, method, scope, keep, own, layers, floors }) => ({
      model: { name: 'mlp', hidden },
      prune: { method, keep, layers, floors, ...(method === 'han' ? (own === null ? {} : { layerKeep: { fc1: own } }) : { scope }) },
    }));
  });

  const channelCases = fc.record({
    model: fc.constantFrom(
      { name: 'mlp', hidden: [3, 2] },
      { name: 'lenet-5' },
      { name: 'resnet', depth: 8 },
      { name: 'densenet', depth: 7, growth: 2, init: 3 },
    ),
    score: fc.constantFrom('l1', 'random'),
    scope: fc.constantFrom('global', 'layer'),
    keep: fc.oneof(fc.double({ min: 0.0001, max: 0.05, noNaN: true }), fc.double({ min: 0.05, max: 1, noNaN: true })),
    floors: fc.record({ layer: fc.integer({ min: 1, max: 20 }) }),
  });

  it('refuses exactly what the selection of channels could not do', () => {
    expectRefusedExactly(channelCases, ({ model, ...prune }) => ({ model, prune: { method: 'channels', ...prune } }));
  });

  function expectRefusedExactly<T>(cases: fc.Arbitrary<T>, written: (drawn: T) => { model: object; prune: object }): void {
    let refused = 0;
    fc.assert(
      fc.property(cases, (drawn) => {
        const tree = { data: { name: 'digits' }, train: { epochs: 4, learningRate: 0.1 }, ...written(drawn) };
        const experiment = Experiment.parse({ ...tree, name: 'x', seed: 0 });
        const isRefused = check(tree, experiment).some(({ code }) => code === 'config/keep-too-small');
        if (isRefused) refused++;
        expect(isRefused).toBe(!canSelect(experiment));
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(20);
  }

  interface Place {
    name: string;
    inputs: number;
    outputs: number;
  }

  function canSelect(experiment: Experiment): boolean {
    const { prune, model } = experiment;
    if (!('floors' in prune) || isLasso(prune)) return true;
    const graph = architecture(model, [28, 28, 1], 10);
    const all: Place[] = cutsChannels(prune)
      ? channelSites(graph).map(({ name, channels }) => ({ name, inputs: 1, outputs: channels }))
      : prunableLayers(graph);
    const layers = all.filter(({ name }) => prune.layers.some((pattern) => matchesPattern(name, pattern)));
    const totals = layers.map((layer) => layer.inputs * layer.outputs);
    const target = counted(
      planTraining(experiment, { names: layers.map(({ name }) => name), totals, whole: { params: 0, macs: 0 } }).at(-1)!.target,
    );
    if (target.over === 'layers' ? target.keep.includes(0) : weightsKept(target) === 0) return false;
    const weights = totals.map((total) => Float32Array.from({ length: total }, (_, i) => ((i * 7919) % 1009) - 500));
    try {
      selectWeights({
        layers: layers.map(({ name, inputs, outputs }, l) => ({
          name,
          inputs,
          outputs,
          weights: weights[l]!,
          mask: new Uint8Array(totals[l]!).fill(1),
        })),
        scores: weights.map((w) => Float64Array.from(w, Math.abs)),
        target,
        scope: prune.method === 'han' ? 'layer' : prune.scope,
        floors: { output: 0, ...prune.floors },
        ...(cutsChannels(prune) ? {} : { outputLayer: all.at(-1)!.name }),
      });
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'prune/floors-exceed-keep' });
      return false;
    }
  }
});

describe("the editor's schema", () => {
  const ROOT = path.join(__dirname, '../../..');
  const ajv = new Ajv({ allErrors: false });
  const validate = ajv.compile(editorSchema());

  it('is a valid draft-07 schema', () => expect(ajv.validateSchema(editorSchema())).toBe(true));

  const files = ['test/fixtures/broken', 'examples', 'examples/paper'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder))
      .filter((name) => name.endsWith('.prune.json'))
      .map((name) => `${folder}/${name}`),
  );
  it.each(files)('marks nothing in %s, so that no mistake is underlined twice', (name) => {
    const value: unknown = parseJsonc(readFileSync(path.join(ROOT, name), 'utf8'), [], { allowTrailingComma: true });
    expect(validate(value)).toBe(true);
  });

  it('marks nothing in random experiments, with any value in any place', () => {
    const places = (value: unknown, at: (string | number)[] = []): (string | number)[][] =>
      typeof value === 'object' && value !== null
        ? [at, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...at, Array.isArray(value) ? Number(key) : key]))]
        : [at];
    fc.assert(
      fc.property(experiments, fc.nat(), fc.jsonValue(), (written, n, value) => {
        const all = places(written);
        const place = all[n % all.length]!;
        const changed = JSON.parse(JSON.stringify({ root: written })) as Record<string | number, unknown>;
        const parent = ['root', ...place]
          .slice(0, -1)
          .reduce<Record<string | number, unknown>>((at, key) => at[key] as Record<string | number, unknown>, changed);
        parent[['root', ...place].at(-1)!] = value;
        expect([validate(written), validate(changed['root'])]).toEqual([true, true]);
      }),
      { numRuns: 300 },
    );
  });
});
