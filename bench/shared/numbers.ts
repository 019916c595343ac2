/** The i-th of a fixed sequence of numbers in (-1, 1) that float32 holds exactly (Knuth's multiplicative hash); peers/fixed_numbers.py is the same. */
export const spread = (i: number): number => (Math.imul(i + 1, 2654435761) >> 8) / 2 ** 23;
