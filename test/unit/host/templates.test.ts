import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/config/parse';
import { countRuns, expandExperiment } from '../../../src/config/sweep';
import { TEMPLATES } from '../../../src/host/templates';

describe('templates of new experiments', () => {
  it.each(TEMPLATES)('$label has no problems, and comments', ({ text }) => {
    const parsed = parseExperiment(text());
    expect(parsed.problems).toEqual([]);
    expect(text()).toMatch(/^ +\/\/ /m);
    expect(text().endsWith('}\n')).toBe(true);
  });

  it('asks of the sweep the runs that its description names', () => {
    const sweep = TEMPLATES.find(({ id }) => id === 'lambda-sweep')!;
    expect(countRuns(parseExperiment(sweep.text()).written!)).toBe(18);
  });

  it("writes the paper's settings", () => {
    const paper = TEMPLATES.find(({ id }) => id === 'paper-wls')!;
    const [variant] = expandExperiment(parseExperiment(paper.text()).written!, 'x');
    expect(variant!.experiment).toMatchObject({
      train: { epochs: 120, learningRate: 0.1, schedule: { name: 'halve', every: 20 }, weightDecay: 5e-4 },
      prune: { method: 'wls', keep: 0.0430391 },
    });
  });

  it('cuts 40% of the channels of a residual network of 20 layers', () => {
    const channels = TEMPLATES.find(({ id }) => id === 'channels')!;
    expect(channels.detail).toContain('40% of its channels');
    const [variant] = expandExperiment(parseExperiment(channels.text()).written!, 'x');
    expect(variant!.experiment).toMatchObject({
      data: { name: 'cifar-10', augment: 'crop-flip' },
      model: { name: 'preresnet', depth: 20 },
      prune: { method: 'cls', keep: 0.6, schedule: { name: 'one-shot' } },
      fineTune: { epochs: 10 },
    });
  });

  it('keeps a quarter of the pixels and half of the neurons, and half the cost of a residual network', () => {
    const experimentOf = (id: string) => {
      const { text } = TEMPLATES.find((template) => template.id === id)!;
      return expandExperiment(parseExperiment(text()).written!, 'x')[0]!.experiment;
    };
    expect(experimentOf('inputs')).toMatchObject({
      data: { name: 'mnist', otherwise: 'digits' },
      prune: { method: 'induced', keep: 0.25, hidden: 0.5, restart: 'inherit', schedule: { name: 'one-cycle' } },
      fineTune: { epochs: 10 },
    });
    expect(experimentOf('tree-lasso')).toMatchObject({
      data: { name: 'cifar-10', train: 5000 },
      prune: { method: 'stlp-ib', budget: 'macs', keep: 0.5, response: 'logit', schedule: { name: 'one-shot' } },
      measure: { dense: 'first-cut' },
    });
  });

  it('gives each file a name of its own', () => {
    expect(new Set(TEMPLATES.map(({ id }) => id)).size).toBe(TEMPLATES.length);
  });
});
