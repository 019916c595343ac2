/**
 * NumPy's .npy format, versions 1 to 3 (numpy.lib.format): magic, version, length of the header, the header as a Python dictionary, then the
 * numbers. What is claimed is checked against the file's size before anything is allocated.
 */
import { createHash } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { dataErrors } from './errors';

const MAX_BYTES = 4 * 2 ** 30;
/** As NumPy has it. */
const MOST_AXES = 64;
/** NumPy itself writes headers of a few hundred bytes. */
const MAX_HEADER = 65_536;

/** Each type that is read: bytes of a number, and a view of the file's bytes (an own buffer, from its beginning) as such numbers. */
const TYPES = {
  '|u1': { bytes: 1, view: (b: ArrayBuffer) => new Uint8Array(b) },
  '<i4': { bytes: 4, view: (b: ArrayBuffer) => new Int32Array(b) },
  '<i8': { bytes: 8, view: (b: ArrayBuffer) => new BigInt64Array(b) },
  '<f4': { bytes: 4, view: (b: ArrayBuffer) => new Float32Array(b) },
  '<f8': { bytes: 8, view: (b: ArrayBuffer) => new Float64Array(b) },
} as const;
export type NpyType = keyof typeof TYPES;

export interface NpyArray {
  type: NpyType;
  /** In C order: the last axis is contiguous. */
  shape: readonly number[];
  values: ReturnType<(typeof TYPES)[NpyType]['view']>;
  /** sha256 of the file. */
  sha256: string;
}

/** @throws data/unreadable, bad-npy, npy-type, npy-fortran, truncated, wrong-size, too-large */
export async function readNpy(file: string): Promise<NpyArray> {
  let handle: FileHandle;
  try {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    if (!(await stat(file)).isFile()) throw new Error('it is no regular file.');
    handle = await open(file, 'r');
  } catch (error) {
    throw dataErrors.unreadable(file, error);
  }
  try {
    const read = async (from: number, into: Uint8Array): Promise<number> => {
      let got = 0;
      while (got < into.length) {
        // A single read is limited to 2 GB.
        const { bytesRead } = await handle.read(into, got, Math.min(into.length - got, 2 ** 30), from + got);
        if (bytesRead === 0) break;
        got += bytesRead;
      }
      return got;
    };
    const { size } = await handle.stat();
    const start = Buffer.alloc(Math.min(size, MAX_HEADER + 12));
    await read(0, start);
    const { type, shape, dataAt } = parseHeader(file, start, size);
    // Not by multiplying: enough large numbers are infinite together, and zero times that is none.
    const bytes = shape.includes(0) ? 0 : shape.reduce((product, n) => product * n, TYPES[type].bytes);
    if (bytes > MAX_BYTES) throw dataErrors.tooLarge(file, bytes, 'Save fewer samples, or smaller numbers (uint8).');
    if (size < dataAt + bytes) throw dataErrors.truncated(file, dataAt + bytes, size);
    if (size > dataAt + bytes) {
      throw dataErrors.wrongSize(
        file,
        dataAt + bytes,
        `The file goes on after byte ${(dataAt + bytes).toLocaleString('en')}, where its header says that it ends.`,
      );
    }
    const numbers = new Uint8Array(bytes);
    const got = await read(dataAt, numbers);
    if (got < bytes) throw dataErrors.truncated(file, dataAt + bytes, dataAt + got);
    const sha256 = createHash('sha256').update(start.subarray(0, dataAt)).update(numbers).digest('hex');
    return { type, shape, values: TYPES[type].view(numbers.buffer), sha256 };
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? dataErrors.unreadable(file, error) : error;
  } finally {
    await handle.close();
  }
}

/** @param start the file's first bytes: the whole header, if it is one */
function parseHeader(file: string, start: Buffer, size: number): { type: NpyType; shape: number[]; dataAt: number } {
  if (start.length < 10 || start.toString('latin1', 0, 6) !== '\x93NUMPY') {
    throw dataErrors.npy(file, 0, 'The file does not begin as NumPy files do.');
  }
  const version = start[6]!;
  if (version < 1 || version > 3) throw dataErrors.npy(file, 6, `The format version is ${version}; 1 to 3 are read.`);
  const textAt = version === 1 ? 10 : 12;
  if (start.length < textAt) throw dataErrors.truncated(file, textAt, size);
  const length = version === 1 ? start.readUInt16LE(8) : start.readUInt32LE(8);
  if (length > MAX_HEADER) throw dataErrors.npy(file, 8, `The header is said to be ${length.toLocaleString('en')} bytes long.`);
  const dataAt = textAt + length;
  if (size < dataAt) throw dataErrors.truncated(file, dataAt, size);

  const header = start.toString('utf8', textAt, dataAt);
  const fortran = /^\s*\{.*(['"])fortran_order\1\s*:\s*(True|False)\s*[,}]/s.exec(header)?.at(-1);
  const shape = /^\s*\{.*(['"])shape\1\s*:\s*\(([\d\s,]*)\)\s*[,}]/s.exec(header)?.at(-1);
  const descr = /^\s*\{.*(['"])descr\1\s*:\s*['"]([^'"]*)['"]\s*[,}]/s.exec(header)?.at(-1);
  if (descr === undefined && /(['"])descr\1\s*:\s*\[/.test(header)) throw dataErrors.npyType(file, 'a record of several', ALLOWED);
  if (fortran === undefined || shape === undefined || descr === undefined) {
    throw dataErrors.npy(file, textAt, 'The header is not a dictionary of descr, fortran_order and shape.');
  }
  // Byte order means nothing for one byte.
  const type = /^[<=>]u1$/.test(descr) ? '|u1' : descr;
  if (!isNpyType(type)) throw dataErrors.npyType(file, descr.slice(0, 40), ALLOWED);
  // An array of one axis is the same in both orders.
  const axes = shape
    .split(',')
    .filter((n) => n.trim() !== '')
    .map(Number);
  if (axes.length > MOST_AXES || axes.some((n) => !Number.isSafeInteger(n)))
    throw dataErrors.npy(file, textAt, `The shape (${shape.length > 80 ? `${shape.slice(0, 80)}...` : shape}) is none.`);
  if (fortran === 'True' && axes.length > 1) throw dataErrors.npyFortran(file);
  return { type, shape: axes, dataAt };
}

const ALLOWED = 'uint8, int32, int64, float32 and float64, little-endian,';
const isNpyType = (type: string): type is NpyType => Object.hasOwn(TYPES, type);
