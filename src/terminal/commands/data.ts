export const data = (_argv: readonly string[]): Promise<number> => Promise.resolve(2);
