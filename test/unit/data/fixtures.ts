/** Small data sets in the published format, written byte by byte here, so that reading has something to disagree with. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { namesOf, PARTS, type Part } from '../../../src/engine/data/locate';
import { PruneError } from '../../../src/shared/errors';
import { tempFolders } from '../../fixtures/folders';

const folders = tempFolders('data');
export const { newFolder } = folders;

let made = 0;
export function newFile(bytes: Uint8Array): string {
  const file = path.join(folders.work, `${++made}.bin`);
  writeFileSync(file, bytes);
  return file;
}

/** Big-endian 32-bit words, as the header of an IDX file has them. */
export function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
  return bytes;
}

export const imageFile = (pixels: Uint8Array) => Buffer.concat([words(2051, pixels.length / 784, 28, 28), pixels]);
export const labelFile = (labels: Uint8Array) => Buffer.concat([words(2049, labels.length), labels]);

/** A NumPy file of version 1 with this header. */
export function npyWithHeader(header: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header), data]);
}
export const npyFile = (descr: string, shape: string, data: Uint8Array, order = 'False') =>
  npyWithHeader(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`, data);

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
export const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

/** `count` images of which each pixel tells its image: image i is filled with `first` + i. */
export function flatImages(count: number, first = 0): Uint8Array {
  return Uint8Array.from({ length: count * 784 }, (_, i) => first + Math.floor(i / 784));
}

export type Files = Record<Part, Uint8Array>;

/** Files of a set whose labels are 0, 1, ... 9, 0, ... and whose images all tell themselves apart: 12 to train from, 5 to test. */
export const smallSet = (): Files => ({
  'train-images': imageFile(flatImages(12)),
  'train-labels': labelFile(Uint8Array.from({ length: 12 }, (_, i) => i % 10)),
  't10k-images': imageFile(flatImages(5, 100)),
  't10k-labels': labelFile(Uint8Array.from({ length: 5 }, (_, i) => 9 - i)),
});

/** Writes the files into `folder` by the n-th of the names that each part may have; the odd ones are gzip'd. */
export function writeSet(folder: string, files: Files = smallSet(), spelling: 0 | 1 | 2 | 3 = 0): string {
  mkdirSync(folder, { recursive: true });
  for (const part of PARTS) {
    const name = namesOf(part)[spelling]!;
    writeFileSync(path.join(folder, name), name.endsWith('.gz') ? gzipSync(files[part]) : files[part]);
  }
  return folder;
}

/** How `promise` was refused; fails where it was not, or by anything but a PruneError with a remedy. */
export async function refusal(promise: Promise<unknown>): Promise<PruneError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PruneError);
  expect((error as PruneError).remedy).toMatch(/\w/);
  return error as PruneError;
}
