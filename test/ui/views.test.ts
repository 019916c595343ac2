/** Every view in every kind of theme: a picture of each, and what axe-core finds. */
import { expect, test } from 'vitest';
import { accessibilityProblems } from './axe';
import { useWorkbench } from './use';
import { THEME_NAMES } from './workbench';

const vs = useWorkbench({ width: 1400, height: 1000 });

test('a finished run and a finished sweep, to look at', async () => {
  await vs().open('small.prune.json');
  await vs().press(vs().lens('Prune model'));
  await vs().stages().waitFor({ timeout: 50_000 });
  await vs().open('sweep.prune.json');
  await vs().press(vs().lens('4 variants'));
  await vs().showSidePanel();
  await vs()
    .row(/lambda=0.2.*kept/)
    .first()
    .waitFor({ timeout: 60_000 });
  await expect
    .poll(
      () =>
        vs()
          .page.locator('.sidebar .monaco-list-row', { hasText: /lambda=.*kept/ })
          .count(),
      { timeout: 60_000 },
    )
    .toBe(4);
}, 120_000);

test.each(THEME_NAMES)('the result, %s', async (theme) => {
  await vs().theme(theme);
  await vs().command('View: Close All Editors');
  await vs()
    .row(/small.*kept/)
    .click();
  await vs().stages().waitFor();
  await vs().shot(`result-${theme}`);
  expect(await accessibilityProblems(vs().webview(), 'editor')).toEqual([]);
});

test.each(THEME_NAMES)('the selected run, %s', async (theme) => {
  await vs().theme(theme);
  await vs()
    .row(/small.*kept/)
    .click();
  const inspector = vs().webview('inspector');
  await inspector.getByRole('table').first().waitFor();
  await vs().shot(`inspector-${theme}`);
  expect(await accessibilityProblems(inspector, 'sideBar')).toEqual([]);
});

test.each(THEME_NAMES)('the comparison, %s', async (theme) => {
  await vs().theme(theme);
  await vs().command('View: Close All Editors');
  const rows = vs().page.locator('.sidebar .monaco-list-row', { hasText: /lambda=/ });
  await rows.first().click();
  await rows.last().click({ modifiers: ['Shift'] });
  await vs().contextMenu(rows.last(), 'Compare runs');
  await vs().tab('Compare 4 runs').waitFor();
  const results = vs().webview().getByRole('region', { name: 'Results' });
  for (const label of ['lambda=0 seed=1', 'lambda=0.2 seed=2']) await results.getByText(label).first().waitFor();
  // The pointer rests where the menu was, on a row that has a tooltip.
  await vs().page.mouse.move(0, 0);
  await vs().page.locator('.monaco-hover:visible').waitFor({ state: 'hidden' });
  await vs().shot(`compare-${theme}`);
  expect(await accessibilityProblems(vs().webview(), 'editor')).toEqual([]);
});

test('an open panel follows a change of theme', async () => {
  const colour = () => vs().webview().locator('body').evaluate('getComputedStyle(document.body).color');
  await vs().theme('dark');
  const dark = await colour();
  await vs().theme('light');
  await expect.poll(colour).not.toBe(dark);
});
