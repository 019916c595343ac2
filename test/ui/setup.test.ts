/**
 * "Set up native kernels" as a person uses it, on a machine that has none. It downloads 230 MB and compiles, so it is not among the others:
 * PRUNE_LAB_TEST_SETUP=1 npx vitest run --project ui test/ui/setup.test.ts
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePackage } from './packaged';
import { Workbench } from './workbench';

/** Of the progress; the messages write it small. */
const TITLE = /Native kernels/;

describe.runIf(process.env['PRUNE_LAB_TEST_SETUP'] === '1')('native kernels, set up from the editor', () => {
  let vs: Workbench;
  const folders: string[] = [];

  beforeAll(async () => {
    const { folder, vsix } = makePackage();
    const cache = mkdtempSync(path.join(tmpdir(), 'prune-lab-no-cache-'));
    folders.push(folder, cache);
    const env = { PRUNE_LAB_CACHE: cache, XDG_CACHE_HOME: cache, PRUNE_LAB_KERNELS: '' };
    vs = await Workbench.start({ vsix, env });
  });

  afterAll(async () => {
    const problems = await vs.stop();
    const left = folders.slice(1).flatMap((cache) => readdirSync(cache));
    for (const folder of folders) rmSync(folder, { recursive: true });
    expect(problems).toEqual([]);
    // The editor's copy lies in the extension's own storage; the user's cache is the terminal's.
    expect(left).not.toContain('kernels');
  });

  const kernels = () => path.join(vs.storage, 'prune-lab.prune-lab', 'kernels');
  const inKernels = () => (existsSync(kernels()) ? readdirSync(kernels()) : []);

  /** Everything that the notification says until it is gone. */
  async function followProgress(limitMs: number): Promise<string[]> {
    const said: string[] = [];
    const toast = vs.notification(TITLE);
    await toast.waitFor();
    for (const end = Date.now() + limitMs; (await toast.count()) > 0; await vs.page.waitForTimeout(100)) {
      const text = await toast.innerText({ timeout: 1000 }).catch(() => '');
      if (text && text !== said.at(-1)) said.push(text);
      if (Date.now() > end) throw new Error(`It has not ended:\n${said.join('\n')}`);
    }
    return said;
  }

  test('a run that lacks them offers to set them up; cancelled, nothing is left and nothing was started', async () => {
    await vs.open('small.prune.json');
    await vs.press(vs.lens('Prune model'));
    const offer = vs.notification('not set up yet');
    await offer.waitFor();
    await vs.shot('kernels-missing');
    await offer.getByRole('button', { name: 'Set up native kernels' }).click();
    await vs.notification(/downloading .*[1-9]\d?% of \d+ MB/).waitFor({ timeout: 60_000 });
    expect(inKernels()).toHaveLength(1);
    // By the title: the text is another one in a moment.
    await vs.notification(TITLE).getByRole('button', { name: 'Cancel' }).click();
    await vs.status('was cancelled').waitFor();
    expect(inKernels()).toEqual([]);
    expect(commandLines().filter((line) => line.includes(kernels()))).toEqual([]);
    expect(existsSync(path.join(vs.workspace, '.prune'))).toBe(false);
  }, 120_000);

  test('from the palette to its end, with its progress', async () => {
    await vs.command('Prune Lab: Set up native kernels');
    const said = (await followProgress(560_000)).join('\n');
    for (const step of ['downloading', 'checking the digest', 'unpacking', 'compiling', 'loading']) expect(said).toContain(step);
    await vs.notification('The native kernels are set up: TensorFlow').waitFor();
    expect(inKernels()).toHaveLength(1);
  }, 600_000);

  test('asked for again it says that they are there', async () => {
    await vs.command('Prune Lab: Set up native kernels');
    await vs.notification('are there already').waitFor();
    await vs.command('Notifications: Clear All Notifications');
  });

  test('"Check environment" finds them, and an experiment runs', async () => {
    await vs.command('Prune Lab: Check environment');
    await vs.tab('Environment.md').waitFor({ timeout: 40_000 });
    await vs.page.locator('.view-lines', { hasText: 'prune-lab.prune-lab' }).waitFor();
    await vs.shot('environment');
    await vs.open('small.prune.json');
    await vs.press(vs.lens('Prune model'));
    await vs.stages().waitFor({ timeout: 50_000 });
  }, 120_000);
});

/** Of all processes, where the system tells. */
function commandLines(): string[] {
  if (process.platform !== 'linux') return [];
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.flatMap((id) => {
    try {
      return [readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      return [];
    }
  });
}
