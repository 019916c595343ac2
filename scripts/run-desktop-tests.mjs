// npm run test:desktop: the mocha suite of test/editor in VS Code itself, downloaded by @vscode/test-electron. On Linux without a
// display: xvfb-run -a npm run test:desktop.
import fs from 'node:fs';
import { runTests } from '@vscode/test-electron';
import { buildSuite, copyWorkspace, root, tellResults } from './editor-suite.mjs';
import { cacheFolder } from './vscode-install.mjs';

const { folder, workspace, results } = copyWorkspace();
let code = 1;
try {
  code = await runTests({
    version: process.env.VSCODE_VERSION ?? 'stable',
    extensionDevelopmentPath: root,
    extensionTestsPath: buildSuite(),
    extensionTestsEnv: { PRUNE_LAB_TEST_RESULTS: results, PRUNE_LAB_CACHE: cacheFolder() },
    launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust'],
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
}
const { failed } = tellResults(results, code);
fs.rmSync(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
