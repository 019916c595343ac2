/** axe-core in a webview's document. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { FrameLocator } from 'playwright-core';
import { z } from 'zod';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const Violations = z.array(
  z.object({ id: z.string(), help: z.string(), nodes: z.array(z.object({ target: z.array(z.unknown()), failureSummary: z.string() })) }),
);

/**
 * What axe finds wrong, a line each. A webview lets its surroundings shine through, which axe cannot see: the page gets their colour before
 * contrasts are measured.
 */
export async function accessibilityProblems(webview: FrameLocator, behind: 'editor' | 'sideBar'): Promise<string[]> {
  const body = webview.locator('body');
  await body.evaluate(`document.documentElement.style.background = 'var(--vscode-${behind}-background)'`);
  await body.evaluate(`(() => { ${SOURCE} })()`);
  const found = Violations.parse(
    await body.evaluate('axe.run(document, { resultTypes: ["violations"] }).then((results) => results.violations)'),
  );
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${JSON.stringify(node.target)}: ${node.failureSummary}`),
  );
}
