/** Files that no tool makes so. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { writeZip } from '../setup/fixtures';

/** A saved model of one dense layer, 4 × 3, without biases. */
export const denseModel = () => ({
  format: 'layers-model',
  modelTopology: {
    class_name: 'Sequential',
    config: {
      name: 'made',
      layers: [
        {
          class_name: 'Dense',
          config: { name: 'dense', batch_input_shape: [null, 4], units: 3, use_bias: false } as Record<string, unknown>,
        },
      ],
    },
  },
  weightsManifest: [{ paths: ['weights.bin'], weights: [{ name: 'dense/kernel', shape: [4, 3], dtype: 'float32' }] }],
});

/** The bytes of a gzip'd tar of one file that is said to be of this size, and ends after its header. */
export function tarWithSize(size: number): Buffer {
  const header = new Header({ path: 'a', size, mode: 0o644, type: 'File', mtime: new Date(0) });
  header.encode();
  return gzipSync(Buffer.concat([header.block!, Buffer.alloc(1024)]));
}

/** A zip of one file of a byte that is said to unpack to 4 GB. */
export function zipWithSize(file: string): void {
  writeZip(file, [{ name: 'a', data: 'x' }]);
  const bytes = readFileSync(file);
  // The size unpacked stands at 22 of the file's own header and at 24 of the directory's.
  for (const at of [22, bytes.indexOf('PK\x01\x02') + 24]) bytes.writeUInt32LE(2 ** 32 - 2, at);
  // Method 8, deflate: stored files must be as long packed as unpacked.
  for (const at of [8, bytes.indexOf('PK\x01\x02') + 10]) bytes.writeUInt16LE(8, at);
  writeFileSync(file, bytes);
}
