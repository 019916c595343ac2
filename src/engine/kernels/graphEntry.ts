/** What a function does with native ops, as nodes of a graph. */
import type * as tf from '@tensorflow/tfjs';
import type { TFEOpAttr } from '@tensorflow/tfjs-node/dist/tfjs_binding';
import { attributeValue, graphNode, shapeValue, tensorValue, typeValue, type GraphNode } from './graphDef';
import { loadRuntime } from './runtime';
import { variableOf } from './variable';

/** An output of a node: "node:0". */
type Output = string;

/** One way through a graph: what goes in and what comes out. */
export interface Entry {
  nodes: readonly GraphNode[];
  inputs: readonly Output[];
  outputs: readonly Output[];
  /** Does it change variables? */
  changes: boolean;
}

/**
 * Runs `body` once, without its changes of variables, and writes down its ops. Numbers that come neither from an input nor from a variable
 * are constants of the entry. Every read of a variable comes before its change, as in `body`; all changes come before the outputs.
 *
 * @param name comes before the names of all nodes
 * @param frozen Are the values that variables have now constants of the entry?
 */
export function recordEntry(name: string, inputs: readonly tf.Tensor[], body: () => tf.Tensor[], frozen: boolean): Entry {
  const recorder = new Recorder(name, frozen);
  const fed = inputs.map((tensor) => recorder.input(tensor));
  const results = loadRuntime().backend.listening((...op) => recorder.op(...op), body);
  const outputs = results.map((tensor) => recorder.output(tensor));
  return { nodes: recorder.nodes, inputs: fed, outputs, changes: recorder.changes.length > 0 };
}

class Recorder {
  readonly nodes: GraphNode[] = [];
  private readonly outputOf = new Map<object, Output>();
  /** Of each variable: the nodes that read it, or read what was read of it. They come before its change. */
  private readonly readers = new Map<string, Set<string>>();
  private readonly readFrom = new Map<Output, string>();
  readonly changes: string[] = [];

  constructor(
    private readonly name: string,
    private readonly frozen: boolean,
  ) {}

  input(tensor: tf.Tensor): Output {
    const name = this.add('Placeholder', [], { dtype: typeValue(tensor.dtype), shape: shapeValue(tensor.shape) });
    return this.gives(tensor, `${name}:0`);
  }

  op(op: string, attributes: readonly TFEOpAttr[], tensors: readonly tf.Tensor[], outputs: readonly tf.Tensor[]): void {
    // What was read is then met as numbers from nowhere.
    if (this.frozen && op === 'ReadVariableOp') return;
    const inputs = tensors.map((tensor) => this.sourceOf(tensor));
    const isChange = outputs.length === 0;
    const variables = tensors.flatMap((tensor) => variableOf(tensor)?.name ?? []);
    const before = isChange ? variables.flatMap((variable) => [...(this.readers.get(variable) ?? [])]) : [];
    const name = this.add(
      op,
      [...inputs, ...new Set(before.map((node) => `^${node}`))],
      Object.fromEntries(attributes.map((attribute) => [attribute.name, attributeValue(attribute)])),
    );
    outputs.forEach((tensor, i) => this.gives(tensor, `${name}:${i}`));
    if (isChange) this.changes.push(name);
    else for (const variable of variables) this.reads(variable, name, `${name}:0`);
    for (const input of inputs) {
      const variable = this.readFrom.get(input);
      if (variable !== undefined) this.readers.get(variable)!.add(name);
    }
  }

  output(tensor: tf.Tensor): Output {
    const after = this.changes.map((node) => `^${node}`);
    return `${this.add('Identity', [this.sourceOf(tensor), ...after], { T: typeValue(tensor.dtype) })}:0`;
  }

  private reads(variable: string, node: string, read: Output): void {
    this.readFrom.set(read, variable);
    this.readers.set(variable, (this.readers.get(variable) ?? new Set()).add(node));
  }

  private sourceOf(tensor: tf.Tensor): Output {
    const variable = variableOf(tensor);
    return variable ? `${variable.name}:0` : (this.outputOf.get(tensor.dataId) ?? this.constant(tensor));
  }

  private constant(tensor: tf.Tensor): Output {
    const { buffer, byteOffset, byteLength } = tensor.dataSync();
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    const name = this.add('Const', [], { dtype: typeValue(tensor.dtype), value: tensorValue(tensor.dtype, tensor.shape, bytes) });
    return this.gives(tensor, `${name}:0`);
  }

  private gives(tensor: tf.Tensor, output: Output): Output {
    this.outputOf.set(tensor.dataId, output);
    return output;
  }

  private add(op: string, inputs: readonly Output[], attributes: Parameters<typeof graphNode>[3]): string {
    const name = `${this.name}/${this.nodes.length}`;
    this.nodes.push(graphNode(name, op, inputs, attributes));
    return name;
  }
}
