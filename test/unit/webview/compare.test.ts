import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/shared/report';
import { RunView } from '../../../src/shared/view';
import {
  differenceGrid,
  lambdaCsv,
  lambdaGrid,
  LAST,
  leftTitle,
  spread,
  stageCsv,
  stageGrid,
  stageNames,
} from '../../../webview/parts/compareCells';
import { densenetReport } from '../../fixtures/channelReports';
import { inputsReport } from '../../fixtures/inducedReport';
import { lenetReport } from '../../fixtures/report';
import { runRecord } from '../../fixtures/run';

const runView = (label: string, done = true, report: Report = lenetReport()): RunView =>
  RunView.parse({
    folder: `/runs/${label}`,
    run: runRecord({ id: label, label, state: done ? 'done' : 'failed' }),
    state: done ? 'done' : 'failed',
    experiment: 'quick',
    config: null,
    report: done ? report : null,
    history: [],
    failure: null,
  });

const runs = [runView('a'), runView('b'), runView('c', false)];

describe('stages side by side', () => {
  it('shows the last stage of each run, and a dash for a run without', () => {
    const { columns, rows } = stageGrid(runs, LAST);
    expect(rows[0]!.slice(0, 6)).toEqual(['a', 'done', 'fine-tuned', '1.51%', '1.29% to 1.77%', '13,310']);
    expect(rows[2]!.slice(0, 4)).toEqual(['c', 'failed', '–', '–']);
    expect(rows.map((row) => row.length)).toEqual(rows.map(() => columns.length));
  });

  it('shows a stage by its name', () => {
    expect(stageNames(runs)).toEqual(['dense', 'masked', 'compact', 'fine-tuned']);
    expect(stageGrid(runs, 'dense').rows[0]![3]).toBe('1.64%');
  });

  it('counts channels where a run cut channels', () => {
    const { columns, rows } = stageGrid([...runs, runView('d', true, densenetReport())], 'dense');
    const at = columns.indexOf('Channels left');
    expect(rows.map((row) => row[at])).toEqual(['–', '–', '–', '9,360 of 9,360']);
    expect(rows.map((row) => row.length)).toEqual(rows.map(() => columns.length));
    expect(stageGrid([runView('d', true, densenetReport())], LAST).rows[0]![at]).toBe('2,808 of 9,360');
    expect(stageGrid(runs, LAST).columns).not.toContain('Channels left');
    const file = stageCsv([runView('d', true, densenetReport()), runs[0]!]);
    const cell = (row: number) => file.rows[row]!.slice(file.columns.indexOf('channels_left'), file.columns.indexOf('channels_left') + 2);
    expect([0, 3, 4].map(cell)).toEqual([
      [9360, 9360],
      [2808, 9360],
      [null, null],
    ]);
  });

  it('counts inputs where a run selected inputs', () => {
    const of = [runView('a'), runView('i', true, inputsReport())];
    const { columns, rows } = stageGrid(of, LAST);
    const at = columns.indexOf('Inputs left');
    expect(columns).not.toContain('Channels left');
    expect(rows.map((row) => row[at])).toEqual(['–', '196 of 784']);
    expect(stageGrid(of, 'dense').rows[1]![at]).toBe('784 of 784');
    const file = stageCsv(of);
    const cell = (row: number) => file.rows[row]!.slice(file.columns.indexOf('inputs_left'), file.columns.indexOf('inputs_left') + 2);
    expect([0, 4, 6].map(cell)).toEqual([
      [null, null],
      [784, 784],
      [196, 784],
    ]);
  });

  it('writes all stages to the file', () => {
    const { columns, rows } = stageCsv(runs);
    expect(rows).toHaveLength(9);
    expect(rows.map((row) => row.length)).toEqual(rows.map(() => columns.length));
  });
});

describe('differences', () => {
  const view = { runs, points: [], groups: [] };
  it('puts a sweep one run below the other', () => {
    expect(differenceGrid({ ...view, differences: [{ key: 'prune.criterion.lambda', values: ['0.1', '0.2', null] }] })).toEqual({
      columns: ['Run', 'prune.criterion.lambda'],
      rows: [
        ['a', '0.1'],
        ['b', '0.2'],
        ['c', 'not set'],
      ],
    });
  });

  it('puts few runs with many differences beside each other', () => {
    const differences = ['x', 'y', 'z'].map((key) => ({ key, values: ['1', '2', null] }));
    expect(differenceGrid({ ...view, differences }).columns).toEqual(['Setting', 'a', 'b', 'c']);
    expect(differenceGrid({ ...view, differences }).rows[0]).toEqual(['x', '1', '2', 'not set']);
  });
});

describe('groups', () => {
  const group = (label: string, lambda: number | null, mean: number | null, deviation: number | null) => ({
    label,
    lambda,
    n: mean === null ? 0 : deviation === null ? 1 : 3,
    error: mean === null ? null : { mean, deviation },
    keptFraction: mean === null ? null : { mean: 0.05, deviation: deviation === null ? null : 0 },
    unit: mean === null ? null : ('channels' as const),
  });
  const groups = [group('λ=0', 0, 0.0172, 0.0005), group('λ=0.2', 0.2, 0.0151, null), group('none', null, null, null)];

  it('gives mean and deviation, and marks the lowest error in words', () => {
    expect(lambdaGrid(groups).rows).toEqual([
      ['λ=0', 0, 3, '1.72% ± 0.05%', '5.00% ± 0.00%', ''],
      ['λ=0.2', 0.2, 1, '1.51%', '5.00%', 'lowest error'],
      ['none', '–', 0, '–', '–', ''],
    ]);
    expect(spread(null)).toBe('–');
  });

  it('says what is left', () => {
    const of = (...units: ('weights' | 'channels' | 'inputs' | null)[]) => leftTitle(units.map((unit) => ({ unit })));
    expect(of('channels', null)).toBe('Channels left');
    expect(of('weights', 'weights')).toBe('Weights left');
    expect(of('inputs', null, 'inputs')).toBe('Inputs left');
    expect(of(null)).toBe('Weights left');
    expect(of('weights', 'channels')).toBe('Left of what is cut');
    expect(lambdaGrid(groups).columns).toContain('Channels left');
  });

  it('marks none where there is nothing to compare with', () => {
    expect(lambdaGrid(groups.slice(0, 1)).rows[0]!.at(-1)).toBe('');
  });

  it('writes plain numbers to the file', () => {
    expect(lambdaCsv(groups).rows[0]).toEqual(['λ=0', 0, 3, 0.0172, 0.0005, 0.05, 0, 'channels']);
    expect(lambdaCsv(groups).rows[2]).toEqual(['none', null, 0, null, null, null, null, null]);
  });
});
