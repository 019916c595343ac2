/** Archives: nothing is written outside of the folder, no more than is allowed, and what is unpacked was whole. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { unpack } from '../../../src/setup/archive';
import { tempFolders } from '../../fixtures/folders';
import { tarGz, writeZip } from '../setup/fixtures';
import { outcomeOf, PATIENCE, runs } from './inputs';
import { damagedBytes } from './mutations';

const { newFolder } = tempFolders('fuzz-archive');

const MOST = 20_000;

test(
  'zip and tar',
  async () => {
    const outer = newFolder();
    const archive = path.join(outer, 'archive');
    let unpacked = 0;
    const entries = [
      { name: 'a/one.txt', data: 'one' },
      { name: 'a/two.bin', data: Buffer.alloc(3000, 7) },
      { name: 'b.txt', data: 'three' },
    ];
    writeZip(archive, entries);
    const zip = readFileSync(archive);
    const tar = gunzipSync(tarGz([...entries, { name: 'a/link', data: '', link: 'one.txt' }]));
    const input = fc.oneof(
      damagedBytes([zip]),
      damagedBytes([gzipSync(tar)]),
      // Behind gzip's check sum.
      damagedBytes([tar]).map((bytes) => gzipSync(bytes, { level: 1 })),
    );
    await fc.assert(
      fc.asyncProperty(input, async (bytes) => {
        // One of its own each time: writers of a damaged archive may still be closing their files in the last.
        const folder = path.join(outer, `in-${unpacked++}`);
        mkdirSync(folder);
        writeFileSync(archive, bytes);
        await outcomeOf(bytes.length, () => unpack(archive, folder, (entry) => entry, { mostBytes: MOST, mostEntries: 50 }));
        expect(readdirSync(outer).filter((name) => !/^(archive|in-\d+)$/.test(name))).toEqual([]);
        const files = readdirSync(folder, { recursive: true }).map((name) => lstatSync(path.join(folder, String(name))));
        expect(files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0)).toBeLessThanOrEqual(MOST);
      }),
      runs('archives'),
    );
  },
  PATIENCE,
);
