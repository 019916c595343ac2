/** Dotted keys of experiments. */

/** The shortest end of a dotted key that no other key ends in: `prune.criterion.lambda` is `lambda` where that is clear. */
export function shortKey(key: string, keys: readonly string[]): string {
  const parts = key.split('.');
  for (let n = 1; n < parts.length; n++) {
    const end = parts.slice(-n).join('.');
    if (keys.every((other) => other === key || !`.${other}`.endsWith(`.${end}`))) return end;
  }
  return key;
}
