/** Colour scales as numbers, apart from the DOM. */

export type Rgb = readonly [red: number, green: number, blue: number];

/**
 * Viridis (van der Walt and Smith, matplotlib), every eighth of the way: perceptually uniform, lightness grows all along, and it reads the
 * same with the common kinds of colour blindness. Between the stops colours are interpolated.
 */
const VIRIDIS: readonly Rgb[] = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/** The colour at `t` of 0 to 1; beyond these, the nearer end. */
export function viridis(t: number): Rgb {
  const at = Math.min(Math.max(t, 0), 1) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const share = at - low;
  const [from, to] = [VIRIDIS[low]!, VIRIDIS[low + 1]!];
  const mix = (channel: 0 | 1 | 2) => Math.round(from[channel] + share * (to[channel] - from[channel]));
  return [mix(0), mix(1), mix(2)];
}

export const css = ([red, green, blue]: Rgb): string => `rgb(${red}, ${green}, ${blue})`;

/** `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb()` or `rgba()`, as themes write their colours; null for anything else. Opacity is left out. */
export function parseColour(text: string): Rgb | null {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(text.trim())?.[1];
  if (hex) {
    const width = hex.length < 6 ? 1 : 2;
    const channel = (i: number) => parseInt(hex.slice(i * width, (i + 1) * width).padStart(2, hex[i * width]), 16);
    return [channel(0), channel(1), channel(2)];
  }
  const parts = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/i.exec(text.trim());
  return parts && [Math.round(Number(parts[1])), Math.round(Number(parts[2])), Math.round(Number(parts[3]))];
}
