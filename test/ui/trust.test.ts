/** A workspace that nobody has said to trust: read and checked, never run. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { useWorkbench } from './use';

const vs = useWorkbench({ trust: true, settings: { 'security.workspace.trust.startupPrompt': 'never' } });

test('its experiment files are checked', async () => {
  await vs().open('broken.prune.json');
  await vs().page.locator('.editor-instance .squiggly-error').first().waitFor();
});

test('nothing can be run, from anywhere', async () => {
  await vs().open('small.prune.json');
  await vs().page.keyboard.press('Control+Alt+p');
  await vs().page.waitForTimeout(1500);
  expect(await vs().offered('Prune Lab: Prune model')).not.toContain('Prune Lab: Prune model');
  expect(existsSync(path.join(vs().workspace, '.prune'))).toBe(false);
});

test('the side panel says why', async () => {
  await vs().showSidePanel();
  await vs().page.locator('.sidebar', { hasText: 'not trusted' }).waitFor();
  await vs().shot('untrusted');
});
