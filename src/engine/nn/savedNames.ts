import { RUN_FILES } from '../../shared/ids';
import { isSafeLayerName, layerFile } from '../../store/layerFile';
import type { Activation } from './savedConfigs';

/**
 * Names of nodes for a saved model's layers. They become names of files (masks) and stand in experiment files (where `*` is any text), so
 * they are letters, digits, `.`, `_` and `-`, no two differ by case alone, and none is a device's name or that of another mask.
 */
export class NodeNames {
  private readonly taken = new Set<string>();
  private readonly own: string[];
  /** The number that was last put behind a name. */
  private readonly last = new Map<string, number>();
  private relus = 0;

  constructor(layers: readonly { name: string; className: string }[]) {
    this.own = layers.map(({ name, className }) => this.free(safe(name), className !== 'InputLayer'));
  }

  /** Of the layer at this position. */
  of(index: number): string {
    return this.own[index]!;
  }

  /** Of the ReLU inside a layer, as MLPs name theirs: relu1, relu2, .... */
  relu(activation: Activation): string {
    return activation === 'relu' ? this.free(`relu${++this.relus}`) : '';
  }

  private free(wanted: string, hasMask = false): string {
    const isTaken = (name: string) =>
      this.taken.has(name.toLowerCase()) || (hasMask && layerFile('masks', name.toLowerCase()) === RUN_FILES.inputMask);
    let name = wanted;
    // Thousands of layers may want one name.
    for (let i = (this.last.get(wanted) ?? 1) + 1; isTaken(name); i++) {
      name = `${wanted}_${i}`;
      this.last.set(wanted, i);
    }
    this.taken.add(name.toLowerCase());
    return name;
  }
}

function safe(layer: string): string {
  const name = layer
    .replace(/[^\w.-]+/g, '_')
    .replace(/^\.+|\.+$/g, '')
    .slice(0, 100);
  if (name === '') return 'layer';
  return isSafeLayerName(name) ? name : `_${name}`;
}
