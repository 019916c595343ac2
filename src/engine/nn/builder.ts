import type { Graph, InputNode, Node, Padding } from './graph';
import { nodeShape, volume, type Shape } from './shapes';

/** Of PyTorch's batch norm, which the published networks were trained with. */
const BATCH_NORM = { epsilon: 1e-5, momentum: 0.1 } as const;

const pair = (n: number): [number, number] => [n, n];

/** Puts a graph together node by node. Each method adds a node that reads `from` and returns its name; how much it reads follows. */
export class GraphBuilder {
  private readonly nodes: Node[] = [];
  private readonly shapes = new Map<string, Shape>();

  constructor(image: readonly number[]) {
    const input: InputNode = { op: 'input', name: 'input', features: volume(image), image, flat: false };
    this.put(input, []);
  }

  shape(name: string): Shape {
    return this.shapes.get(name)!;
  }

  channels(name: string): number {
    return this.shape(name).at(-1)!;
  }

  /** A convolution with a square kernel; without a bias, since a batch norm follows, unless one is asked for. */
  conv(
    name: string,
    from: string,
    outputs: number,
    kernel: number,
    { stride = 1, padding = 'same', bias = false }: { stride?: number; padding?: Padding; bias?: boolean } = {},
  ): string {
    const inputs = this.channels(from);
    return this.put({ op: 'conv', name, from, inputs, outputs, kernel: pair(kernel), strides: pair(stride), padding, bias }, [from]);
  }

  dense(name: string, from: string, outputs: number): string {
    return this.put({ op: 'dense', name, from, inputs: this.channels(from), outputs, bias: true }, [from]);
  }

  batchNorm(name: string, from: string): string {
    return this.put({ op: 'batch-norm', name, from, channels: this.channels(from), ...BATCH_NORM }, [from]);
  }

  relu(name: string, from: string): string {
    return this.put({ op: 'relu', name, from }, [from]);
  }

  padChannels(name: string, from: string, before: number, after: number): string {
    return this.put({ op: 'pad-channels', name, from, before, after }, [from]);
  }

  add(name: string, from: readonly string[]): string {
    return this.put({ op: 'add', name, from }, from);
  }

  concat(name: string, from: readonly string[]): string {
    return this.put({ op: 'concat', name, from }, from);
  }

  pool(op: 'max-pool' | 'average-pool', name: string, from: string, size = 2, stride = 2, padding: Padding = 'valid'): string {
    return this.put({ op, name, from, size: pair(size), strides: pair(stride), padding }, [from]);
  }

  globalAveragePool(name: string, from: string): string {
    return this.put({ op: 'global-average-pool', name, from }, [from]);
  }

  flatten(name: string, from: string): string {
    return this.put({ op: 'flatten', name, from }, [from]);
  }

  graph(name: string, description: string): Graph {
    return { name, description, nodes: this.nodes };
  }

  private put(node: Node, from: readonly string[]): string {
    this.shapes.set(
      node.name,
      nodeShape(
        node,
        from.map((name) => this.shape(name)),
      ),
    );
    this.nodes.push(node);
    return node.name;
  }
}
