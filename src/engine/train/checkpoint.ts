/**
 * Everything a run needs to go on from the end of an epoch, in one file: magic, header length, header (JSON), arrays, sha256 of all that
 * stands before. One file, written whole, so a reader meets a complete state or an older complete one.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { parseJson } from '../../shared/json';
import { HistoryRow, Lasso, MeasuredStage } from '../../shared/report';
import { replaceAtomic } from '../../store/atomic';
import { checkpointDamaged } from '../errors';
import type { LayerValues, NetworkValues, Velocities } from '../nn/values';

const MAGIC = 'PRUNELB1';

/** Plain facts of the state; arrays are beside it. */
export const CheckpointFacts = z.object({
  configHash: z.string(),
  phase: HistoryRow.shape.phase,
  epoch: z.int(),
  history: z.array(HistoryRow),
  stages: z.array(MeasuredStage),
  floors: z.array(z.object({ layer: z.string(), kind: z.enum(['layer', 'output']), floor: z.int(), held: z.int() })),
  sampling: z.object({ epoch: z.int(), maskChangedFraction: z.number() }).nullable(),
  lasso: z.nullable(Lasso).default(null),
  rebuilds: z.int().min(0).default(0),
  best: z.object({ epoch: z.int(), validationError: z.number() }).nullable(),
});
export type CheckpointFacts = z.infer<typeof CheckpointFacts>;

export interface Checkpoint {
  facts: CheckpointFacts;
  values: NetworkValues;
  velocities: Velocities;
  /** Weights of the epoch with the lowest validation error so far, where the experiment asks to keep them. */
  bestValues: NetworkValues | null;
  /** The masked network, once it is final: fine-tuning goes on with the compact one. */
  maskedValues: NetworkValues | null;
  /** Statistics carried from epoch to epoch (criterion.decay > 0), as named arrays. */
  statistics: Map<string, Float64Array>;
}

const Header = z.object({
  facts: CheckpointFacts,
  arrays: z.array(z.object({ name: z.string(), type: z.enum(['f32', 'f64', 'u8']), length: z.int().min(0) })),
});

type TypedArray = Float32Array | Float64Array | Uint8Array;
const TYPES = { f32: Float32Array, f64: Float64Array, u8: Uint8Array } as const;
const typeOf = (a: TypedArray) => (a instanceof Float32Array ? 'f32' : a instanceof Float64Array ? 'f64' : 'u8');

export async function writeCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  const arrays: [string, TypedArray][] = [];
  const addValues = (prefix: string, values: NetworkValues) => {
    for (const [layer, v] of values) {
      for (const [part, array] of Object.entries(v) as [string, TypedArray | undefined][]) {
        if (array) arrays.push([`${prefix}/${layer}/${part}`, array]);
      }
    }
  };
  addValues('values', checkpoint.values);
  if (checkpoint.bestValues) addValues('best', checkpoint.bestValues);
  if (checkpoint.maskedValues) addValues('masked', checkpoint.maskedValues);
  for (const [layer, v] of checkpoint.velocities) arrays.push([`velocity/${layer}/weights`, v.weights], [`velocity/${layer}/bias`, v.bias]);
  for (const [name, values] of checkpoint.statistics) arrays.push([`statistics/${name}`, values]);

  const header = Buffer.from(
    JSON.stringify({ facts: checkpoint.facts, arrays: arrays.map(([name, a]) => ({ name, type: typeOf(a), length: a.length })) }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const body = Buffer.concat([
    Buffer.from(MAGIC, 'latin1'),
    length,
    header,
    ...arrays.map(([, a]) => Buffer.from(a.buffer, a.byteOffset, a.byteLength)),
  ]);
  await replaceAtomic(file, Buffer.concat([body, createHash('sha256').update(body).digest()]));
}

/** null where the header, whose digest is right, is not one of this version's. */
function readHeader(text: string): z.infer<typeof Header> | null {
  try {
    return Header.parse(parseJson(text));
  } catch {
    return null;
  }
}

/** @throws engine/checkpoint-damaged when a byte differs from what was written, or the run's experiment does. */
export async function readCheckpoint(file: string, configHash: string): Promise<Checkpoint> {
  const bytes = await readFile(file);
  const end = bytes.length - 32;
  if (end < 12 || bytes.toString('latin1', 0, 8) !== MAGIC) throw checkpointDamaged(file, 'it does not begin like a checkpoint');
  if (!createHash('sha256').update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end)))
    throw checkpointDamaged(file, 'its digest does not match');
  const headerEnd = 12 + bytes.readUInt32LE(8);
  const header = readHeader(bytes.toString('utf8', 12, Math.min(headerEnd, end)));
  if (!header) throw checkpointDamaged(file, 'another version of Prune Lab wrote it');
  const size = header.arrays.reduce((sum, { type, length }) => sum + length * TYPES[type].BYTES_PER_ELEMENT, headerEnd);
  if (size !== end) throw checkpointDamaged(file, 'its arrays are not those that its header names');
  if (header.facts.configHash !== configHash) throw checkpointDamaged(file, 'it belongs to another experiment');

  const arrays = new Map<string, TypedArray>();
  let at = headerEnd;
  for (const { name, type, length } of header.arrays) {
    const size = length * TYPES[type].BYTES_PER_ELEMENT;
    arrays.set(name, new TYPES[type](bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + size)));
    at += size;
  }
  const layersUnder = (prefix: string) =>
    new Set([...arrays.keys()].filter((n) => n.startsWith(`${prefix}/`)).map((n) => n.split('/')[1]!));
  const ofType = <T extends TypedArray>(name: string, type: new (length: number) => T): T | undefined => {
    const array = arrays.get(name);
    if (array && !(array instanceof type)) throw checkpointDamaged(file, `its array ${name} is of another type`);
    return array;
  };
  const needed = <T extends TypedArray>(name: string, type: new (length: number) => T): T => {
    const array = ofType(name, type);
    if (!array) throw checkpointDamaged(file, `it has no array ${name}`);
    return array;
  };
  const floats = (name: string) => ofType(name, Float32Array);
  const readPair = (at: string) => ({ weights: needed(`${at}/weights`, Float32Array), bias: needed(`${at}/bias`, Float32Array) });
  const readLayer = (at: string): LayerValues => {
    const [mean, variance, biasMask] = [floats(`${at}/mean`), floats(`${at}/variance`), ofType(`${at}/biasMask`, Uint8Array)];
    const [pair, mask] = [readPair(at), needed(`${at}/mask`, Uint8Array)];
    if (mask.length !== pair.weights.length) throw checkpointDamaged(file, `the mask of ${at} is not of its weights`);
    return {
      ...pair,
      mask,
      ...(biasMask && { biasMask }),
      ...(mean && { mean }),
      ...(variance && { variance }),
    };
  };
  const readValues = (prefix: string): NetworkValues =>
    new Map([...layersUnder(prefix)].map((layer) => [layer, readLayer(`${prefix}/${layer}`)]));
  const optional = (values: NetworkValues) => (values.size > 0 ? values : null);
  return {
    facts: header.facts,
    values: readValues('values'),
    bestValues: optional(readValues('best')),
    maskedValues: optional(readValues('masked')),
    velocities: new Map([...layersUnder('velocity')].map((layer) => [layer, readPair(`velocity/${layer}`)])),
    statistics: new Map(
      [...arrays.keys()].filter((n) => n.startsWith('statistics/')).map((n) => [n.slice('statistics/'.length), needed(n, Float64Array)]),
    ),
  };
}
