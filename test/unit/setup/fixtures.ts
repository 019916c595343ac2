/**
 * A TensorFlow of a few kilobytes, packed like the real one, so that the whole way (pip, digest, unpacking, compiler, loading, renaming)
 * runs for real in a second: two libraries of which one exports TF_Version, a header, and an addon that asks for it.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, gzipSync } from 'node:zlib';
import { Header } from 'tar';
import type { Device } from '../../../src/shared/device';
import { kernelSources, type Wheel, type WheelSource } from '../../../src/setup/sources';
import { tempFolders } from '../../fixtures/folders';

export const { newFolder } = tempFolders('setup');

export interface Entry {
  name: string;
  data: Buffer | string;
  /** Tar only: a symbolic link to this. */
  link?: string;
}

/** A zip of stored entries. Written here because a library that writes zips refuses the names that reading must refuse. */
export function writeZip(file: string, entries: readonly Entry[]): void {
  const [parts, central]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const { name, data } of entries) {
    const [bytes, nameBytes] = [Buffer.from(data), Buffer.from(name)];
    // Version 2.0, no flags, stored, 1 January 1980, CRC, both sizes, lengths of name and extra field.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, nameBytes, bytes]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    parts.push(local);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, nameBytes]));
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  writeFileSync(file, Buffer.concat([...parts, directory, end]));
}

export function tarGz(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, data, link }) => {
    const bytes = Buffer.from(data);
    const header = new Header({
      path: name,
      size: bytes.length,
      mode: 0o644,
      type: link ? 'SymbolicLink' : 'File',
      mtime: new Date(0),
      ...(link && { linkpath: link }),
    });
    header.encode();
    return [header.block!, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

export const digestOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

const HEADER = 'extern "C" const char* TF_Version(void);\n';
const ADDON = `#include <node_api.h>
#include "tensorflow/c/c_api.h"
static napi_value init(napi_env env, napi_value exports) {
  napi_value version;
  napi_create_string_utf8(env, TF_Version(), NAPI_AUTO_LENGTH, &version);
  napi_set_named_property(env, exports, "TF_Version", version);
  return exports;
}
NAPI_MODULE(tfjs_binding, init)
`;

/** Folder of addon sources, laid out as the build lays out dist/native. */
export function nativeSources(addon = ADDON): string {
  const folder = newFolder();
  cpSync('node_modules/node-api-headers/include', path.join(folder, 'include'), { recursive: true });
  mkdirSync(path.join(folder, 'binding'));
  writeFileSync(path.join(folder, 'binding', 'tfjs_backend.cc'), '');
  writeFileSync(path.join(folder, 'binding', 'tfjs_binding.cc'), addon);
  return folder;
}

/** Compiles a library that knows its version; returns its bytes. */
export function library(name: string, source: string): Buffer {
  const folder = newFolder();
  writeFileSync(path.join(folder, 'a.cc'), source);
  execFileSync('g++', ['-shared', '-fPIC', `-Wl,-soname,${name}`, '-o', 'out.so', 'a.cc'], { cwd: folder });
  return readFileSync(path.join(folder, 'out.so'));
}

export const tensorflowLibrary = (name: string, version: string) =>
  library(name, `${HEADER}const char* TF_Version(void) { return "${version}"; }`);

/** Entries of a wheel as PyPI's, plus much that is not wanted of it. */
function tensorflowEntries(wheel: Wheel): Entry[] {
  return [
    { name: 'tensorflow/libtensorflow_cc.so.2', data: tensorflowLibrary('libtensorflow_cc.so.2', wheel.version) },
    { name: 'tensorflow/libtensorflow_framework.so.2', data: library('libtensorflow_framework.so.2', '') },
    { name: 'tensorflow/include/tensorflow/c/c_api.h', data: HEADER },
    { name: 'tensorflow/include/Eigen/Core', data: 'not needed' },
    { name: 'tensorflow/python/client.py', data: 'not needed' },
  ];
}

/** The same of one with CUDA's libraries. */
function cudaEntries({ package: name }: Wheel): Entry[] {
  const library = /^nvidia-(.*)-cu12$/.exec(name)![1]!.replace('-', '_');
  return [
    { name: `nvidia/${library}/lib/lib${library}.so.12`, data: `the library of ${name}` },
    { name: `nvidia/${library}/include/${library}.h`, data: 'not needed' },
  ];
}

/** What pip reads of any wheel. */
function description({ package: name, version }: Wheel): Entry[] {
  const info = `${name.replaceAll('-', '_')}-${version}.dist-info`;
  return [
    { name: `${info}/METADATA`, data: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n` },
    { name: `${info}/WHEEL`, data: 'Wheel-Version: 1.0\nRoot-Is-Purelib: false\n' },
    { name: `${info}/RECORD`, data: '' },
  ];
}

export interface Index {
  source: WheelSource;
  /** TensorFlow's. */
  wheel: Wheel;
  /** Makes pip take the wheels from a folder. */
  env: NodeJS.ProcessEnv;
}

/** A package index of the wheels of a source, their entries changed, and the source that pins them. */
export function packageIndex(change: (entries: Entry[], wheel: Wheel) => Entry[] = (entries) => entries, device: Device = 'cpu'): Index {
  const folder = newFolder();
  const pinned = kernelSources({ platform: 'linux', arch: process.arch, libc: 'glibc' }, {}, device)[0] as WheelSource;
  const made = (wheel: Wheel, entries: Entry[]): Wheel => {
    const file = path.join(folder, wheel.file);
    writeZip(file, [...change(entries, wheel), ...description(wheel)]);
    return { ...wheel, bytes: readFileSync(file).length, sha256: digestOf(file), unpackedBytes: 30_000 };
  };
  const [first, ...others] = pinned.wheels;
  const wheel = made(first, tensorflowEntries(first));
  return {
    source: { ...pinned, wheels: [wheel, ...others.map((other) => made(other, cudaEntries(other)))] },
    wheel,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder, PRUNE_LAB_CACHE: newFolder() },
  };
}

/** A folder for PATH with nothing but these programs; python3 by its real place, for shims need a shell. */
export function pathWith(...programs: ('python3' | 'g++')[]): string {
  const folder = newFolder();
  const places = {
    python3: () => execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim(),
    'g++': () => execFileSync('sh', ['-c', 'command -v g++'], { encoding: 'utf8' }).trim(),
  };
  for (const name of programs) symlinkSync(places[name](), path.join(folder, name));
  return folder;
}
