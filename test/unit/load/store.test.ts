/** A store with many runs: what is read, how often, and how many files are open at a time. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type * as fs from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Scanner } from '../../../src/host/scan';
import { RUN_FILES, RUNS_FOLDER } from '../../../src/shared/ids';
import { sealed } from '../../../src/store/seal';
import { listRuns } from '../../../src/store/read';
import { readRunView } from '../../../src/store/view';
import { runs } from '../../../src/terminal/commands/runs';
import { tempFolders } from '../../fixtures/folders';
import { lenetReport } from '../../fixtures/report';
import { runRecord } from '../../fixtures/run';
import { mostOpen } from './counted';

const reads = vi.hoisted(() => ({ files: [] as string[] }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const readFile = (file: string, encoding: BufferEncoding) => {
    reads.files.push(file);
    return real.readFile(file, encoding);
  };
  return { ...real, readFile };
});

/** How often each file was read, by its name. */
function byName(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const file of reads.files) counts[basename(file)] = (counts[basename(file)] ?? 0) + 1;
  return counts;
}

const RUNS = 500;
const { work } = tempFolders('many-runs');
const root = join(work, RUNS_FOLDER);
const folders = Array.from({ length: RUNS }, (_, i) => join(root, `run-${i}`));

beforeAll(() => {
  const report = JSON.stringify(lenetReport());
  folders.forEach((folder, i) => {
    mkdirSync(folder, { recursive: true });
    const created = new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString();
    writeFileSync(join(folder, RUN_FILES.run), JSON.stringify(sealed(runRecord({ id: `run-${i}`, label: `run ${i}`, created }))));
    writeFileSync(join(folder, RUN_FILES.config), JSON.stringify({ name: 'many', seed: i }));
    writeFileSync(join(folder, RUN_FILES.report), report);
  });
});
beforeEach(() => (reads.files = []));

describe(`${RUNS} runs`, () => {
  it('are listed from their records alone, each read once', async () => {
    const listed = await listRuns(root);
    expect(listed.map(({ folder }) => folder)).toEqual([...folders].reverse());
    expect(byName()).toEqual({ [RUN_FILES.run]: RUNS });
  });

  it('are shown by the side panel from record and experiment, the experiment only the first time', async () => {
    const scanner = new Scanner();
    const scanned = await scanner.scan(work);
    expect(scanned).toHaveLength(RUNS);
    expect(scanned.every((entry) => 'run' in entry && entry.experiment === 'many')).toBe(true);
    expect(byName()).toEqual({ [RUN_FILES.run]: RUNS, [RUN_FILES.config]: RUNS });
    reads.files = [];
    await scanner.scan(work);
    expect(byName()).toEqual({ [RUN_FILES.run]: RUNS });
    reads.files = [];
    expect(await scanner.read(folders[7]!, work)).toMatchObject({ folder: folders[7], experiment: 'many' });
    expect(reads.files).toEqual([join(folders[7]!, RUN_FILES.run)]);
  });

  it('are printed by the terminal without reading a report', async () => {
    const lines: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(work);
    try {
      expect(await runs([])).toBe(0);
    } finally {
      write.mockRestore();
      cwd.mockRestore();
    }
    expect(lines.join('').match(/run-\d+/g)).toHaveLength(RUNS);
    expect(byName()).toEqual({ [RUN_FILES.run]: RUNS });
  });

  it('are compared with each file read once', async () => {
    await Promise.all(folders.slice(0, 100).map(readRunView));
    expect(byName()).toEqual({ [RUN_FILES.run]: 100, [RUN_FILES.config]: 100, [RUN_FILES.report]: 100 });
  });

  it.runIf(process.platform === 'linux')('are never all open at a time', async () => {
    expect(await mostOpen(() => new Scanner().scan(work))).toBeLessThanOrEqual(64);
    expect(await mostOpen(() => Promise.all(folders.map(readRunView)))).toBeLessThanOrEqual(64);
  });
});
