/** VS Code in a window, as a person uses it: keys, clicks, and what stands on the screen. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { launchChromium } from '../../scripts/chromium.mjs';
import { scratch, startServer } from '../../scripts/vscode-server.mjs';

const root = path.resolve(import.meta.dirname, '..', '..');
export const SCREENSHOTS = path.resolve(process.env['SCREENSHOTS'] ?? path.join(root, 'dist', 'test', 'screenshots'));

/**
 * What VS Code itself says. Of code-server's own front end, which is not installed: a licence check, its icons, and a service worker for
 * installing it as an app. On a reload, that its connection was closed.
 */
const HARMLESS =
  /favicon|\/vsda|_static\/out\/browser\/serviceWorker\.js|manifest\.json|^A bad HTTP response code \(404\) was received when fetching the script\.$|\[lifecycle\] Long running operations during shutdown|Channel has been closed|IndexedDB database 'vscode-web-db' is closed|\[vscode\.json-language-features\] provider FAILED/;

/** A theme of each kind, and the class that the window has in it. */
export const THEMES = {
  light: ['Default Light Modern', 'vs'],
  dark: ['Default Dark Modern', 'vs-dark'],
  'high-contrast-dark': ['Default High Contrast', 'hc-black'],
  'high-contrast-light': ['Default High Contrast Light', 'hc-light'],
} as const;
export type Theme = keyof typeof THEMES;
export const THEME_NAMES = Object.keys(THEMES) as Theme[];

export interface Options {
  settings?: Record<string, unknown>;
  /** Workspaces have to be trusted first. */
  trust?: boolean;
  width?: number;
  height?: number;
  /** A packaged extension to install, in place of this checkout as an extension in development. */
  vsix?: string;
  /** Folder of the extension in development, if it is not this checkout. */
  extension?: string;
  /** Changes the copy of the fixture workspace before it is opened. */
  prepare?: (workspace: string) => void;
  /** What is opened of the workspace: a .code-workspace file in it, or a single file in a window without a folder (default: its folder). */
  opens?: { workspaceFile: string } | { loneFile: string };
  /** Of the server and what it starts, beside this process's own. */
  env?: Record<string, string>;
  /** A message of an error that the tests bring about: the editor writes what it shows to the console too. */
  expected?: RegExp;
}

export class Workbench {
  /** What must not happen while the tests run: errors on the console, broken content policies, unhandled rejections. */
  readonly problems: string[] = [];

  private constructor(
    readonly page: Page,
    readonly workspace: string,
    private readonly server: Awaited<ReturnType<typeof startServer>>,
    private readonly browser: Browser,
  ) {}

  static async start(options: Options = {}): Promise<Workbench> {
    const {
      settings = {},
      trust = false,
      width = 1280,
      height = 800,
      vsix,
      extension = root,
      prepare,
      opens,
      env = {},
      expected,
    } = options;
    mkdirSync(SCREENSHOTS, { recursive: true });
    const workspace = path.join(scratch('ui'), 'workspace');
    cpSync(path.join(root, 'test', 'fixtures', 'workspace'), workspace, { recursive: true });
    prepare?.(workspace);
    const server = await startServer({ settings, trust, env, ...(vsix && { vsix }) });
    const browser = await launchChromium();
    const context = await browser.newContext({ viewport: { width, height } });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const workbench = new Workbench(page, workspace, server, browser);
    workbench.watch(expected);
    const file = opens && path.join(workspace, 'loneFile' in opens ? opens.loneFile : opens.workspaceFile);
    const what = opens && 'loneFile' in opens ? { file } : { folder: file ?? workspace };
    await page.goto(server.workbench({ ...what, extension: vsix ? undefined : extension }));
    await workbench.ready(opens !== undefined);
    return workbench;
  }

  /** Where the editor keeps what it and its extensions store: gone when the window is. */
  get storage(): string {
    return path.join(path.dirname(this.server.logs), 'User', 'globalStorage');
  }

  private watch(expected?: RegExp) {
    const { page, problems } = this;
    page.on('console', (message) => {
      const { url, lineNumber, columnNumber } = message.location();
      if (message.type() !== 'error' || HARMLESS.test(message.text()) || HARMLESS.test(url) || expected?.test(message.text())) return;
      problems.push(`console: ${message.text()} (${url}:${lineNumber + 1}:${columnNumber + 1})`);
    });
    page.on('pageerror', (error) => problems.push(`uncaught: ${error.stack ?? error.message}`));
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      const isHere = hostname === '127.0.0.1' || hostname.endsWith('.vscode-resource.vscode-cdn.net');
      if (/^(http|ws)/.test(protocol) && !isHere) problems.push(`a request to ${hostname}`);
    });
  }

  /** The workbench stands and has looked at the folder. */
  private async ready(isPart: boolean) {
    await this.page.locator('.activitybar a.action-label[aria-label^="Prune Lab"]').waitFor();
    if (isPart) return;
    await this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'notes.md' }).waitFor();
  }

  async reload() {
    await this.page.reload();
    await this.page.locator('.activitybar a.action-label[aria-label^="Prune Lab"]').waitFor();
  }

  /** Errors of the extension host: rejections that nobody handled are written there alone. */
  private hostErrors(): string[] {
    const files = readdirSync(this.server.logs, { recursive: true, encoding: 'utf8' }).filter((name) => /exthost.*\.log$/.test(name));
    return files
      .flatMap((name) => readFileSync(path.join(this.server.logs, name), 'utf8').split('\n'))
      .filter((line) => /\[error\]|rejected promise not handled|UnhandledPromiseRejection/i.test(line))
      .filter((line) => !HARMLESS.test(line));
  }

  /** Returns what went wrong while it ran. */
  async stop(): Promise<string[]> {
    const errors = this.hostErrors();
    await this.browser.close();
    await this.server.stop();
    rmSync(path.dirname(this.workspace), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    return [...this.problems, ...errors];
  }

  // ---- keys and commands ------------------------------------------------------------------------------------------------

  private async quickInput(text: string) {
    const input = this.page.locator('.quick-input-widget input.input');
    await input.waitFor({ state: 'visible' });
    await input.fill(text);
  }

  /** A row of the list of choices. */
  choice(text: string | RegExp): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  }

  private async showPalette() {
    const input = this.page.locator('.quick-input-widget input.input');
    // A webview that is just being shown may swallow a key.
    for (let tries = 0; tries < 5; tries++) {
      await this.page.keyboard.press('F1');
      const shown = input.waitFor({ state: 'visible', timeout: 2000 }).then(
        () => true,
        () => false,
      );
      if (await shown) return;
    }
  }

  /** Runs a command from the palette, with keys only. */
  async command(title: string) {
    // The palette lists what there was when it opened, and a window is there before the extension is.
    for (let tries = 0; tries < 6; tries++) {
      await this.showPalette();
      await this.quickInput(`>${title}`);
      const shown = this.choice(title).waitFor({ timeout: 5000 });
      if (await shown.then(() => true).catch(() => false)) break;
      await this.page.keyboard.press('Escape');
    }
    await this.choose(title, `>${title}`);
  }

  /** Chooses from the list that is open, with keys only. */
  async choose(text: string, typed = text) {
    await this.quickInput(typed);
    await this.choice(text).waitFor();
    // Enter takes the row that has the focus. The list follows the text after a moment, and begins with what was used last.
    const focused = this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text });
    for (let tries = 0; tries < 10 && (await focused.count()) === 0; tries++) {
      await this.page.waitForTimeout(200);
      if ((await focused.count()) === 0) await this.page.keyboard.press('ArrowDown');
    }
    await this.page.keyboard.press('Enter');
  }

  /** Titles that the palette offers for `text`. */
  async offered(text: string): Promise<string[]> {
    await this.showPalette();
    await this.quickInput(`>${text}`);
    await this.page.waitForTimeout(500);
    const rows = await this.page.locator('.quick-input-list .monaco-list-row .label-name').allInnerTexts();
    await this.page.keyboard.press('Escape');
    return rows.map((row) => row.replaceAll('\u00a0', ' '));
  }

  async open(name: string) {
    await this.page.keyboard.press('Control+p');
    await this.choose(name);
    await this.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
  }

  /** Switches by the workspace's settings: the list of themes closes when a webview takes the focus. */
  async theme(theme: Theme) {
    const [name, kind] = THEMES[theme];
    const folder = path.join(this.workspace, '.vscode');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'settings.json'), JSON.stringify({ 'workbench.colorTheme': name }));
    await this.page.locator(`.monaco-workbench.${kind}`).waitFor();
  }

  // ---- what is on the screen ----------------------------------------------------------------------------------------------

  lens(text: string | RegExp): Locator {
    return this.page.locator('.codelens-decoration a, .codelens-decoration span', { hasText: text }).first();
  }

  /** Clicks a lens, once it stands still: just after a file is opened they are still being placed. */
  async press(lens: Locator) {
    await lens.waitFor();
    const place = async () => JSON.stringify(await lens.boundingBox());
    let before = '';
    for (let still = 0; still < 4; still = before === (before = await place()) ? still + 1 : 0) await this.page.waitForTimeout(150);
    await lens.click();
  }

  status(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item', { hasText: text }).first();
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast', { hasText: text }).first();
  }

  tab(text: string | RegExp): Locator {
    return this.page.locator('.tab', { hasText: text }).first();
  }

  row(text: string | RegExp): Locator {
    return this.page.locator('.sidebar .monaco-list-row', { hasText: text }).first();
  }

  async contextMenu(row: Locator, item: string) {
    await row.click({ button: 'right' });
    const entry = this.page.locator('.monaco-menu .action-menu-item', { hasText: item });
    await entry.hover();
    // A menu takes no click in its first moments, lest the one that opened it should count.
    await this.page.waitForTimeout(300);
    await entry.click();
    await this.page.locator('.monaco-menu').waitFor({ state: 'detached' });
  }

  /** By the command: a click on the icon would hide a side bar that a reload is just bringing back. */
  async showSidePanel() {
    await this.command('Focus on Runs View');
    await this.page.locator('.sidebar .pane-header', { hasText: 'Runs' }).first().waitFor();
  }

  /** The document of the webview in sight: of the editor area (result, comparison), or of the side bar (the run at a glance). */
  webview(where: 'panel' | 'inspector' = 'panel'): FrameLocator {
    const kind = where === 'panel' ? ':not([src*="purpose="])' : '[src*="purpose=webviewView"]';
    return this.page.frameLocator(`iframe.webview.ready${kind}:visible`).first().frameLocator('iframe#active-frame');
  }

  stages(): Locator {
    return this.webview().getByRole('table', { name: 'The networks of the run' });
  }

  /** Does the page of the panel need no scrolling sideways? */
  fits(): Promise<unknown> {
    return this.webview().locator('body').evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');
  }

  shot(name: string) {
    return this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  }
}
