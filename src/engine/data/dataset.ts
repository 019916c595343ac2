/** A data set as training sees it: bytes and labels of three splits, how to normalise them, and where they came from. */

export interface Split {
  /** count × features, sample by sample, each as [height, width, channels] row by row. Bytes 0..255, or floats as they are used. */
  pixels: Uint8Array | Float32Array;
  labels: Uint16Array | Uint8Array;
  count: number;
}

/** Value = (pixel / 255 - mean) / std for bytes, (value - mean) / std for floats; one number for all channels, or one for each. */
export interface Normalise {
  mean: number | readonly number[];
  std: number | readonly number[];
}

export interface Dataset {
  name: string;
  source: string;
  /** [height, width, channels]; [features] of samples that are no images. */
  image: readonly number[];
  classes: number;
  /** Names of the classes, where the data set has any. */
  classNames: readonly string[] | null;
  /** Of the training pixels scaled to 0..1; of the published files as the literature has them. */
  normalise: Normalise;
  /** How training images are varied. */
  augment: 'none' | 'crop-flip';
  /** sha256 by file name of the unpacked files (or by split of the drawn pixels). */
  digests: Record<string, string>;
  train: Split;
  validation: Split;
  test: Split;
  /** One plain sentence: which set this is and where it came from. */
  note: string;
}
