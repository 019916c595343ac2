/** Where the commands write: results to stdout, what went wrong to stderr. */
import path from 'node:path';
import { formatFailure, toFailure, type Failure } from '../shared/errors';
import { forTerminal } from '../shared/harmless';
import { leadsOut } from '../shared/paths';
import { coloursFor } from './text';

export const colours = coloursFor(process.stdout);

/** The one way to the terminal: what is printed may name things from files of others. */
export function write(text: string, stream: NodeJS.WriteStream = process.stdout): void {
  stream.write(forTerminal(text));
}

export function print(text: string): void {
  write(`${text}\n`);
}

export function printJson(value: unknown): void {
  write(`${JSON.stringify(value)}\n`);
}

export function printFailure(failure: Failure): void {
  write(`${formatFailure(failure)}\n`, process.stderr);
}

/** Anything thrown, as a person reads it; the stack too where PRUNE_LAB_DEBUG is set. */
export function printError(error: unknown): Failure {
  const failure = toFailure(error);
  printFailure(failure);
  if (process.env['PRUNE_LAB_DEBUG'] && error instanceof Error) write(`${error.stack}\n`, process.stderr);
  return failure;
}

/** A path as short as it can be said from here. */
export function fromHere(place: string): string {
  const short = path.relative(process.cwd(), place) || '.';
  return leadsOut(short, path) ? place : short;
}
