/**
 * A digest inside a record, so that a damaged file is told from a whole one even where what is left is good JSON: a digit that a disk or an
 * editor changed would otherwise be a number like any other. Against accidents, not against forgers.
 */
import { createHash } from 'node:crypto';

const KEY = 'digest';
/** Hex digits of the sha256 that are kept: 64 bits. */
const DIGITS = 16;

/** `record` with the digest of its JSON as the last key. */
export function sealed(record: object): object {
  return { ...record, [KEY]: digestOf(JSON.stringify(record)) };
}

/** The digest of a text, as records hold it. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
}

/** Does what was read differ from what was sealed? What has no digest is an older record, or a person's. How it is laid out does not matter. */
export function isBroken(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, KEY)) return false;
  const { [KEY]: digest, ...record } = json as Record<string, unknown>;
  return digest !== digestOf(JSON.stringify(record));
}
