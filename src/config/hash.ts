import { createHash } from 'node:crypto';
import type { Experiment } from './schema';

/**
 * sha256, as hex, of what the experiment computes: its canonical JSON (keys sorted) without `name` and `$schema`, which change no number.
 * Threads do: they decide in which order the kernels add, and so the last bits of every result.
 */
export function configHash(experiment: Experiment): string {
  const { name: _name, $schema: _schema, ...rest } = experiment;
  return createHash('sha256')
    .update(JSON.stringify(sorted(rest)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
