import { inputNotes, savings } from '../../../src/shared/inputs';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { RunView } from '../../../src/shared/view';
import type { Inputs, Report } from '../../../src/shared/report';
import {
  describePixel,
  droppedColour,
  featureGrid,
  featureRanges,
  keptColour,
  keptText,
  longInputs,
  meanImage,
  outline,
  pixelColours,
  pixelMap,
  savingsGrid,
  shareOfDense,
  type PixelMap,
} from '../../../webview/charts/inputGrid';
import { pictureGrid } from '../../../webview/charts/grid';
import { inputRunGrid, inputRuns } from '../../../webview/parts/inputRuns';
import { croppedReport, inputsReport } from '../../fixtures/inducedReport';
import { lenetReport } from '../../fixtures/report';
import { runRecord } from '../../fixtures/run';

const inputs = (change: Partial<Inputs> = {}): Inputs => ({ ...inputsReport().inputs!, ...change });
const digits = pixelMap(inputs())!;
const colours = pixelMap(croppedReport().inputs!)!;
const light = ([r, g, b]: readonly number[]) => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;

describe('the map of kept inputs', () => {
  it('says how many of a pixel’s channels are kept, and has none where samples are rows of features', () => {
    expect(digits).toMatchObject({ width: 28, height: 28, channels: 1 });
    expect(digits.counts.filter(Boolean)).toHaveLength(196);
    expect(colours).toMatchObject({ width: 32, height: 32, channels: 3 });
    expect(colours.counts[2 * 32 + 2]).toBe(2);
    expect(colours.counts[2 * 32 + 1]).toBe(0);
    expect(pixelMap(inputs({ shape: [20], map: null }))).toBeNull();
  });

  it('is told in words', () => {
    expect(keptText(inputs())).toBe('196 of 784 inputs (25.00%)');
    expect(describePixel({ column: 14, row: 11 }, { ...digits, counts: digits.counts.map(() => 1) }, null)).toBe('row 12, column 15: kept');
    const image = Array.from({ length: 784 }, (_, i) => i % 256);
    expect(describePixel({ column: 3, row: 0 }, digits, image)).toBe('row 1, column 4: dropped, mean 3');
    expect(describePixel({ column: 5, row: 5 }, colours, null)).toBe('row 6, column 6: 2 of 3 channels kept');
    expect(describePixel({ column: 0, row: 5 }, colours, null)).toBe('row 6, column 1: dropped');
  });

  it('says what was cropped and why no more could go', () => {
    expect(inputNotes(croppedReport().inputs!)).toEqual([
      'Cropped: 2 rows at the top, 2 rows at the bottom, 2 columns at the left, 2 columns at the right; 28 × 28 of 32 × 32 pixels are read.',
      ...croppedReport().inputs!.limits,
    ]);
    const [first] = inputNotes(inputs({ crop: { top: 0, bottom: 1, left: 0, right: 3 } }));
    expect(first).toBe('Cropped: 1 row at the bottom, 3 columns at the right; 27 × 25 of 28 × 28 pixels are read.');
    expect(inputNotes(inputs())).toEqual([]);
  });

  it('stands in tables with every pixel in its place', () => {
    const table = pictureGrid(digits, digits.counts);
    expect(table.rows).toHaveLength(28);
    expect(table.rows.flatMap((row) => row.slice(1))).toEqual(digits.counts);
    const file = longInputs(colours, croppedReport().inputs!.classMeans);
    expect(file.columns.slice(0, 5)).toEqual(['row', 'column', 'channels_kept', 'channels', 'mean_airplane']);
    expect(file.rows).toHaveLength(1024);
    expect(file.rows[33]!.slice(0, 4)).toEqual([2, 2, 0, 3]);
    expect(file.rows.every((row) => row.length === file.columns.length)).toBe(true);
  });
});

describe('kept features', () => {
  it('are listed in ranges', () => {
    expect(featureRanges(Uint8Array.of(1, 1, 1, 0, 1, 0, 0, 1, 1))).toBe('1 to 3, 5, 8 to 9');
    expect(featureRanges(Uint8Array.of(0, 0))).toBe('');
    expect(featureGrid(Uint8Array.of(0, 1)).rows).toEqual([
      [1, 'no'],
      [2, 'yes'],
    ]);
  });

  it('are told in full: what is listed is what is kept', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), (kept) => {
        const text = featureRanges(Uint8Array.from(kept, Number));
        const listed = text.split(', ').flatMap((range) => {
          const [first, last = first] = range.split(' to ').map(Number);
          return text ? Array.from({ length: last! - first! + 1 }, (_, i) => first! + i) : [];
        });
        expect(listed).toEqual(kept.flatMap((each, i) => (each ? [i + 1] : [])));
      }),
    );
  });
});

describe('what lies behind it', () => {
  it('is the mean of the classes, each for one', () => {
    const of = (...all: number[][]) => meanImage(all.map((pixels, i) => ({ name: String(i), pixels })));
    expect(of([0, 100, 255], [10, 101, 255])).toEqual([5, 101, 255]);
    expect(of([7])).toEqual([7]);
    expect(of()).toBeNull();
  });

  it('never makes a dropped pixel as light as a kept one', () => {
    const shares = Array.from({ length: 33 }, (_, i) => i / 32);
    const [kept, dropped] = [shares.map((share) => light(keptColour(share))), shares.map((share) => light(droppedColour(share)))];
    expect(Math.max(...dropped)).toBeLessThan(Math.min(...kept));
    for (const all of [kept, dropped]) for (let i = 1; i < all.length; i++) expect(all[i]!).toBeGreaterThan(all[i - 1]!);
  });

  it('colours kept pixels by their brightness, or by their channels where nothing lies behind', () => {
    const map: PixelMap = { width: 4, height: 1, channels: 3, counts: [0, 1, 3, 3] };
    // The brightest pixel ends the scale.
    expect(pixelColours(map, [200, 200, 0, 50])).toEqual([droppedColour(1), keptColour(1), keptColour(0), keptColour(0.25)]);
    expect(pixelColours(map, [0, 0, 0, 0])).toEqual([droppedColour(0), keptColour(0), keptColour(0), keptColour(0)]);
    expect(pixelColours(map, null)).toEqual([droppedColour(0), keptColour(1 / 3), keptColour(1), keptColour(1)]);
  });
});

describe('the outline', () => {
  it('goes round a pixel, and not along the border of the image', () => {
    const map: PixelMap = { width: 3, height: 3, channels: 1, counts: [0, 0, 0, 0, 1, 0, 0, 0, 0] };
    expect(outline(map)).toEqual([
      { x: 1, y: 1, down: true },
      { x: 1, y: 1, down: false },
      { x: 2, y: 1, down: true },
      { x: 1, y: 2, down: false },
    ]);
    expect(outline({ ...map, counts: map.counts.map(() => 1) })).toEqual([]);
  });

  it('is the same of what is kept and of what is dropped, and cuts every row an even number of times', () => {
    const maps = fc.array(fc.boolean(), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(maps, (kept) => {
        const map: PixelMap = { width: 6, height: 5, channels: 1, counts: kept.map(Number) };
        expect(outline({ ...map, counts: kept.map((each) => Number(!each)) })).toEqual(outline(map));
        // Walking along a row, each side that is crossed changes kept to dropped or back.
        for (let y = 0; y < 5; y++) {
          const crossed = outline(map).filter((side) => side.down && side.y === y).length;
          expect(crossed % 2 === 0).toBe(kept[y * 6] === kept[y * 6 + 5]);
        }
      }),
    );
  });
});

describe('what selecting inputs saves', () => {
  it('is told of three networks', () => {
    const all = savings(inputsReport())!;
    expect(all.map(({ params, macs }) => [params, macs])).toEqual([
      [266_610, 266_200],
      [125_810, 125_600],
      [37_610, 37_400],
    ]);
    expect(shareOfDense(all, 2, 'macs')).toBeCloseTo(37_400 / 266_200);
    expect(savingsGrid(all).rows[0]).toEqual(['dense', 266_610, 1, 266_200, 1]);
    expect(savingsGrid(all).rows[1]![2]).toBeCloseTo(125_810 / 266_610);
  });

  it('takes the masked network, which is as large, where the dense one was not measured', () => {
    const report = inputsReport();
    const without = (name: Report['stages'][number]['name']) => ({
      ...report,
      stages: report.stages.filter((stage) => stage.name !== name),
    });
    expect(savings(without('dense'))).toEqual(savings(report));
  });

  it('is nothing of a run that selected none', () => {
    expect(savings(lenetReport())).toBeNull();
  });
});

const view = (label: string, report: Report | null): RunView =>
  RunView.parse({
    folder: `/runs/${label}`,
    run: runRecord({ id: label, label, seed: 3 }),
    state: 'done',
    experiment: label,
    config: null,
    report,
    history: [],
    failure: null,
  });

describe('runs beside each other', () => {
  const keeping = (kept: number) => inputsReport({ inputs: inputs({ kept }) });
  const runs = [view('half', keeping(392)), view('lenet', lenetReport()), view('open', null), view('few', keeping(78))];

  it('are those that select inputs, fewest inputs first', () => {
    expect(inputRuns(runs).map(({ label }) => label)).toEqual(['few', 'half']);
    expect(runs.map(({ run }) => run.label)).toEqual(['half', 'lenet', 'open', 'few']);
  });

  it('are written to a file as plain numbers', () => {
    expect(inputRunGrid(inputRuns(runs)).rows[1]).toEqual(['half', 3, 392, 784, 0.5, 0.0187]);
  });
});
