/**
 * How large an image says that it is, by the header of its file. Decoders take memory for the whole picture before they look whether the rest of
 * the file is there: 100 bytes may claim gigabytes.
 */

/** 8192 × 8192, which as floats in three channels is 800 MB. Cameras have fewer. */
export const MOST_PIXELS = 2 ** 26;

export interface ClaimedSize {
  width: number;
  height: number;
}

/** null where the header does not say; such a file is left to the decoder, which refuses it. */
export function claimedSize(bytes: Uint8Array): ClaimedSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begins = (...start: number[]) => bytes.length >= start.length && start.every((byte, i) => bytes[i] === byte);
  // Of each chunk's or marker's layout: W3C PNG 11.2.2, GIF89a 18, the BITMAPINFOHEADER, ITU-T T.81 B.2.2.
  if (begins(0x89, 0x50, 0x4e, 0x47)) return bytes.length < 24 ? null : { width: view.getUint32(16), height: view.getUint32(20) };
  if (begins(0x47, 0x49, 0x46, 0x38)) return ofGif(view);
  // A negative height says that rows go from the top down.
  if (begins(0x42, 0x4d))
    return bytes.length < 26 ? null : { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
  return begins(0xff, 0xd8) ? ofJpeg(view) : null;
}

/** Of the first frame header (SOF0 to SOF15 but for DHT, JPG and DAC), behind any number of other segments. */
function ofJpeg(view: DataView): ClaimedSize | null {
  for (let at = 2; at + 9 <= view.byteLength;) {
    // Any number of bytes FF may fill the space before a marker; what else stands there decoders skip.
    if (view.getUint8(at) !== 0xff || view.getUint8(at + 1) === 0xff) {
      at++;
      continue;
    }
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    const standsAlone = marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd9);
    at += standsAlone ? 2 : 2 + Math.max(2, view.getUint16(at + 2));
  }
  return null;
}

/** The larger of the screen and of the first picture on it: blocks of extensions stand between. */
function ofGif(view: DataView): ClaimedSize | null {
  if (view.byteLength < 13) return null;
  const screen = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  const coloursOf = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + coloursOf(view.getUint8(10));
  while (at + 9 < view.byteLength && view.getUint8(at) === 0x21) {
    at += 2;
    while (at < view.byteLength && view.getUint8(at) !== 0) at += 1 + view.getUint8(at);
    at++;
  }
  if (at + 9 > view.byteLength || view.getUint8(at) !== 0x2c) return screen;
  return { width: Math.max(screen.width, view.getUint16(at + 5, true)), height: Math.max(screen.height, view.getUint16(at + 7, true)) };
}
