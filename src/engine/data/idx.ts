/**
 * The IDX format of MNIST: big-endian magic (2051 images, 2049 labels), dimensions, bytes; plain or gzip'd. Every deviation is refused with
 * the byte where it was seen. Memory is bounded by what the caller can use, whatever the file claims.
 */
import { createHash } from 'node:crypto';
import { dataErrors } from './errors';
import { unpacked } from './unpacked';

const IMAGES = 2051;
const LABELS = 2049;
/** A set larger than this is not one of ours; it keeps a header from asking for all memory. */
const MAX_ITEMS = 1_000_000;
const SIDE = 28;

export interface IdxFile {
  count: number;
  /** Images: count × 784 pixels. Labels: count values. */
  bytes: Uint8Array;
  /** sha256 of the unpacked file. */
  sha256: string;
}

/** 28×28 images. @throws data/unreadable, gzip-corrupt, truncated, wrong-magic, mixed-up, wrong-size */
export async function readImages(file: string): Promise<IdxFile> {
  return readIdx(file, IMAGES, 16, (header) => {
    const [rows, cols] = [header.readUInt32BE(8), header.readUInt32BE(12)];
    if (rows !== SIDE || cols !== SIDE) throw dataErrors.wrongSize(file, 8, `Images are ${rows}×${cols}; they must be ${SIDE}×${SIDE}.`);
    return SIDE * SIDE;
  });
}

/** Labels 0..classes-1. @throws as readImages, and data/label-out-of-range */
export async function readLabels(file: string, classes: number): Promise<IdxFile> {
  const labels = await readIdx(file, LABELS, 8, () => 1);
  const bad = labels.bytes.findIndex((label) => label >= classes);
  if (bad >= 0) throw dataErrors.labelOutOfRange(file, 8 + bad, labels.bytes[bad]!, classes);
  return labels;
}

async function readIdx(file: string, magic: number, headerBytes: number, itemBytes: (header: Buffer) => number): Promise<IdxFile> {
  const chunks: Buffer[] = [];
  let got = 0;
  let header: Buffer | null = null;
  let count = 0;
  let expected = Infinity;
  for await (const chunk of unpacked(file)) {
    chunks.push(chunk);
    got += chunk.length;
    if (!header && got >= headerBytes) {
      header = Buffer.concat(chunks).subarray(0, headerBytes);
      checkMagic(file, magic, header.readUInt32BE(0));
      count = header.readUInt32BE(4);
      if (count === 0 || count > MAX_ITEMS)
        throw dataErrors.wrongSize(
          file,
          4,
          `The header promises ${count.toLocaleString('en')} items; 1 to ${MAX_ITEMS.toLocaleString('en')} are read.`,
        );
      expected = headerBytes + count * itemBytes(header);
    }
    // Stop as soon as there is too much: a small gzip file can unpack to any size.
    if (got > expected)
      throw dataErrors.wrongSize(
        file,
        expected,
        `The file goes on after byte ${expected.toLocaleString('en')}, where its header says that it ends.`,
      );
  }
  if (!header) {
    if (got >= 4) checkMagic(file, magic, Buffer.concat(chunks).readUInt32BE(0));
    throw dataErrors.truncated(file, headerBytes, got);
  }
  if (got < expected) throw dataErrors.truncated(file, expected, got);
  const whole = Buffer.concat(chunks);
  return {
    count,
    bytes: new Uint8Array(whole.buffer, whole.byteOffset + headerBytes, got - headerBytes),
    sha256: createHash('sha256').update(whole).digest('hex'),
  };
}

function checkMagic(file: string, expected: number, got: number): void {
  if (got === expected) return;
  if (got === LABELS) throw dataErrors.mixedUp(file, 'a label file', 'images');
  if (got === IMAGES) throw dataErrors.mixedUp(file, 'an image file', 'labels');
  throw dataErrors.wrongMagic(file, expected, got);
}
