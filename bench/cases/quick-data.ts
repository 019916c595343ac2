/**
 * What both sides of the whole run read: examples/quick.prune.json with every default, and its data as IDX files, drawn where MNIST is not
 * found. Prints {"data": folder, "experiment": file}.
 *
 * node quick-data.js FOLDER
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Split } from '../../src/engine/data/dataset';
import { loadDataset } from '../../src/engine/data/load';
import { locateDataset } from '../../src/engine/data/locate';
import { quick } from '../shared/experiment';

function idx(file: string, dimensions: number[], parts: ArrayLike<number>[]): void {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header[2] = 8; // unsigned bytes
  header[3] = dimensions.length;
  dimensions.forEach((n, d) => header.writeUInt32BE(n, 4 + 4 * d));
  writeFileSync(`${file}.part`, Buffer.concat([header, ...parts.map((part) => Uint8Array.from(part))]));
  renameSync(`${file}.part`, file);
}

function write(folder: string, name: string, splits: Split[]): void {
  const count = splits.reduce((sum, split) => sum + split.count, 0);
  const images = splits.map(({ pixels }) => pixels);
  const labels = splits.map((split) => split.labels);
  idx(path.join(folder, `${name}-images-idx3-ubyte`), [count, 28, 28], images);
  idx(path.join(folder, `${name}-labels-idx1-ubyte`), [count], labels);
}

async function main(): Promise<void> {
  const [out = '.'] = process.argv.slice(2);
  mkdirSync(out, { recursive: true });
  const experiment = await quick();
  const file = path.join(out, 'quick.json');
  writeFileSync(file, JSON.stringify(experiment));
  const found = await locateDataset('mnist', undefined, { experimentDir: null });
  const folder = found?.folder ?? path.join(out, 'mnist');
  // What is written last says that all is there.
  if (!found && !existsSync(path.join(folder, 't10k-labels-idx1-ubyte'))) {
    mkdirSync(folder, { recursive: true });
    const drawn = await loadDataset(experiment.data, { experimentDir: null });
    write(folder, 'train', [drawn.train, drawn.validation]);
    write(folder, 't10k', [drawn.test]);
  }
  console.log(JSON.stringify({ data: path.dirname(folder), experiment: file }));
}

void main();
