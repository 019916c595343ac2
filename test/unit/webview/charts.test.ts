import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { barLabels, hasWeights, histogramRows, histogramSeries, layerBars, sourceBars, stepBar } from '../../../webview/charts/bars';
import { addRow, EPOCH_COLUMNS, epochCells, layEpochs } from '../../../webview/charts/epochs';
import { isNumeric } from '../../../webview/charts/cells';
import { cellAt, cellSide, describeCell, moveCell } from '../../../webview/charts/grid';
import { css, parseColour, viridis } from '../../../webview/charts/palette';
import { countTicks, fractionTick, isNice, limits, niceStep, share, tickPercent } from '../../../webview/charts/scale';
import { csv } from '../../../src/shared/csv';
import { tsv } from '../../../webview/format';
import type { HistoryRow } from '../../../src/shared/report';
import { densenetReport, preresnetReport } from '../../fixtures/channelReports';
import { lenetReport } from '../../fixtures/report';

describe('viridis', () => {
  it('starts and ends at its published colours and stops there', () => {
    expect(css(viridis(0))).toBe('rgb(68, 1, 84)');
    expect(viridis(0.5)).toEqual([33, 144, 141]);
    expect(viridis(1)).toEqual([253, 231, 37]);
    expect(viridis(-3)).toEqual(viridis(0));
    expect(viridis(7)).toEqual(viridis(1));
  });

  it('grows lighter all along, so that it reads without colour', () => {
    const light = Array.from({ length: 101 }, (_, i) => viridis(i / 100)).map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b);
    for (let i = 1; i < light.length; i++) expect(light[i]!).toBeGreaterThan(light[i - 1]!);
  });
});

it('reads the ways in which themes write colours', () => {
  expect(parseColour(' #1a85ff ')).toEqual([26, 133, 255]);
  expect(parseColour('#fffa')).toEqual([255, 255, 255]);
  expect(parseColour('#3794ff80')).toEqual([55, 148, 255]);
  expect(parseColour('rgba(10, 20, 30, 0.5)')).toEqual([10, 20, 30]);
  expect(parseColour('rgb(10 20 30)')).toEqual([10, 20, 30]);
  expect(parseColour('')).toBeNull();
});

describe('CSV', () => {
  it('quotes what must be quoted and nothing else', () => {
    expect(
      csv([
        ['a', 'b'],
        ['x, y', 'say "so"'],
        [1.5, null],
        ['two\nlines', null],
      ]),
    ).toBe('a,b\r\n"x, y","say ""so"""\r\n1.5,\r\n"two\nlines",\r\n');
  });

  it('comes back as it went for any text', () => {
    const parse = (text: string) =>
      [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)].map((m) =>
        m[1] === undefined ? m[2]! : m[1].replaceAll('""', '"'),
      );
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (cells) => void expect(parse(csv([cells]))).toEqual(cells)),
    );
  });

  it('keeps a cell a cell on the clipboard', () => {
    expect(
      tsv([
        ['a', 'b'],
        ['x\ty', 'z\nw'],
      ]),
    ).toBe('a\tb\nx y\tz w');
  });
});

it('knows columns of numbers', () => {
  expect(isNumeric(['1.51% ± 0.05%', '–', '266,200', 3, -0.5, null])).toBe(true);
  expect(isNumeric(['1.29% to 1.77%', 2])).toBe(false);
  expect(isNumeric(['–', null])).toBe(false);
});

describe('scales', () => {
  it('places counts on a linear and on a log scale', () => {
    expect(share(25, 100, 'linear')).toBe(0.25);
    expect(share(0, 100, 'log')).toBe(0);
    expect(share(9, 99, 'log')).toBeCloseTo(0.5);
    expect(share(0, 0, 'log')).toBe(0);
  });

  it('writes round numbers beside them', () => {
    expect(countTicks(258, 5, 'linear')).toEqual([0, 100, 200]);
    expect(countTicks(300, 6, 'linear')).toEqual([0, 50, 100, 150, 200, 250, 300]);
    expect(countTicks(258, 5, 'log')).toEqual([0, 1, 10, 100]);
    expect(countTicks(3, 10, 'linear')).toEqual([0, 1, 2, 3]);
    expect(countTicks(0, 5, 'linear')).toEqual([0]);
  });

  it('steps by 1, 2 or 5 times a power of ten', () => {
    expect([0.3 / 3, 0.011, 1, 3, 6, 430].map(niceStep).map((step) => Number(step.toPrecision(6)))).toEqual([0.1, 0.02, 1, 5, 10, 500]);
  });

  it('writes percentages with the digits they need', () => {
    expect([0, 0.05, 0.005, 0.0225, 1, 0.1 + 0.2].map(tickPercent)).toEqual(['0%', '5%', '0.5%', '2.25%', '100%', '30%']);
  });

  it('leaves ticks of a log scale blank that are not round', () => {
    expect([0.01, 0.03, 0.05, '0.2'].map(fractionTick('log'))).toEqual(['1%', null, '5%', '20%']);
    expect([0.01, 0.03, 0.05, '0.2'].map(fractionTick('linear'))).toEqual(['1%', '3%', '5%', '20%']);
  });

  it('sets round limits around all values', () => {
    expect(limits([0.0151, 0.0172, 0.021], 'linear')).toEqual({ min: 0.014, max: 0.022 });
    expect(limits([0.02], 'linear')).toEqual({ min: 0.015, max: 0.025 });
    expect(limits([0], 'linear')).toEqual({ min: 0, max: 0.5 });
    expect(limits([], 'linear')).toBeNull();
    expect(limits([0], 'log')).toBeNull();
    expect(limits([0.013, 0.7, 0], 'log')).toEqual({ min: 0.01, max: 1 });
    expect(limits([0.05, 1], 'log')).toEqual({ min: 0.05, max: 1 });
    expect(limits([0.05], 'log')).toEqual({ min: 0.025, max: 0.1 });
    expect([0.01, 0.03, 20, 25].map(isNice)).toEqual([true, false, true, false]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1 }), (wrong) => {
        const values = wrong.map((n) => n / 60_000);
        const { min, max } = limits(values, 'linear')!;
        expect(min).toBeLessThanOrEqual(Math.min(...values));
        // Rounded to twelve digits.
        expect(max).toBeGreaterThanOrEqual(Math.max(...values) * (1 - 1e-11));
      }),
    );
  });
});

describe('cells of the heatmap', () => {
  const size = { width: 28, height: 28 };

  it('finds the cell under the pointer', () => {
    expect(cellAt(27.9, 0.1, size)).toEqual({ column: 27, row: 0 });
    expect(cellAt(28, 3, size)).toBeNull();
    expect(cellAt(3, -0.1, size)).toBeNull();
  });

  it('moves by keys and stays inside', () => {
    expect(moveCell({ column: 0, row: 5 }, 'ArrowLeft', false, size)).toEqual({ column: 0, row: 5 });
    expect(moveCell({ column: 0, row: 5 }, 'ArrowDown', false, size)).toEqual({ column: 0, row: 6 });
    expect(moveCell({ column: 27, row: 27 }, 'ArrowRight', false, size)).toEqual({ column: 27, row: 27 });
    expect(moveCell({ column: 4, row: 5 }, 'End', false, size)).toEqual({ column: 27, row: 5 });
    expect(moveCell({ column: 4, row: 5 }, 'Home', true, size)).toEqual({ column: 0, row: 0 });
    expect(moveCell({ column: 4, row: 5 }, 'a', false, size)).toBeNull();
  });

  it('says what is there', () => {
    expect(describeCell({ row: 11, column: 14 }, 34)).toBe('row 12, column 15: 34 connections');
    expect(describeCell({ row: 0, column: 0 }, 1)).toBe('row 1, column 1: 1 connection');
  });

  it('has cells of whole pixels within bounds', () => {
    expect([100, 400, 2000].map((width) => cellSide(width, 28, [6, 18]))).toEqual([6, 14, 18]);
  });
});

describe('epochs', () => {
  const row = lenetReport().history[0]!;
  const history = [
    { ...row, phase: 'twin' as const, epoch: 1 },
    { ...row, epoch: 2 },
    { ...row, epoch: 1 },
    { ...row, phase: 'fine-tune' as const, epoch: 1 },
  ];

  it('counts fine-tuning on from training and the twin by itself', () => {
    const { run, twin, fineTuneFrom } = layEpochs(history);
    expect(run.map(({ x }) => x)).toEqual([1, 2, 3]);
    expect(twin.map(({ x }) => x)).toEqual([1]);
    expect(fineTuneFrom).toBe(3);
    expect(layEpochs([])).toEqual({ run: [], twin: [], fineTuneFrom: null });
  });

  it('replaces an epoch that was run again, and those after it', () => {
    const live = (['twin', 'train', 'fine-tune'] as const).flatMap((phase) => [1, 2, 3].map((epoch) => ({ ...row, phase, epoch })));
    const history: HistoryRow[] = [];
    for (const each of live) addRow(history, each);
    expect(history).toEqual(live);
    addRow(history, { ...row, epoch: 2, kept: 7 });
    expect(history).toEqual([...live.slice(0, 4), { ...row, epoch: 2, kept: 7 }]);
  });

  it('writes a cell for each column', () => {
    expect(epochCells(history).map((cells) => cells.length)).toEqual(history.map(() => EPOCH_COLUMNS.length));
  });
});

describe('bars', () => {
  const layer = (name: string, counts: number[]) => ({ name, counts });
  const few = { edges: [-1, 0, 1], layers: [layer('fc1', [1, 2]), layer('fc2', [3, 4])] };

  it('stacks few layers, sums many, shows one', () => {
    expect(histogramSeries(few, null).map(({ name }) => name)).toEqual(['fc1', 'fc2']);
    expect(histogramSeries(few, 'fc2')).toEqual([layer('fc2', [3, 4])]);
    const many = { edges: few.edges, layers: Array.from({ length: 512 }, (_, i) => layer(`l${i}`, [1, 2])) };
    expect(histogramSeries(many, null)).toEqual([{ name: 'All 512 layers', counts: [512, 1024] }]);
  });

  it('lists bins with their edges', () => {
    expect(histogramRows(few)).toEqual([
      [-1, 0, 1, 3],
      [0, 1, 2, 4],
    ]);
    expect(hasWeights(few)).toBe(true);
    expect(hasWeights({ edges: [0, 1], layers: [layer('fc1', [0])] })).toBe(false);
  });

  it('shows connections of dense layers', () => {
    expect(layerBars(lenetReport())).toEqual({
      unit: 'weights',
      bars: [
        { name: 'fc1', transition: false, left: 9_931, of: 235_200 },
        { name: 'fc2', transition: false, left: 3_050, of: 30_000 },
        { name: 'fc3', transition: false, left: 329, of: 1_000 },
      ],
    });
  });

  it('shows the channels of a dense network: 39 bars, of which the 13th and the 26th are transitions', () => {
    const { unit, bars } = layerBars(densenetReport());
    expect(unit).toBe('channels');
    expect(bars).toHaveLength(39);
    expect(bars.flatMap(({ transition }, i) => (transition ? [i + 1] : []))).toEqual([13, 26]);
    expect(bars.reduce((sum, { left }) => sum + left, 0)).toBe(2808);
    expect(bars.reduce((sum, { of }) => sum + of, 0)).toBe(9360);
    expect(layerBars(null)).toEqual({ unit: 'weights', bars: [] });
  });

  it('stacks the layers that read a concatenation by the stage that made their channels', () => {
    const { makers, bars } = sourceBars(densenetReport().channels);
    expect(makers).toEqual(['by the first convolution', 'in stage 1', 'in stage 2', 'in stage 3']);
    // The first layer of each block reads one convolution.
    expect(bars.map(({ place }) => place)).not.toContain(1);
    expect(bars).toHaveLength(36);
    // 24 channels of the first convolution, and 12 of each of 12 layers.
    expect(bars.find(({ place }) => place === 13)!.of).toEqual([24, 144, 0, 0]);
    // What the first transition hands on, and the second block.
    expect(bars.find(({ place }) => place === 26)!.of).toEqual([0, 168, 144, 0]);
    for (const { layer, left, of } of bars) {
      expect(left.reduce((a, b) => a + b)).toBe(layer.kept);
      expect(of.reduce((a, b) => a + b)).toBe(layer.total);
    }
    expect(sourceBars(preresnetReport().channels).bars).toEqual([]);
    expect(sourceBars(null)).toEqual({ makers: [], bars: [] });
  });

  it('numbers bars that are too many to be named', () => {
    const named = (n: number) => Array.from({ length: n }, (_, i) => ({ name: `bn${i}`, place: i + 4 }));
    expect(barLabels(named(2))).toEqual(['bn0', 'bn1']);
    expect(barLabels(named(39)).slice(0, 2)).toEqual(['4', '5']);
  });

  it('walks from bar to bar and stops at either end', () => {
    expect(['ArrowRight', 'ArrowLeft', 'Home', 'End', 'a'].map((key) => stepBar(key, null, 39))).toEqual([0, 38, 0, 38, null]);
    expect([stepBar('ArrowRight', 38, 39), stepBar('ArrowLeft', 0, 39), stepBar('ArrowRight', 3, 39)]).toEqual([38, 0, 4]);
    expect(stepBar('End', null, 0)).toBeNull();
  });
});
