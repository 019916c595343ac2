import { describe, expect, it } from 'vitest';
import { channelGroups, commonUnit, leftText, removedText, shapeText, shrinkingText, whatIsLeft } from '../../../src/shared/left';
import { densenetReport, preresnetReport } from '../../fixtures/channelReports';
import { inputsReport } from '../../fixtures/inducedReport';
import { lenetReport } from '../../fixtures/report';

describe('what is left', () => {
  it('counts what the run cuts', () => {
    expect(whatIsLeft(lenetReport())).toEqual({ unit: 'weights', kept: 13_310, total: 266_200, fraction: 0.05 });
    expect(whatIsLeft(preresnetReport())).toEqual({ unit: 'channels', kept: 4845, total: 12_112, fraction: 4845 / 12_112 });
    expect(whatIsLeft(inputsReport())).toEqual({ unit: 'inputs', kept: 196, total: 784, fraction: 0.25 });
    expect(whatIsLeft({ channels: null, inputs: null, kept: { weights: 0, total: 0 } }).fraction).toBe(1);
  });

  it('is put into words', () => {
    expect(leftText(whatIsLeft(inputsReport()))).toBe('25.00% of inputs kept (196 of 784)');
    expect(leftText(whatIsLeft(lenetReport()))).toBe('kept 13,310 of 266,200 prunable weights (5.00%)');
    expect(leftText(whatIsLeft(densenetReport()))).toBe('kept 2,808 of 9,360 channels (30.00%)');
  });

  it('is of one unit, or of several', () => {
    const of = (...units: Parameters<typeof commonUnit>[0][number]['unit'][]) => commonUnit(units.map((unit) => ({ unit })));
    expect(of('inputs', null)).toBe('inputs');
    expect(of('inputs', 'weights')).toBeNull();
    expect(of(null)).toBe('weights');
  });

  it('puts layers of a stage together, and a transition by itself', () => {
    const rows = densenetReport().channels!.layers;
    const groups = channelGroups(rows);
    expect(groups.map(({ name, layers, total }) => [name, layers, total])).toEqual([
      ['stage 1', 12, 1080],
      ['transition1_bn', 1, 168],
      ['stage 2', 12, 2808],
      ['transition2_bn', 1, 312],
      ['stage 3', 13, 4992],
    ]);
    expect(groups.reduce((sum, { kept }) => sum + kept, 0)).toBe(2808);
    expect(groups[1]!.fraction).toBe(rows[12]!.keptFraction);
    // 1,680 + 3,392 + 6,784 channels of 18 blocks of three batch norms each, and 256 of the last.
    expect(channelGroups(preresnetReport().channels!.layers).map(({ layers, total }) => [layers, total])).toEqual([
      [54, 1680],
      [54, 3392],
      [55, 7040],
    ]);
    expect(channelGroups([])).toEqual([]);
  });
});

describe('words', () => {
  it('writes a convolution by what goes in and what comes out', () => {
    expect(shapeText([3, 3, 16, 12])).toBe('3×3×16→12');
    expect(shapeText([784, 300])).toBe('784×300');
  });

  it('tells what rebuilding was worth', () => {
    const seconds = (s: number) => `${Math.round(s)} s`;
    expect(shrinkingText({ rebuilds: 12, seconds: 41.2, secondsWithout: 66.4 }, seconds)).toBe(
      'rebuilt 12 times: 41 s in place of 66 s (estimated from the first epoch)',
    );
    expect(shrinkingText({ rebuilds: 1, seconds: 1, secondsWithout: 2 }, seconds)).toMatch(/^rebuilt 1 time:/);
  });

  it('lists what was removed layer by layer while that is short', () => {
    expect(removedText(lenetReport(), '->')).toEqual([
      'Neurons: fc1 300 -> 170 (4 folded as constants), fc2 100 -> 88. Input features that nothing reads: 372.',
    ]);
    const neurons = Array.from({ length: 13 }, (_, i) => ({ layer: `conv${i}`, before: 100, after: 40, folded: 1 }));
    expect(removedText(densenetReport({ removed: { neurons, unusedInputs: 0 } }), '→')).toEqual([
      'Outputs of 13 layers: 1,300 → 520 (13 folded as constants).',
    ]);
    expect(removedText(densenetReport(), '→')).toEqual([]);
  });
});
