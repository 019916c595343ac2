/** A report of 2,000 layers: each text of it is made by looking at each layer a few times, and what a page shows of it is bounded. */
import { describe, expect, it } from 'vitest';
import { reportMarkdown } from '../../../src/host/markdown';
import { Report, type ChannelRow } from '../../../src/shared/report';
import { coloursFor } from '../../../src/terminal/text';
import { reportText } from '../../../src/terminal/tables';
import { barLabels, histogramSeries, layerBars, sourceBars } from '../../../webview/charts/bars';
import { firstRows, MOST_ROWS } from '../../../webview/parts/firstRows';
import { densenetReport } from '../../fixtures/channelReports';
import { lenetReport, manyLayers } from '../../fixtures/report';
import { countedReads } from './counted';

const LAYERS = 2000;
const deep = (count: number): Report => {
  const histogram = lenetReport().weightHistogram;
  const counts = histogram.edges.slice(1).map(() => 1);
  return Report.parse(
    lenetReport({
      layers: manyLayers(count),
      weightHistogram: { ...histogram, layers: manyLayers(count).map(({ name }) => ({ name, counts })) },
    }),
  );
};
/** With channels cut in each layer, each its own stage, so that nothing is put together. */
const wide = (count: number): Report => {
  const report = densenetReport();
  const [first] = report.channels!.layers;
  const layers = Array.from({ length: count }, (_, i): ChannelRow => ({ ...first!, layer: `bn${i + 1}`, stage: 1 + (i % 3) }));
  return { ...report, channels: { ...report.channels!, layers }, layers: manyLayers(count) };
};

const TEXTS = {
  terminal: (report: Report) => reportText(report, 'runs/deep', coloursFor({})),
  markdown: (report: Report) => reportMarkdown(report, 'deep'),
  bars: (report: Report) => layerBars(report),
  sources: (report: Report) => sourceBars(report.channels),
};

describe.each(Object.entries(TEXTS))('%s', (_name, text) => {
  it.each([
    ['weights', deep],
    ['channels', wide],
  ])('of many layers with %s looks at each a few times, however many there are', (_what, reportOf) => {
    const looks = (count: number) => {
      const report = reportOf(count);
      const [layers, channels] = [countedReads(report.layers), countedReads(report.channels?.layers ?? [])];
      text({ ...report, layers: layers.values, channels: report.channels && { ...report.channels, layers: channels.values } });
      return layers.count() + channels.count();
    };
    expect(looks(2 * LAYERS)).toBeLessThanOrEqual(2 * looks(LAYERS) + 10);
    expect(looks(LAYERS)).toBeLessThanOrEqual(20 * LAYERS);
  });
});

describe(`${LAYERS} layers`, () => {
  it('are told by kind on the terminal, and one by one where they are copied', () => {
    const report = deep(LAYERS);
    expect(TEXTS.terminal(report).split('\n').length).toBeLessThan(100);
    expect(TEXTS.markdown(report)).toContain(`| fc${LAYERS} `);
  });

  it('have a bounded number of elements on a page, and say what is not shown', () => {
    const { rows, note } = firstRows(deep(LAYERS).layers);
    expect(rows.map(({ name }) => name)).toEqual(manyLayers(MOST_ROWS).map(({ name }) => name));
    expect(note).toBe('The first 1,000 of 2,000 rows. All of them are in what is copied or saved.');
    expect(firstRows(manyLayers(MOST_ROWS)).note).toBeNull();
    expect(firstRows([])).toEqual({ rows: [], note: null });
  });

  it('are one series of the histogram, and numbered bars', () => {
    const { weightHistogram } = deep(LAYERS);
    expect(histogramSeries(weightHistogram, null)).toHaveLength(1);
    const { bars } = layerBars(deep(LAYERS));
    expect(barLabels(bars.map(({ name }, i) => ({ name, place: i + 1 }))).at(-1)).toBe(String(LAYERS));
  });
});
