/** A real LeNet-300-100, from the lens to the heatmap and the mask in its 28 bands. Two of its pictures are the README's. */
import { expect, test } from 'vitest';
import { useWorkbench } from './use';

const vs = useWorkbench({ width: 1400, height: 1000 });

test('from the lens to the result', async () => {
  await vs().showSidePanel();
  await vs().open('lenet.prune.json');
  await vs().press(vs().lens('Prune model'));
  await vs().stages().waitFor({ timeout: 100_000 });
  await vs()
    .row(/lenet.*kept/)
    .click();
  await vs().webview('inspector').getByRole('table').first().waitFor();
  const rows = vs().webview().getByRole('table', { name: 'Weights of each layer' }).getByRole('row');
  expect(await rows.filter({ hasText: /fc1.*784×300.*235,200/ }).count()).toBe(1);
  await vs().stages().scrollIntoViewIfNeeded();
  await vs().shot('lenet-result');
}, 150_000);

test('every connection that is left is in the heatmap and in the mask', async () => {
  const panel = vs().webview();
  const heatmap = panel.getByRole('region', { name: /First-layer connections/ });
  const mask = panel.getByRole('region', { name: /First-layer mask/ });
  await heatmap.scrollIntoViewIfNeeded();
  await heatmap.locator('canvas').first().waitFor();
  await mask.locator('canvas').first().waitFor();
  // What the canvas shows stands in a table behind it; the counts of its pixels are those of the layer's row.
  await heatmap.getByText('Show as table').click();
  const cells = await heatmap.getByRole('table').getByRole('cell').allInnerTexts();
  const kept = await panel.getByRole('table', { name: 'Weights of each layer' }).getByRole('row').filter({ hasText: 'fc1' }).innerText();
  const total = cells.map(Number).reduce((a, b) => a + b, 0);
  expect(kept).toContain(total.toLocaleString('en'));
  await heatmap.getByText('Show as table').click();
  await heatmap.getByRole('heading').first().scrollIntoViewIfNeeded();
  await vs().shot('lenet-heatmap');
});
