/** A data set as training sees it: bytes and labels of three splits, how to normalise them, and where they came from. */

export interface Split {
  /** count × features, row by row. */
  pixels: Uint8Array;
  labels: Uint8Array;
  count: number;
}

export interface Dataset {
  name: string;
  source: string;
  image: readonly [28, 28, 1];
  classes: 10;
  /** Of the training pixels scaled to 0..1; of the published files as the literature has them. */
  normalise: { mean: number; std: number };
  /** sha256 by file name of the unpacked files (or by split of the drawn pixels). */
  digests: Record<string, string>;
  train: Split;
  validation: Split;
  test: Split;
  /** One plain sentence: which set this is and where it came from. */
  note: string;
}
