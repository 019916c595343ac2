import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { unpack } from '../../../src/setup/archive';
import { placeLibrary } from '../../../src/setup/download';
import { placeInKernels } from '../../../src/setup/wheel';
import { newFolder, tarGz, writeZip, type Entry } from './fixtures';

const all = (entry: string) => entry;

function archives(entries: readonly Entry[]): [string, string][] {
  const folder = newFolder();
  const [zip, tar] = [path.join(folder, 'a.whl'), path.join(folder, 'misnamed.zip')];
  writeZip(zip, entries);
  writeFileSync(tar, tarGz(entries));
  return [
    ['zip', zip],
    ['tar', tar],
  ];
}

const good = [
  { name: 'x/keep.txt', data: 'kept' },
  { name: 'x/leave.txt', data: 'left' },
  { name: 'x/deep/also.bin', data: Buffer.alloc(3_000_000, 7) },
];

describe.each(archives(good))('%s', (_kind, archive) => {
  test('what is picked, and nothing else, where it is to go', async () => {
    const folder = newFolder();
    const written: number[] = [];
    const unpacked = await unpack(archive, folder, (entry) => (entry.includes('leave') ? null : `to/${path.basename(entry)}`), {
      written: (bytes) => written.push(bytes),
    });
    expect(unpacked).toEqual(['to/keep.txt', 'to/also.bin']);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['to', 'to/also.bin', 'to/keep.txt']);
    expect(readFileSync(path.join(folder, 'to/keep.txt'), 'utf8')).toBe('kept');
    expect(readFileSync(path.join(folder, 'to/also.bin')).equals(Buffer.alloc(3_000_000, 7))).toBe(true);
    expect(written.at(-1)).toBe(3_000_004);
  });

  test('cut short', async () => {
    const [cut] = archives([{ name: 'a', data: Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 251)) }]).filter(
      ([kind]) => kind === _kind,
    );
    truncateSync(cut![1], 200);
    await expect(unpack(cut![1], newFolder(), all)).rejects.toMatchObject({ code: 'setup/bad-archive' });
  });

  test('aborted', async () => {
    const reason = new Error('enough');
    await expect(unpack(archive, newFolder(), all, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('names that lead out of the folder', () => {
  const evil = ['../evil', '/tmp/prune-lab-evil', 'a/../../evil', '..\\evil'];
  test.each(evil.flatMap((name) => archives([{ name, data: 'x' }]).map(([kind, file]) => [kind, name, file] as const)))(
    '%s: %s',
    async (_kind, _name, archive) => {
      const outer = newFolder();
      const folder = path.join(outer, 'a', 'b');
      await expect(unpack(archive, folder, all)).rejects.toMatchObject({ code: 'setup/bad-archive' });
      expect(readdirSync(outer, { recursive: true }).filter((name) => String(name).includes('evil'))).toEqual([]);
      expect(existsSync('/tmp/prune-lab-evil')).toBe(false);
    },
  );

  test('so does a place given to an entry', async () => {
    for (const [, archive] of archives(good)) {
      await expect(unpack(archive, newFolder(), () => '../out')).rejects.toMatchObject({ code: 'setup/bad-archive' });
    }
  });

  test('a link out of the folder, and a file through it', async () => {
    const outer = newFolder();
    const [archive, folder, target] = [path.join(outer, 'a.tar.gz'), path.join(outer, 'in'), path.join(outer, 'target')];
    for (const made of [folder, target]) mkdirSync(made);
    writeFileSync(
      archive,
      tarGz([
        { name: 'link', data: '', link: '../target' },
        { name: 'link/evil', data: 'x' },
      ]),
    );
    await expect(unpack(archive, folder, all)).rejects.toMatchObject({ code: 'setup/bad-archive' });
    expect(readdirSync(target)).toEqual([]);
  });
});

test('neither zip nor tar', async () => {
  const file = path.join(newFolder(), 'page.zip');
  writeFileSync(file, '<html>Please log in</html>');
  await expect(unpack(file, newFolder(), all)).rejects.toMatchObject({
    code: 'setup/bad-archive',
    message: expect.stringContaining('neither'),
  });
});

test('where the files of the real archives go', () => {
  const places = (place: (entry: string) => string | null, names: string[]) => names.map(place);
  expect(
    places(placeInKernels, [
      'tensorflow/libtensorflow_cc.so.2',
      'tensorflow/libtensorflow_framework.so.2',
      'tensorflow.libs/libomp-6196b3b5.so.5',
      'tensorflow/include/tensorflow/c/eager/c_api.h',
      'tensorflow/include/xla/tsl/c/tsl_status.h',
      'tensorflow/include/Eigen/src/Core/Map.h',
      'tensorflow/python/_pywrap_tensorflow_internal.so',
      'evil/tensorflow/libtensorflow_cc.so.2',
    ]),
  ).toEqual([
    'deps/lib/libtensorflow_cc.so.2',
    'deps/lib/libtensorflow_framework.so.2',
    'deps/tensorflow.libs/libomp-6196b3b5.so.5',
    'include/tensorflow/c/eager/c_api.h',
    'include/xla/tsl/c/tsl_status.h',
    null,
    null,
    null,
  ]);
  expect(
    places(placeLibrary, [
      'lib/libtensorflow.so.2.9.1',
      'lib/libtensorflow.2.dylib',
      'include/tensorflow/c/c_api.h',
      'LICENSE',
      'lib/tensorflow.lib',
    ]),
  ).toEqual(['deps/lib/libtensorflow.so.2.9.1', 'deps/lib/libtensorflow.2.dylib', 'include/tensorflow/c/c_api.h', null, null]);
  for (const name of ['lib/tensorflow.dll', 'tensorflow.dll'])
    expect(placeLibrary(name)).toBe(path.join('lib', 'napi-v8', 'tensorflow.dll'));
});
