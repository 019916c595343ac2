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
export const viridis = (t: number): Rgb => between(VIRIDIS, t);

/**
 * Orange and blue of ColorBrewer (Brewer 2013: the arms of PuOr and RdBu), which the common kinds of colour blindness tell apart, from grey in the
 * middle outwards: on a light ground from light to dark, on a dark one from dark to light, so that zero is what stands out least.
 */
const ARMS: Record<Ground, { below: readonly Rgb[]; above: readonly Rgb[] }> = {
  light: {
    below: [
      [247, 247, 247],
      [254, 224, 182],
      [253, 184, 99],
      [224, 130, 20],
      [179, 88, 6],
      [127, 59, 8],
    ],
    above: [
      [247, 247, 247],
      [209, 229, 240],
      [146, 197, 222],
      [67, 147, 195],
      [33, 102, 172],
      [5, 48, 97],
    ],
  },
  dark: {
    below: [
      [38, 38, 38],
      [92, 46, 8],
      [179, 88, 6],
      [224, 130, 20],
      [253, 184, 99],
      [254, 224, 182],
    ],
    above: [
      [38, 38, 38],
      [10, 56, 110],
      [33, 102, 172],
      [67, 147, 195],
      [146, 197, 222],
      [209, 229, 240],
    ],
  },
};

export type Ground = 'light' | 'dark';

/** The ground that a background is; light where it is no colour. */
export function groundOf(background: Rgb | null): Ground {
  return background && luma(background) < 128 ? 'dark' : 'light';
}

/** Brightness of 0 to 255 (Rec. 709). */
export const luma = ([red, green, blue]: Rgb): number => 0.2126 * red + 0.7152 * green + 0.0722 * blue;

/** The colour at `t` of -1 (orange) over 0 (grey) to 1 (blue); beyond these, the nearer end. */
export const diverging = (t: number, ground: Ground): Rgb => between(t < 0 ? ARMS[ground].below : ARMS[ground].above, Math.abs(t));

function between(stops: readonly Rgb[], t: number): Rgb {
  const at = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const share = at - low;
  const [from, to] = [stops[low]!, stops[low + 1]!];
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
