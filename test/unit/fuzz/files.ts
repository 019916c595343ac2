/** Small files, written byte by byte: what a header needs and no more. */

const words = (...values: number[]) => Buffer.from(values.flatMap((value) => [value & 255, value >> 8]));

/** The chunk IHDR: 8 bits of red, green and blue. */
export function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\0\0\0\0\0\x08\x02\0\0\0\0\0\0\0', 'latin1');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return header;
}

/** Screen, two colours, an extension and the descriptor of a picture. */
export function gifHeader(width: number, height: number): Buffer {
  return Buffer.concat([
    Buffer.from('GIF89a'),
    words(width, height),
    Buffer.of(0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x21, 0xf9, 4, 0, 0, 0, 0, 0, 0x2c),
    words(0, 0, width, height),
    Buffer.of(0, 2, 2, 0x4c, 1, 0, 0x3b),
  ]);
}

/** A segment APP0, then the frame's header. */
export function jpegHeader(width: number, height: number): Buffer {
  const header = Buffer.from([
    0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1,
  ]);
  header.writeUInt16BE(height, 14);
  header.writeUInt16BE(width, 16);
  return header;
}
