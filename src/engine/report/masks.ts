import path from 'node:path';
import { csv } from '../../shared/csv';
import type { Report } from '../../shared/report';
import { writeAtomic } from '../../store/atomic';
import { layerFile } from '../../store/layerFile';
import { prunableLayers, weightCount, weightShape, type Graph } from '../nn/graph';
import type { NetworkValues } from '../nn/values';

/**
 * Writes each layer's mask: of weights, a byte each in the layout of the weights; of a batch norm, a byte a channel. Returns the files relative
 * to the run folder.
 */
export async function writeMasks(runDir: string, graph: Graph, values: NetworkValues): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const { name, op } of graph.nodes) {
    if (op !== 'dense' && op !== 'conv' && op !== 'batch-norm') continue;
    const file = layerFile('masks', name);
    await writeAtomic(path.join(runDir, file), values.get(name)!.mask);
    files.set(name, file);
  }
  return files;
}

/** How many ones each row of a mask [rows × columns] has. */
export const keptByRow = (mask: Uint8Array, columns: number): number[] =>
  Array.from({ length: mask.length / columns }, (_, row) => mask.subarray(row * columns, (row + 1) * columns).reduce((a, b) => a + b, 0));

/** Connections that each input pixel keeps in the first layer, where the input is a one-channel image; else null. */
export function heatmap(graph: Graph, values: NetworkValues, maskFiles: ReadonlyMap<string, string>): Report['heatmap'] {
  const input = graph.nodes[0]!;
  const first = prunableLayers(graph)[0]!;
  if (input.op !== 'input' || !input.image || input.image[2] !== 1 || first.op !== 'dense' || first.from !== input.name) return null;
  const { mask } = values.get(first.name)!;
  return {
    height: input.image[0]!,
    width: input.image[1]!,
    counts: keptByRow(mask, first.outputs),
    mask: { file: maskFiles.get(first.name)!, rows: first.inputs, cols: first.outputs },
  };
}

/**
 * Rows of the layer table: weights in all and kept, before dead neurons go, and the layer's shape in the compact network. Where channels
 * are cut (`byChannel`), the weights that are kept are those that the compact network has.
 */
export function layerRows(graph: Graph, values: NetworkValues, compact: Graph, byChannel: boolean): Report['layers'] {
  const narrow = new Map(prunableLayers(compact).map((node) => [node.name, node]));
  return prunableLayers(graph).map((node) => {
    const after = narrow.get(node.name)!;
    const total = weightCount(node);
    const kept = byChannel ? weightCount(after) : values.get(node.name)!.mask.reduce((a, b) => a + b, 0);
    return {
      name: node.name,
      type: node.op,
      shape: weightShape(node),
      compactShape: weightShape(after),
      total,
      kept,
      keptFraction: kept / total,
    };
  });
}

/** layers.csv: the layer table for a spreadsheet. */
export function layersCsv(rows: Report['layers']): string {
  const header = ['layer', 'type', 'shape', 'compact shape', 'weights', 'kept', 'kept fraction'];
  const cells = rows.map((r) => [r.name, r.type, r.shape.join('x'), r.compactShape.join('x'), r.total, r.kept, r.keptFraction]);
  return csv([header, ...cells], '\n');
}
