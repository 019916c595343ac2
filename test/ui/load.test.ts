/** 500 runs in the side panel, and of one of them a result of 2,000 layers: what the page has of it is bounded, and all of it can be found. */
import { expect, test } from 'vitest';
import { lenetReport, manyLayers } from '../fixtures/report';
import { writeRun } from './runs';
import { useWorkbench } from './use';

const RUNS = 500;
const layers = manyLayers(2000);

const vs = useWorkbench({
  prepare: (workspace) => {
    for (let n = 1; n < RUNS; n++) {
      const started = new Date(Date.UTC(2025, 0, 1, 0, n)).toISOString();
      const { times } = lenetReport();
      writeRun(workspace, `run-${n}`, lenetReport({ name: 'many', label: `run ${n}`, times: { ...times, started } }));
    }
    writeRun(workspace, 'deep', lenetReport({ name: 'many', label: 'deep', layers }));
  },
});

test('500 runs are listed, the newest first', async () => {
  await vs().showSidePanel();
  await vs().row(/^deep/).waitFor();
  await vs()
    .row(/500 runs/)
    .waitFor();
});

test('a result of 2,000 layers has 1,000 rows, and finds the others', async () => {
  await vs().row(/^deep/).click();
  await vs().stages().waitFor();
  const section = vs().webview().getByRole('region', { name: 'Layers', exact: true });
  const rows = section.locator('tbody tr');
  await expect.poll(() => rows.count()).toBe(1000);
  expect(await section.getByText('The first 1,000 of 2,000 rows.').isVisible()).toBe(true);
  const elements = await vs().webview().locator('*').count();
  expect(elements).toBeLessThan(15_000);

  await section.getByRole('textbox').fill('fc1999');
  await expect.poll(() => rows.allInnerTexts()).toEqual([expect.stringContaining('fc1999')]);
  expect(await section.getByText('1 of 2,000 layers').isVisible()).toBe(true);
  await section.getByRole('textbox').fill('');
  await section.getByRole('button', { name: /^Kept(?! part)/ }).click();
  await section.getByRole('button', { name: /^Kept(?! part)/ }).click();
  await expect.poll(() => rows.first().innerText()).toContain('fc2000');
});
