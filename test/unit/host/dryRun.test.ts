import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/config/parse';
import { expandExperiment } from '../../../src/config/sweep';
import { dryRunOf } from '../../../src/host/dryRun';
import { TEMPLATES } from '../../../src/host/templates';

const experimentOf = (text: string) => expandExperiment(parseExperiment(text).written!, 'x')[0]!.experiment;

describe('a dry run', () => {
  it.each(TEMPLATES)('of $label is short, and otherwise the same', ({ text }) => {
    const experiment = experimentOf(text());
    const dry = dryRunOf(experiment);
    expect(dry.train.epochs).toBeLessThanOrEqual(2);
    expect(dry.data).toMatchObject({ train: 2000, validation: 2000, test: 2000 });
    expect(dry.prune).toEqual(experiment.prune);
    expect(dry.model).toEqual(experiment.model);
    expect(dry.seed).toBe(experiment.seed);
  });

  it('of an iterated method has one round', () => {
    const text =
      '{ "data": { "name": "digits" }, "train": { "epochs": 9, "learningRate": 0.1 }, "prune": { "method": "han", "keep": 0.1 } }';
    expect(dryRunOf(experimentOf(text)).prune).toMatchObject({ rounds: 1, retrain: { epochs: 1 }, keep: 0.1 });
  });

  it('never asks for more than the experiment does', () => {
    const text = '{ "data": { "name": "digits", "train": 50, "test": 20 }, "train": { "epochs": 1, "learningRate": 0.1 } }';
    const { data, train } = dryRunOf(experimentOf(text));
    expect(data).toMatchObject({ train: 50, test: 20 });
    expect(train.epochs).toBe(1);
  });

  it('takes class folders whole', () => {
    const text =
      '{ "data": { "name": "images", "path": "photos" }, "model": { "name": "resnet-20" }, "train": { "epochs": 9, "learningRate": 0.1 } }';
    const experiment = experimentOf(text);
    expect(dryRunOf(experiment).data).toEqual(experiment.data);
  });
});
