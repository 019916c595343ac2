/** What the package passes on of others: pinned, and under licences that allow it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { components, isPermissive, licenceList, packageOf, sbom, writeLicences } from '../../../scripts/licences.mjs';
import { BUNDLED } from '../../../scripts/stamps.mjs';
import { tempFolders } from '../../fixtures/folders';

const { newFolder } = tempFolders('licences');
const root = path.join(__dirname, '../../..');

describe('the packages in dist', () => {
  const { found, problems } = components(root);

  it('are pinned by digests and may be passed on', () => {
    expect(problems).toEqual([]);
    for (const { integrity, license } of found)
      expect([integrity, license]).toEqual([expect.stringMatching(/^sha512-/), expect.any(String)]);
  });

  it('are those that the programs are made of, and what these bring bundled', () => {
    const names = found.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'zod',
        '@tensorflow/tfjs-core',
        '@tensorflow/tfjs-node',
        'node-api-headers',
        'chart.js',
        'yauzl',
        'tar',
        'minipass',
        'yallist',
      ]),
    );
    for (const tool of ['esbuild', 'vitest', 'typescript', 'playwright-core']) expect(names).not.toContain(tool);
  });

  it('are listed with name, version, digest and licence', () => {
    const list = sbom({ name: 'own', version: '1.0.0', license: 'MIT' }, found) as { components: Record<string, unknown>[] };
    expect(list).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5', metadata: { component: { name: 'own' } } });
    expect(list.components).toHaveLength(found.length);
    expect(new Set(list.components.map((one) => one['bom-ref'])).size).toBe(found.length);
    const zod = found.find(({ name }) => name === 'zod')!;
    expect(list.components).toContainEqual({
      ...{ type: 'library', 'bom-ref': 'node_modules/zod', name: 'zod', version: zod.version, purl: `pkg:npm/zod@${zod.version}` },
      hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) as string }],
      licenses: [{ license: { id: 'MIT' } }],
    });
    const text = licenceList({ name: 'own' }, found);
    expect(text).toContain(`zod ${zod.version}: MIT`);
    expect(text).toContain(zod.text!);
  });
});

describe('a package that cannot be passed on', () => {
  const write = (entry: object) => {
    const folder = newFolder();
    mkdirSync(path.join(folder, 'dist'));
    mkdirSync(path.join(folder, 'node_modules/one'), { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'own', version: '1.0.0', license: 'MIT' }));
    writeFileSync(path.join(folder, 'node_modules/one/package.json'), '{}');
    writeFileSync(path.join(folder, BUNDLED), JSON.stringify(['node_modules/one']));
    writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify({ packages: { 'node_modules/one': entry } }));
    return folder;
  };
  const good = { version: '1.2.3', license: 'ISC', integrity: `sha512-${Buffer.alloc(64).toString('base64')}` };

  it.each([
    ['has no digest', { ...good, integrity: undefined }, 'one is not pinned'],
    ['has a weak digest', { ...good, integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }, 'one is not pinned'],
    ['has no licence', { ...good, license: undefined }, 'the licence (none)'],
    ['has a copyleft licence', { ...good, license: 'GPL-3.0-only' }, 'the licence GPL-3.0-only'],
  ])('as it %s fails the list', (_, entry, problem) => {
    const folder = write(entry);
    expect(() => writeLicences(folder)).toThrow(problem);
    expect(existsSync(path.join(folder, 'dist/sbom.cdx.json'))).toBe(false);
  });

  it('is told from one that can', () => {
    const folder = write(good);
    expect(writeLicences(folder)).toBe(1);
    expect(readFileSync(path.join(folder, 'dist/licences.txt'), 'utf8')).toContain('one 1.2.3: ISC');
  });
});

it('reads expressions of licences', () => {
  expect(['MIT', '(MIT OR GPL-2.0)', 'Apache-2.0 AND MIT', '(BSD-3-Clause AND Apache-2.0)'].filter((one) => !isPermissive(one))).toEqual(
    [],
  );
  expect(['GPL-2.0', 'MIT AND GPL-2.0', 'UNLICENSED', 'SEE LICENSE IN x', '', undefined].filter(isPermissive)).toEqual([]);
});

it('tells the package of a file', () => {
  expect(packageOf('../x/node_modules/@a/b/node_modules/c/lib/d.js')).toBe('node_modules/@a/b/node_modules/c');
  expect(packageOf('node_modules/@a/b/d.js')).toBe('node_modules/@a/b');
  expect(packageOf('src/extension.ts')).toBeNull();
});
