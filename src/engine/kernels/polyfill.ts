import util from 'node:util';

// tfjs-node calls util.isNullOrUndefined, which Node 23 removed. It must stand before tfjs-node is loaded, hence a file of its own.
const legacy = util as unknown as { isNullOrUndefined?: (value: unknown) => boolean };
legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
