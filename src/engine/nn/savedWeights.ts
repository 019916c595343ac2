/** The weights of a saved model: which file holds what, and its bytes as numbers. Pure apart from reading the files. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { leadsOut } from '../../shared/paths';
import { savedErrors, type Place } from './savedErrors';
import { volume } from './shapes';

const Spec = z.object({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  dtype: z.string(),
  quantization: z.object({ dtype: z.string(), scale: z.number().optional(), min: z.number().optional() }).optional(),
});
type Spec = z.infer<typeof Spec>;

/** Groups of weights; those of one follow each other in its files, which follow each other, without regard for where a file ends. */
export const Manifest = z.array(z.object({ paths: z.array(z.string()), weights: z.array(Spec) }));
export type Manifest = z.infer<typeof Manifest>;

/** Bytes of a number, by how it is stored. */
const BYTES: ReadonlyMap<string, number> = new Map([
  ['float32', 4],
  ['float16', 2],
  ['uint16', 2],
  ['uint8', 1],
  // These two no layer here has; they are passed over.
  ['int32', 4],
  ['bool', 1],
]);

const stored = (spec: Spec) => spec.quantization?.dtype ?? spec.dtype;

export class SavedWeights {
  private readonly found = new Map<string, { spec: Spec; bytes: Buffer }>();
  private readonly files = new Set<string>();

  private constructor(private readonly file: string) {}

  /** Reads the weight files of a manifest, which lie beside (or below) the model's file. Throws model/shard-..., model/weight-.... */
  static async read(file: string, manifest: Manifest): Promise<SavedWeights> {
    const weights = new SavedWeights(file);
    for (const group of manifest) await weights.readGroup(group);
    return weights;
  }

  private async readGroup({ paths, weights }: Manifest[number]): Promise<void> {
    const lengths = weights.map((spec) => {
      const bytes = BYTES.get(stored(spec));
      if (bytes === undefined) throw savedErrors.weightType(this.file, spec.name, stored(spec));
      return volume(spec.shape) * bytes;
    });
    const bytes = await this.shards(
      paths,
      lengths.reduce((a, b) => a + b, 0),
    );
    let offset = 0;
    weights.forEach((spec, i) => {
      // Keras' own names end in ":0".
      const name = spec.name.replace(/:\d+$/, '');
      if (this.found.has(name)) throw savedErrors.weightTwice(this.file, name);
      this.found.set(name, { spec, bytes: bytes.subarray(offset, (offset += lengths[i]!)) });
    });
  }

  private async shards(paths: readonly string[], expected: number): Promise<Buffer> {
    const folder = path.dirname(this.file);
    const files = paths.map((shard) => {
      const full = path.resolve(folder, shard);
      if (path.isAbsolute(shard) || leadsOut(path.relative(folder, full), path)) {
        throw savedErrors.shardOutside(this.file, shard);
      }
      // Else a small file, listed often, would take any amount of memory.
      if (this.files.has(full)) throw savedErrors.shardTwice(this.file, shard);
      this.files.add(full);
      return full;
    });
    const each = async <T>(read: (file: string) => Promise<T>) =>
      Promise.all(
        files.map((file) =>
          read(file).catch((cause: unknown) => {
            throw savedErrors.shardUnreadable(file, cause);
          }),
        ),
      );
    // Before reading: a wrong file may be large.
    const sizes = await each(async (file) => {
      const found = await stat(file);
      if (!found.isFile()) throw new Error('It is no file.');
      return found.size;
    });
    const got = sizes.reduce((a, b) => a + b, 0);
    if (got !== expected) throw savedErrors.shardSize(files.join(', ') || this.file, expected, got);
    const bytes = Buffer.concat(await each((file) => readFile(file)));
    if (bytes.length !== expected) throw savedErrors.shardSize(files.join(', '), expected, bytes.length);
    return bytes;
  }

  /**
   * The numbers of a layer's weights, checked for shape and for being finite. `order` is their position among the layer's weights, by which
   * Keras 3 may name them ("conv/vars/0") instead of by `kind` ("conv/kernel").
   */
  get(place: Place, kind: string, order: number, shape: readonly number[]): Float32Array {
    const entry = this.find(place.name, kind) ?? this.find(place.name, String(order));
    if (!entry) throw savedErrors.weightMissing(place, kind);
    const { spec, bytes } = entry;
    if (spec.shape.length !== shape.length || shape.some((n, i) => n !== spec.shape[i])) {
      throw savedErrors.weightShape(place, kind, shape, spec.shape);
    }
    const numbers = this.decode(spec, bytes);
    const bad = numbers.findIndex((n) => !Number.isFinite(n));
    if (bad >= 0) throw savedErrors.weightValue(place, kind, bad, numbers[bad]!);
    return numbers;
  }

  /** "layer/kind", or, as some versions of Keras name them, the same with more names before or between. */
  private find(layer: string, kind: string) {
    const exact = this.found.get(`${layer}/${kind}`);
    if (exact) return exact;
    const longer = [...this.found].filter(([name]) => name.endsWith(`/${kind}`) && `/${name}`.includes(`/${layer}/`));
    return longer.length === 1 ? longer[0]![1] : undefined;
  }

  private decode(spec: Spec, bytes: Buffer): Float32Array {
    const { quantization } = spec;
    const type = stored(spec);
    // A copy: the bytes need not lie on a multiple of four. Weight files are little-endian, and so is every system this runs on.
    const buffer = Uint8Array.from(bytes).buffer;
    if (type === 'float32') return new Float32Array(buffer);
    if (type === 'float16') return Float32Array.from(new Uint16Array(buffer), half);
    if ((type === 'uint8' || type === 'uint16') && quantization?.scale !== undefined && quantization.min !== undefined) {
      const { scale, min } = quantization;
      return Float32Array.from(type === 'uint8' ? new Uint8Array(buffer) : new Uint16Array(buffer), (n) => n * scale + min);
    }
    throw savedErrors.weightType(this.file, spec.name, quantization ? `${type} without scale and min` : type);
  }
}

/** The number that the 16 bits of an IEEE 754 half-precision float stand for. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
