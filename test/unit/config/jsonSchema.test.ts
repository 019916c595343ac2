import { describe, expect, it } from 'vitest';
import { EDITOR_HELP } from '../../../src/config/editorHelp';
import { editorSchema, type EditorSchema } from '../../../src/config/jsonSchema';
import { allKeys, choicesOf, schemaAt, unionOf } from '../../../src/config/lookup';
import { parseExperiment } from '../../../src/config/parse';
import { ExperimentFile } from '../../../src/config/schema';
import { withValue } from '../../../src/config/sweep';
import { keepFraction } from '../../../src/engine/schedules/keep';

const schema = editorSchema();

/** Each schema that a value is held against, and whether a failure of it would be shown. */
function* parts(at: EditorSchema, shown = true, path = ''): Generator<{ at: EditorSchema; shown: boolean; path: string }> {
  yield { at, shown, path };
  for (const [key, inner] of Object.entries(at.properties ?? {})) yield* parts(inner, shown, `${path}.${key}`);
  if (at.items) yield* parts(at.items, shown, `${path}[]`);
  if (at.additionalProperties) yield* parts(at.additionalProperties, shown, `${path}.*`);
  for (const inner of at.allOf ?? []) yield* parts(inner, shown, path);
  // Beside {} nothing of an anyOf is shown.
  const free = (at.anyOf ?? []).some((inner) => Object.keys(inner).length === 0);
  for (const inner of at.anyOf ?? []) yield* parts(inner, shown && !free, path);
  if (at.if) yield* parts(at.if, false, path);
  if (at.then) yield* parts(at.then, shown, path);
}

/** What the editor completes after the choices that `value` makes. */
function keysAt(at: EditorSchema, value: Record<string, unknown>): string[] {
  const chosen = (at.allOf ?? []).filter((inner) =>
    Object.entries(inner.if?.properties ?? {}).every(([key, { const: wanted }]) => value[key] === wanted),
  );
  return [...Object.keys(at.properties ?? {}), ...chosen.flatMap((inner) => Object.keys(inner.then?.properties ?? {}))];
}

describe('the editor schema', () => {
  it('has no rule whose failure would be shown', () => {
    const harmless = [
      '$schema title description markdownDescription default examples defaultSnippets doNotSuggest',
      'properties additionalProperties items allOf anyOf if then allowComments allowTrailingCommas',
    ].flatMap((names) => names.split(' '));
    for (const { at, shown, path } of parts(schema))
      if (shown) expect({ path, rules: Object.keys(at).filter((key) => !harmless.includes(key)) }).toEqual({ path, rules: [] });
  });

  it('is draft-07, of files with comments', () => {
    expect(schema).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#', allowComments: true, allowTrailingCommas: true });
  });

  it('gives each default', () => {
    expect(schema.properties!['train']!.properties).toMatchObject({ batch: { default: 128 }, momentum: { default: 0.9 } });
    expect(schema.properties!['model']!.markdownDescription).toContain('Default `{"name":"lenet-300-100"}`');
  });

  it('completes the keys of the choice that was made, and only those', () => {
    const prune = schema.properties!['prune']!;
    expect(keysAt(prune, {})).toEqual(['method']);
    expect(keysAt(prune, { method: 'wls' })).toEqual(['method', 'keep', 'criterion', 'schedule', 'scope', 'layers', 'floors']);
    expect(keysAt(prune, { method: 'han' })).toEqual(['method', 'keep', 'layerKeep', 'rounds', 'retrain', 'layers', 'floors']);
    expect(keysAt(prune, { method: 'slimming' })).toEqual([
      'method',
      'penalty',
      'schedule',
      'keep',
      'layers',
      'floors',
      'shrink',
      'budget',
      'scope',
    ]);
  });

  it('explains a key as the choice has it', () => {
    const prune = schema.properties!['prune']!;
    const keyOf = (method: string, ...path: string[]) => {
      const branch = prune.allOf!.find(({ if: on }) => on!.properties!['method']!.const === method)!.then!;
      return path.reduce((at: EditorSchema, key) => at.properties![key]!, branch);
    };
    const choices = (at: EditorSchema) => at.anyOf![0]!.enum;
    expect(choices(keyOf('wls', 'criterion', 'feature'))).toEqual(['input', 'online', 'gated']);
    expect(choices(keyOf('cls', 'criterion', 'feature'))).toEqual(['post_relu', 'bn_out', 'bn_in']);
    expect(keyOf('wls', 'criterion', 'feature').markdownDescription).toContain('"online"');
    expect(keyOf('cls', 'criterion', 'feature').markdownDescription).toContain('"bn\\_out"');
    expect(keyOf('wls', 'criterion', 'lambda').markdownDescription).toContain('1.57');
    expect(keyOf('cls', 'criterion', 'lambda').markdownDescription).toContain('8.08%');
    expect(keyOf('wls', 'keep').markdownDescription).toContain('266,200');
    for (const method of ['cls', 'slimming', 'dsc-channels', 'channels']) {
      expect(keyOf(method, 'keep').markdownDescription).toContain('12,112');
      expect(keyOf(method, 'floors', 'layer').markdownDescription).toContain('Channels');
    }
  });

  it('offers every network', () => {
    const model = schema.properties!['model']!;
    const names = model.properties!['name']!.anyOf![0]!.enum!;
    expect(names).toHaveLength(15);
    expect(model.defaultSnippets!.map(({ label }) => label)).toEqual(names);
    expect(keysAt(model, { name: 'densenet' })).toEqual(['name', 'depth', 'growth', 'init']);
    expect(keysAt(schema.properties!['data']!, { name: 'images' })).toContain('validationFraction');
  });

  it('offers each choice as a snippet that the checks accept', () => {
    const filled = (body: unknown) =>
      JSON.parse(
        JSON.stringify(body).replace(/"\^\$\{\d+:((?:[^"\\]|\\.)*?)\}"/g, (_, inner: string) => inner.replaceAll('\\"', '"')),
      ) as unknown;
    const base = { data: { name: 'cifar-10' }, model: { name: 'resnet-20' }, train: { epochs: 30, learningRate: 0.1 } };
    for (const key of ['data', 'model', 'prune'])
      for (const { body, label } of schema.properties![key]!.defaultSnippets!) {
        const { problems: all } = parseExperiment(JSON.stringify({ ...base, [key]: filled(body) }));
        // Only a hint at what to write next.
        const problems = all.filter(({ code }) => code !== 'config/one-shot-without-fine-tune');
        expect({ label, problems: problems.map(({ message }) => message) }).toEqual({ label, problems: [] });
      }
  });

  it('gives every value to choose from a line', () => {
    for (const { at, path } of parts(schema))
      for (const [i, one] of (at.enum ?? []).entries()) expect(at.markdownEnumDescriptions![i], `${path} ${String(one)}`).not.toBe('');
  });

  it('describes every key', () => {
    for (const { at, path } of parts(schema))
      for (const [key, inner] of Object.entries(at.properties ?? {}))
        if (!inner.doNotSuggest) expect(inner.markdownDescription, `${path}.${key}`).toBeTruthy();
  });

  it('completes the keys that a sweep may name', () => {
    const swept = schema.properties!['sweep']!.properties!;
    expect(Object.keys(swept)).toEqual(expect.arrayContaining(['prune.criterion.lambda', 'prune.method', 'train.epochs', 'seed']));
    expect(swept['prune.method']!.items!.anyOf![0]!.enum).toContain('wls');
    const feature = swept['prune.criterion.feature']!.items!.anyOf![0]!;
    expect(feature.enum).toEqual(['input', 'online', 'gated', 'post_relu', 'bn_out', 'bn_in']);
    expect(feature.markdownEnumDescriptions).not.toContain('');
    expect(Object.keys(swept)).not.toContain('prune');
  });
});

describe('the help', () => {
  const keys = allKeys(ExperimentFile);

  /** The choices that a key names: of `prune(induced).criterion(weights).norm` { prune: { method: 'induced', criterion: { name: 'weights' } } }. */
  function chosenBy(key: string): Record<string, unknown> {
    const path: string[] = [];
    return key.split('.').reduce<Record<string, unknown>>((chosen, part) => {
      const [, name = part, choice] = /^(.*?)\((.*)\)$/.exec(part) ?? [];
      path.push(name);
      return choice === undefined ? chosen : withValue(chosen, [...path, name === 'prune' ? 'method' : 'name'], choice);
    }, {});
  }

  it('speaks only of keys and values that there are', () => {
    for (const [key, { values }] of Object.entries(EDITOR_HELP)) {
      // prune(cls).keep: keep, where the method is cls.
      const plain = key.replace(/\(.*?\)/g, '').replace(/\.\*$/, '');
      const known = /\(/.test(key) ? schemaAt(ExperimentFile, plain.split('.'), chosenBy(key)) : keys.get(plain);
      expect(known, key).toBeTruthy();
      const parent =
        schemaAt(ExperimentFile, plain.split('.').slice(0, -1), chosenBy(key)) ?? keys.get(plain.split('.').slice(0, -1).join('.'));
      const union = parent && unionOf(parent);
      const choices = union && union.decidedBy === key.split('.').at(-1) ? [...union.shapes.keys()] : choicesOf(known!);
      if (values) expect(Object.keys(values), key).toEqual(choices?.map(String));
    }
  });

  it('prints values of the schedules that the engine has', () => {
    const tenths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((tenth) => tenth / 10);
    const check = (key: string, schedule: Parameters<typeof keepFraction>[0], at: number[]) => {
      const printed = /: (1, 0\.[\d., ]+)\.$/.exec(EDITOR_HELP[key]!.more!)![1]!.split(', ').map(Number);
      expect(printed).toHaveLength(at.length);
      at.forEach((t, i) => expect(Math.abs(printed[i]! - keepFraction(schedule, 0.043, t * 100, 100))).toBeLessThan(0.000_051));
    };
    check('prune.schedule.steepness', { name: 'logistic', steepness: 12, midpoint: 0.5, start: 0, end: 1 }, tenths);
    check('prune.schedule.mu', { name: 'inverse', mu: 10, start: 0, end: 1 }, [0, 0.1, 0.2, 0.4, 0.6, 0.8, 1]);
  });
});
