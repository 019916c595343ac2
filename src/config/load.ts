/** Experiment files from disk. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { EXPERIMENT_SUFFIX } from '../shared/ids';
import { configErrors } from './errors';
import { overridesOf, type Overrides } from './overrides';
import { parseExperiment, type Parsed } from './parse';
import { expandExperiment, type Variant } from './sweep';

export interface LoadedExperiment extends Parsed {
  /** The runs; none where there is an error. */
  variants: Variant[];
  /** As it is in the file, without a byte order mark: what the problems' places refer to. */
  text: string;
  path: string;
}

const LARGEST = 1024 * 1024;

/** @throws PruneError config/not-found, config/unreadable, config/too-large, config/bad-set; what is wrong inside is in `problems` */
export async function loadExperiment(path: string, overrides: Partial<Overrides> = {}): Promise<LoadedExperiment> {
  const text = await readText(path);
  const parsed = parseExperiment(text, overridesOf(overrides));
  return { ...parsed, variants: parsed.written ? expandExperiment(parsed.written, nameOf(path)) : [], text, path };
}

/** `quick` for examples/quick.prune.json. */
export function nameOf(path: string): string {
  const name = basename(path);
  return (name.endsWith(EXPERIMENT_SUFFIX) ? name.slice(0, -EXPERIMENT_SUFFIX.length) : name).slice(0, 80) || 'experiment';
}

async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    // Without ignoreBOM a byte order mark at the start is left out.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw configErrors.unreadable(path, 'it is not UTF-8', cause);
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    const found = await stat(path);
    if (!found.isFile()) throw configErrors.unreadable(path, found.isDirectory() ? 'it is a folder' : 'it is no regular file');
    if (found.size > LARGEST) throw configErrors.tooLarge(path, found.size, LARGEST);
    return await readFile(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code;
  // PruneErrors have codes too, but none of the system's.
  if (code === 'ENOENT' || code === 'ENOTDIR') return configErrors.notFound(path);
  if (code?.startsWith('config/')) return cause;
  return configErrors.unreadable(path, code === 'EACCES' || code === 'EPERM' ? 'permission denied' : String(code ?? cause), cause);
}
