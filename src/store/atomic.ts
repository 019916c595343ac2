import writeFileAtomic from 'write-file-atomic';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { storeErrors } from './errors';

/**
 * Writes a whole file under a temporary name, flushes it and renames it, so that a reader (or a crash) meets the old content or
 * the new, never a part. Creates the folder where it is missing. Throws store/cannot-write.
 */
export async function writeAtomic(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    // A view, not a copy: masks and models are megabytes.
    await writeFileAtomic(
      file,
      typeof content === 'string' ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    );
  } catch (cause) {
    throw storeErrors.cannotWrite(file, cause);
  }
}

/** JSON as the store writes it: indented, so that a person can read and compare it, with a newline at the end. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
