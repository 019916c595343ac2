/** A single experiment file in a window without a folder. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { useWorkbench } from './use';

const FILE = 'small.prune.json';

const vs = useWorkbench({
  opens: { loneFile: FILE },
  expected: /^Runs are kept in a workspace folder/,
  prepare: (workspace) => {
    const file = path.join(workspace, FILE);
    // JSON with comments, as in a folder.
    writeFileSync(file, readFileSync(file, 'utf8').replace('{', '{ // alone\n'));
  },
});

const problems = () => vs().page.locator('.editor-instance .squiggly-error');

test('is enough for its lenses, and has no problem', async () => {
  await vs().lens('Prune model').waitFor();
  await vs().lens('Dry run').waitFor();
  await vs().page.waitForTimeout(1500);
  expect(await problems().count()).toBe(0);
  await vs().status('Prune Lab experiment').waitFor();
});

test('hovers explain its keys, by the schema and by the experiment', async () => {
  const key = vs()
    .page.locator('.view-line span', { hasText: /^"?keep"?$/ })
    .last();
  const hover = vs().page.locator('.monaco-hover:visible');
  await key.hover();
  await hover.getByText('Keeps 1922 of').waitFor();
  await hover
    .getByText(/Fraction of/)
    .first()
    .waitFor();
  await vs().shot('lone');
});

test('a run is refused with what to do, and nothing is written beside the file', async () => {
  await vs().press(vs().lens('Prune model'));
  const message = vs().notification('Runs are kept in a workspace folder');
  await message.waitFor();
  await message.getByRole('button', { name: 'Open folder' }).waitFor();
  expect(existsSync(path.join(vs().workspace, '.prune'))).toBe(false);
});

test('mistakes are underlined, and keys are completed', async () => {
  const { page } = vs();
  await page.locator('.view-line').first().click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.type('"nmae": 1,');
  await problems().first().waitFor();
  for (let i = 0; i < 10; i++) await page.keyboard.press('Backspace');
  await problems().first().waitFor({ state: 'detached' });
  await page.keyboard.type('"sw');
  await page.keyboard.press('Control+Space');
  await page.locator('.suggest-widget .monaco-list-row', { hasText: 'sweep' }).first().waitFor();
});
