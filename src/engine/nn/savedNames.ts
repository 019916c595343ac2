import type { Activation } from './savedConfigs';

/**
 * Names of nodes for a saved model's layers. They become names of files (masks) and stand in experiment files (where `*` is any text), so
 * they are letters, digits, `.`, `_` and `-`, and no two differ by case alone.
 */
export class NodeNames {
  private readonly taken = new Set<string>();
  private readonly own: string[];
  private relus = 0;

  constructor(layers: readonly string[]) {
    this.own = layers.map((layer) =>
      this.free(
        layer
          .replace(/[^\w.-]+/g, '_')
          .replace(/^\.+|\.+$/g, '')
          .slice(0, 100) || 'layer',
      ),
    );
  }

  /** Of the layer at this position. */
  of(index: number): string {
    return this.own[index]!;
  }

  /** Of the ReLU inside a layer, as MLPs name theirs: relu1, relu2, .... */
  relu(activation: Activation): string {
    return activation === 'relu' ? this.free(`relu${++this.relus}`) : '';
  }

  private free(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.taken.has(name.toLowerCase()); i++) name = `${wanted}_${i}`;
    this.taken.add(name.toLowerCase());
    return name;
  }
}
