/** Where the commands write: results to stdout, what went wrong to stderr. */
import path from 'node:path';
import { formatFailure, toFailure, type Failure } from '../shared/errors';
import { leadsOut } from '../shared/paths';
import { coloursFor } from './text';

export const colours = coloursFor(process.stdout);

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function printFailure(failure: Failure): void {
  process.stderr.write(`${formatFailure(failure)}\n`);
}

/** Anything thrown, as a person reads it; the stack too where PRUNE_LAB_DEBUG is set. */
export function printError(error: unknown): Failure {
  const failure = toFailure(error);
  printFailure(failure);
  if (process.env['PRUNE_LAB_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return failure;
}

/** A path as short as it can be said from here. */
export function fromHere(place: string): string {
  const short = path.relative(process.cwd(), place) || '.';
  return leadsOut(short, path) ? place : short;
}
