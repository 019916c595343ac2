/** Image files, written byte by byte (PNG, BMP, GIF) or by the kernels' own encoder (JPEG). */
import { crc32, deflateSync } from 'node:zlib';
import { loadRuntime } from '../../src/engine/kernels/runtime';

/** The image of the scaling oracle. */
export const rule = (y: number, x: number, c: number) => (x * x * 7 + y * 13 + x * y + c * 40) % 256;
export type Pixel = (y: number, x: number, c: number) => number;
export const pixelsOf = (height: number, width: number, channels: number, pixel: Pixel = rule) =>
  Uint8Array.from({ length: height * width * channels }, (_, i) =>
    pixel(Math.floor(i / channels / width), Math.floor(i / channels) % width, i % channels),
  );

export function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

/** Colour types: 0 grey, 2 colour, 3 palette, 4 grey and alpha, 6 colour and alpha. `bytes` are the rows' samples, of 8 bits. */
export function png(height: number, width: number, type: 0 | 2 | 3 | 4 | 6, bytes: Uint8Array, extra: Buffer[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, type, 0, 0, 0], 8);
  const row = bytes.length / height;
  const rows = Array.from({ length: height }, (_, y) => Buffer.concat([Buffer.of(0), bytes.subarray(y * row, (y + 1) * row)]));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Rows from the bottom up, blue first, each padded to four bytes. */
export function bmp(height: number, width: number, channels: 3 | 4, bits = 8 * channels): Buffer {
  const row = Math.ceil((width * channels) / 4) * 4;
  const file = Buffer.alloc(54 + height * row);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) file[54 + (height - 1 - y) * row + x * channels + c] = c === 3 ? 128 : rule(y, x, 2 - c);
    }
  }
  return file;
}

/** Pictures of 128 colours, of which number i is (i, 2i, 255 - i); codes of eight bits, cleared before they would grow to nine. */
export function gif(height: number, width: number, ...pictures: Uint8Array[]): Buffer {
  const words = (...values: number[]) => Buffer.from(values.flatMap((value) => [value & 255, value >> 8]));
  const palette = Buffer.from(Array.from({ length: 128 }, (_, i) => [i, 2 * i, 255 - i]).flat());
  const parts: Buffer[] = [Buffer.from('GIF89a'), words(width, height), Buffer.of(0xf6, 0, 0), palette];
  for (const indices of pictures) {
    const codes: number[] = [];
    indices.forEach((index, i) => codes.push(...(i % 100 === 0 ? [128] : []), index));
    codes.push(129);
    const blocks: Buffer[] = [];
    for (let at = 0; at < codes.length; at += 255) {
      const block = codes.slice(at, at + 255);
      blocks.push(Buffer.of(block.length, ...block));
    }
    parts.push(Buffer.of(0x2c), words(0, 0, width, height), Buffer.of(0, 7), ...blocks, Buffer.of(0));
  }
  return Buffer.concat([...parts, Buffer.of(0x3b)]);
}

export async function jpeg(height: number, width: number, pixel: Pixel, channels: 1 | 3 = 3): Promise<Buffer<ArrayBuffer>> {
  const { backend } = loadRuntime();
  const format = channels === 1 ? 'grayscale' : 'rgb';
  const encoded = backend.encodeJpeg(
    pixelsOf(height, width, channels, pixel),
    [height, width, channels],
    format,
    100,
    false,
    false,
    false,
    'in',
    300,
    300,
    '',
  );
  const [bytes] = (await encoded.data()) as unknown as [Uint8Array];
  encoded.dispose();
  return Buffer.from(bytes);
}
