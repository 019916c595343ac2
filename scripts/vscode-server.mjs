// Starts VS Code's server with empty user data, for the tests in the extension host and those in a browser.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheFolder, installVscode } from './vscode-install.mjs';

/** With the flags alone the extension host still asks for experiments, schemas and types on the net. */
const QUIET = {
  'telemetry.telemetryLevel': 'off',
  'workbench.enableExperiments': false,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'typescript.disableAutomaticTypeAcquisition': true,
  'json.schemaDownload.enable': false,
  'npm.fetchOnlinePackageInfo': false,
  'git.enabled': false,
  'remote.autoForwardPorts': false,
  'chat.commandCenter.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'files.simpleDialog.enable': true,
};

/** In the system's temporary folder: the server's sockets lie there, and their paths may have 107 bytes. */
export const scratch = (name) => fs.mkdtempSync(path.join(os.tmpdir(), `prune-lab-${name}-`));

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** What the server inherits. Its home is empty, so the place of kernels and data is named. */
function serverEnv(home, extra) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|VITEST|npm_|NODE_OPTIONS$|NODE_ENV$)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    PRUNE_LAB_CACHE: cacheFolder(),
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    HOME: home,
    TMPDIR: home,
    XDG_RUNTIME_DIR: home,
    ...extra,
  };
}

/**
 * @param {{ settings?: Record<string, unknown>, vsix?: string, trust?: boolean, env?: Record<string, string> }} [options]
 *   settings: the user's. vsix: a package to install first. trust: whether workspaces have to be trusted (default: all are).
 */
export async function startServer({ settings = {}, vsix, trust = false, env = {} } = {}) {
  const vscode = installVscode();
  const home = scratch('vscode');
  const data = path.join(home, 'data');
  fs.mkdirSync(path.join(data, 'User'), { recursive: true });
  fs.writeFileSync(path.join(data, 'User', 'settings.json'), JSON.stringify({ ...QUIET, ...settings }, null, 2));
  const main = path.join(vscode, 'out', 'server-main.js');
  const flags = [
    ...['--user-data-dir', data, '--server-data-dir', path.join(home, 'server'), '--extensions-dir', path.join(home, 'extensions')],
    ...['--telemetry-level', 'off', '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
    ...(trust ? [] : ['--disable-workspace-trust']),
    ...['--accept-server-license-terms', '--enable-smoke-test-driver'],
  ];
  const childEnv = serverEnv(home, env);
  if (vsix) execFileSync(process.execPath, [main, ...flags, '--install-extension', vsix, '--force'], { env: childEnv, stdio: 'ignore' });
  const port = await freePort();
  const child = spawn(process.execPath, [main, '--host', '127.0.0.1', '--port', String(port), '--without-connection-token', ...flags], {
    env: childEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  // Whatever ends this process, the server and its extension hosts, which are of its group, end with it.
  const kill = () => {
    try {
      if (process.platform === 'win32') child.kill();
      else process.kill(-child.pid, 'SIGKILL');
    } catch {
      // They have all ended.
    }
  };
  process.once('exit', kill);
  const log = await listening(child);

  return {
    /** What the server has printed. */
    log,
    /** Its extension host's and the extensions' logs. */
    logs: path.join(home, 'data', 'logs'),
    /**
     * The workbench's address.
     * @param {{ folder?: string | undefined, file?: string | undefined, extension?: string | undefined, suite?: string | undefined }} what
     *   folder or .code-workspace file to open, or a single file in a window without any; an extension in development; a file whose run() is
     *   called in the extension host.
     */
    workbench({ folder, file, extension, suite }) {
      const remote = (file) => `vscode-remote://remote${pathToFileURL(file).pathname}`;
      const payload = [['skipWelcome', 'true']];
      if (extension) payload.push(['extensionDevelopmentPath', remote(extension)]);
      if (suite) payload.push(['extensionTestsPath', remote(suite)]);
      // By the address of the window's own server, as the extension host will name it: else its problems would be another file's.
      if (file) payload.push(['openFile', `vscode-remote://127.0.0.1:${port}${pathToFileURL(file).pathname}`]);
      const what = folder ? { [folder.endsWith('.code-workspace') ? 'workspace' : 'folder']: folder } : { ew: 'true' };
      return `http://127.0.0.1:${port}/?${new URLSearchParams({ ...what, payload: JSON.stringify(payload) })}`;
    },
    async stop() {
      if (child.exitCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        const timer = setTimeout(kill, 5000);
        await ended;
        clearTimeout(timer);
      }
      // Extension hosts wait for their window to come back.
      kill();
      process.off('exit', kill);
      await fs.promises.rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

function listening(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk) => {
      text += chunk;
      if (text.includes('Extension host agent listening')) resolve(() => text);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`VS Code's server ended with ${code}:\n${text}`)));
  });
}
