/**
 * Random numbers from named streams: each use of chance has a stream of its own, named by what it is for, so that none depends on how many
 * numbers another took. Same seed and names, same numbers, on every platform.
 */

/** The stream of `seed` for `names`, for example stream(3, 'shuffle', 'train', 12). */
export function stream(seed: number, ...names: readonly (string | number)[]): Rng {
  return new Rng(JSON.stringify([seed, ...names]));
}

/** xoshiro128** 1.0 (Blackman and Vigna 2018), seeded by hashing a key. */
export class Rng {
  private a: number;
  private b: number;
  private c: number;
  private d: number;
  private spareNormal: number | null = null;

  constructor(key: string) {
    [this.a, this.b, this.c, this.d] = hash128(key);
  }

  /** Uniform over the 32-bit unsigned integers. */
  next(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.b, 5), 7), 9) >>> 0;
    const t = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= t;
    this.d = rotateLeft(this.d, 11);
    return result;
  }

  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number {
    return ((this.next() >>> 5) * 67108864 + (this.next() >>> 6)) / 9007199254740992;
  }

  /** Standard normal, by Marsaglia's polar method. */
  normal(): number {
    if (this.spareNormal !== null) {
      const spare = this.spareNormal;
      this.spareNormal = null;
      return spare;
    }
    let u: number;
    let v: number;
    let s: number;
    do {
      u = 2 * this.uniform() - 1;
      v = 2 * this.uniform() - 1;
      s = u * u + v * v;
    } while (s >= 1 || s === 0);
    const scale = Math.sqrt((-2 * Math.log(s)) / s);
    this.spareNormal = v * scale;
    return u * scale;
  }

  /** Uniform over 0..n-1, without modulo bias. */
  int(n: number): number {
    const limit = 4294967296 - (4294967296 % n);
    let value: number;
    do value = this.next();
    while (value >= limit);
    return value % n;
  }

  /** Fisher-Yates shuffle in place. */
  shuffle<T extends Int32Array | Uint32Array | Uint8Array>(values: T): T {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const t = values[i]!;
      values[i] = values[j]!;
      values[j] = t;
    }
    return values;
  }

  /** A random order of 0..n-1. */
  permutation(n: number): Int32Array {
    return this.shuffle(Int32Array.from({ length: n }, (_, i) => i));
  }
}

function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

/** Four 32-bit words from a key: MurmurHash3's 32-bit form with four seeds, each finalised. */
function hash128(key: string): [number, number, number, number] {
  const word = (seed: number): number => {
    let h = seed;
    for (let i = 0; i < key.length; i++) {
      let k = Math.imul(key.charCodeAt(i), 0xcc9e2d51);
      k = Math.imul(rotateLeft(k, 15), 0x1b873593);
      h = (Math.imul(rotateLeft(h ^ k, 13), 5) + 0xe6546b64) | 0;
    }
    h ^= key.length;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) | 0;
  };
  // an all-zero state would stay zero; four equal zero hashes cannot happen, but one guard costs nothing
  return [word(0x9e3779b9) | 1, word(0x243f6a88), word(0xb7e15162), word(0x6a09e667)];
}
