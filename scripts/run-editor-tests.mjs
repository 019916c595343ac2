// npm run test:editor: the mocha suite of test/editor inside the extension host of VS Code's server, with Chromium as its window.
// GREP=words runs the tests whose names match.
import fs from 'node:fs';
import { format } from 'node:util';
import { launchChromium } from './chromium.mjs';
import { buildSuite, copyWorkspace, root, tellResults } from './editor-suite.mjs';
import { startServer } from './vscode-server.mjs';

const LIMIT_MS = 300_000;

const suite = buildSuite();
const { folder, workspace, results } = copyWorkspace();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
const server = await startServer({ env: { PRUNE_LAB_TEST_RESULTS: results } });
const browser = await launchChromium();
const log = [];
let code = 1;
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on('pageerror', (error) => log.push(`page: ${error.message}`));
  // The two that VS Code calls in a window that was opened for tests; its lines are printf's.
  await page.exposeFunction('codeAutomationLog', (type, args) => {
    if (type === 'error' || type === 'warn') log.push(`${type}: ${format(...args)}`);
  });
  const ended = new Promise((resolve) => page.exposeFunction('codeAutomationExit', resolve));
  await page.goto(server.workbench({ folder: workspace, extension: root, suite }));
  const late = new Promise((resolve) => setTimeout(resolve, LIMIT_MS, 'late').unref());
  code = await Promise.race([ended, late]);
  if (code === 'late') console.error(`The suite took longer than ${LIMIT_MS / 1000} s.`);
} catch (error) {
  console.error(error);
} finally {
  await browser.close();
  await server.stop();
}
const { failed } = tellResults(results, code);
if (failed > 0) console.error(['The window and the server said:', ...log, server.log()].join('\n'));
fs.rmSync(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
