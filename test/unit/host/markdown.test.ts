import { describe, expect, it } from 'vitest';
import {
  channelTable,
  environmentMarkdown,
  layerTable,
  reportMarkdown,
  savingsTable,
  shortStageTable,
  stageTable,
  table,
} from '../../../src/host/markdown';
import type { Probe } from '../../../src/shared/protocol';
import { densenetReport, preresnetReport } from '../../fixtures/channelReports';
import { croppedReport, inputsReport } from '../../fixtures/inducedReport';
import { lassoReport } from '../../fixtures/lassoReport';
import { lenetReport } from '../../fixtures/report';

/** Cells of a Markdown table, without the rule. */
const cells = (markdown: string) =>
  markdown
    .split('\n')
    .filter((_, i) => i !== 1)
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );

describe('tables', () => {
  it('line up as text, with numbers to the right', () => {
    const columns = [
      ['name', 'left'],
      ['n', 'right'],
    ] as const;
    expect(
      table(columns, [
        ['a', '1'],
        ['bcdef', '22,000'],
      ]).split('\n'),
    ).toEqual(['| name  |      n |', '| ----- | -----: |', '| a     |      1 |', '| bcdef | 22,000 |']);
  });

  it('keep a bar or a line break in a cell from ending it', () => {
    expect(cells(table([['name', 'left']], [['a|b\nc']]))[1]).toEqual(['a\\|b c']);
  });
});

describe('a report', () => {
  const report = lenetReport();

  it('has a row for each stage and each layer', () => {
    expect(cells(stageTable(report)).map(([first]) => first)).toEqual(['stage', ...report.stages.map(({ name }) => name)]);
    expect(cells(shortStageTable(report))).toHaveLength(report.stages.length + 1);
    expect(cells(layerTable(report)).map(([first]) => first)).toEqual(['layer', ...report.layers.map(({ name }) => name)]);
  });

  it('has as many cells in each row as it has titles', () => {
    for (const rows of [cells(stageTable(report)), cells(layerTable(report))]) expect(new Set(rows.map((row) => row.length)).size).toBe(1);
  });

  it('tells inputs where the run selected them, with what they save', () => {
    const text = reportMarkdown(inputsReport(), 'inputs');
    expect(text).toContain('- Kept: 196 of 784 inputs (25.00%)');
    expect(cells(savingsTable(inputsReport())!)).toEqual([
      ['network', 'params', 'of dense', 'MACs', 'of dense'],
      ['dense', '266,610', '100.00%', '266k', '100.00%'],
      ['weights cut', '125,810', '47.19%', '126k', '47.18%'],
      ['weights and inputs cut', '37,610', '14.11%', '37.4k', '14.05%'],
    ]);
    expect(text).toContain(savingsTable(inputsReport()));
    expect(reportMarkdown(croppedReport(), 'crop')).toContain('- Cropped: 2 rows at the top');
    expect(savingsTable(report)).toBeNull();
  });

  it('tells the budget of structured lasso', () => {
    const text = reportMarkdown(lassoReport(), 'lasso');
    expect(text).toContain('- Budget: 136,982,490 multiply-accumulates of at most 137,530,420, at rho 0.0132, 256 calibration samples');
    expect(text).toContain('| stage 4');
  });

  it('is headed by the label that the run has now', () => {
    expect(reportMarkdown(report, 'the one with decay')).toMatch(/^## .*: the one with decay\n/);
    expect(reportMarkdown(report, report.name)).toMatch(new RegExp(`^## ${report.name}\n`));
  });
});

describe('a report of a run that cut channels', () => {
  it('tells the channels stage by stage, the transitions by name, and all together', () => {
    expect(channelTable(lenetReport())).toBeNull();
    const rows = cells(channelTable(densenetReport())!);
    expect(rows.map(([name, layers, total]) => [name, layers, total])).toEqual([
      ['channels of', 'layers', 'channels'],
      ['stage 1', '12', '1,080'],
      ['transition1_bn (transition)', '1', '168'],
      ['stage 2', '12', '2,808'],
      ['transition2_bn (transition)', '1', '312'],
      ['stage 3', '13', '4,992'],
      ['all', '39', '9,360'],
    ]);
    expect(rows.at(-1)!.slice(3)).toEqual(['2,808', '30.00%']);
  });

  it('counts channels in its facts, and writes convolutions as such', () => {
    const text = reportMarkdown(preresnetReport(), 'preresnet');
    expect(text).toContain('- Kept: 4,845 of 12,112 channels (40.00%)\n');
    expect(text).toContain('- Network rebuilt 12 times: 41 s in place of 1 min 06 s (estimated from the first epoch)\n');
    expect(text).toMatch(/\| stem_conv +\| 3×3×3→16 +\| 3×3×3→16 +\|/);
    expect(reportMarkdown(lenetReport(), 'quick')).not.toContain('channels');
  });
});

describe('the environment', () => {
  const probe: Probe = {
    versions: {
      pruneLab: '0.1.0',
      node: 'v20.20.2',
      tfjs: '4.22.0',
      tensorflow: '2.18.0',
      platform: 'linux-x64',
      cpu: 'a cpu',
      threads: 2,
      oneDNN: true,
    },
    kernels: { from: 'cache', source: 'tensorflow-cpu wheel + compiled addon', folder: '/cache/kernels' },
    checks: [{ name: 'matmul 2×2', maxAbsDiff: 0, ok: true }],
    startMs: 250.4,
  };

  it('says that all is well, and where the kernels came from', () => {
    const text = environmentMarkdown(probe, 'cache');
    expect(text).toContain('Everything works');
    expect(text).toContain("tensorflow-cpu wheel + compiled addon (the user's cache)");
    expect(text).toContain('`/cache/kernels`');
  });

  it('names the place where the editor found the kernels, whatever the child was told', () => {
    const told: Probe = { ...probe, kernels: { ...probe.kernels, from: 'override' } };
    expect(environmentMarkdown(told, 'storage')).toContain("(this extension's storage)");
    expect(environmentMarkdown(told, 'override')).toContain('(the folder in PRUNE_LAB_KERNELS)');
  });

  it('names the check that failed', () => {
    const text = environmentMarkdown({ ...probe, checks: [...probe.checks, { name: 'convolution', maxAbsDiff: 1, ok: false }] }, 'cache');
    expect(text).toContain('compute wrongly here** (convolution)');
  });

  it('does not call it well where nothing was checked', () => {
    expect(environmentMarkdown({ ...probe, checks: [] }, 'cache')).not.toContain('Everything works');
  });
});
