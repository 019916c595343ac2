/**
 * Functions of native ops carried out in one call each. An op that is called by itself costs about 28 µs beside its work; in a graph it costs
 * next to nothing, and those that do not wait for one another run side by side.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { graphNotWritten } from '../errors';
import { graphNode, savedModel, shapeValue, TAG, textValue, typeValue, type GraphNode } from './graphDef';
import { recordEntry, type Entry } from './graphEntry';
import { loadRuntime } from './runtime';
import type { Variable } from './variable';

/** Where a variable's present value is: in itself, in the graph's own copy of it, or in both. */
type Where = 'variables' | 'graph' | 'both';

export class Session {
  private readonly entries = new Map<string, Entry>();
  private loaded: number | null = null;
  private where: Where = 'variables';

  /**
   * @param variables all that the functions read or change
   * @param frozen Are their values constants? Then functions only read them, and TensorFlow prepares what they are used for beforehand.
   */
  constructor(
    private variables: readonly Variable[],
    private readonly frozen = false,
  ) {}

  /**
   * What `body` gives for `inputs`, and the changes that it makes to the variables.
   *
   * @param key says what `body` does beside its inputs and their shapes. With one that is new, `body` is run for a recording; from then on its
   *   graph is. Tensors that it makes from numbers are constants of the graph, and so are those that it finds.
   * @returns tensors of the current tidy scope
   */
  run(key: string, inputs: readonly tf.Tensor[], body: () => tf.Tensor[]): tf.Tensor[] {
    const name = `${key} ${inputs.map(({ shape }) => shape.join('x')).join(' ')}`;
    const entry = this.entries.get(name) ?? this.record(name, inputs, body);
    this.toGraph();
    const outputs = this.call(inputs, entry.inputs, entry.outputs);
    if (entry.changes) this.where = 'graph';
    return outputs;
  }

  /** Has the variables hold what the graph made of them. They share the numbers until one side changes them. */
  toVariables(): void {
    if (this.where !== 'graph') return;
    const values = this.call(
      [],
      [],
      this.variables.map(({ name }) => `${name}/read:0`),
    );
    this.variables.forEach((variable, i) => variable.take(values[i]!));
    this.where = 'both';
  }

  /** To be called after `toVariables` and a change of them. Where they are others now, what was recorded is forgotten. */
  changed(variables: readonly Variable[]): void {
    this.where = 'variables';
    if (!this.frozen && variables.length === this.variables.length && variables.every((v, i) => v === this.variables[i])) return;
    this.variables = variables;
    this.entries.clear();
    this.unload();
  }

  dispose(): void {
    this.unload();
  }

  private record(name: string, inputs: readonly tf.Tensor[], body: () => tf.Tensor[]): Entry {
    this.toVariables();
    let entry!: Entry;
    tf.tidy(() => void (entry = recordEntry(`entry${this.entries.size}`, inputs, body, this.frozen)));
    this.entries.set(name, entry);
    // A graph cannot grow once it is loaded.
    this.unload();
    return entry;
  }

  private toGraph(): void {
    if (this.loaded === null) this.load();
    if (this.frozen || this.where !== 'variables') return;
    const values = this.variables.map((variable) => variable.read());
    tf.dispose(
      this.call(
        values,
        this.variables.map(({ name }) => `${name}/given:0`),
        ['given:0'],
      ),
    );
    tf.dispose(values);
    this.where = 'both';
  }

  private load(): void {
    const nodes = [...this.entries.values()].flatMap((entry) => entry.nodes);
    if (!this.frozen) nodes.push(...this.variables.flatMap(variableNodes), given(this.variables));
    this.loaded = inFolder(savedModel(nodes), (folder) => loadRuntime().backend.loadSavedModelMetaGraph(folder, TAG));
    this.where = 'variables';
  }

  private unload(): void {
    if (this.loaded !== null) loadRuntime().backend.deleteSavedModel(this.loaded);
    this.loaded = null;
    this.where = 'variables';
  }

  private call(inputs: readonly tf.Tensor[], inputNames: readonly string[], outputNames: readonly string[]): tf.Tensor[] {
    const infos = inputNames.map((name) => ({ name, dtype: 'float32' as const, tfDtype: '' }));
    return loadRuntime().backend.runSavedModel(this.loaded!, [...inputs], infos, [...outputNames]);
  }
}

/**
 * Gives `load` a folder with the model, which is gone afterwards.
 * @throws store/disk-full, store/cannot-write
 */
function inFolder<T>(model: Uint8Array, load: (folder: string) => T): T {
  let folder: string | undefined;
  try {
    try {
      folder = mkdtempSync(path.join(os.tmpdir(), 'prune-lab-graph-'));
      // The loader looks for this folder even where no values are stored.
      mkdirSync(path.join(folder, 'variables'));
      writeFileSync(path.join(folder, 'saved_model.pb'), model);
    } catch (error) {
      throw graphNotWritten(folder ?? os.tmpdir(), error);
    }
    return load(folder);
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** The graph's own copy of a variable, with a way in and a way out. */
function variableNodes({ name, shape }: Variable): GraphNode[] {
  const dtype = typeValue('float32');
  return [
    graphNode(name, 'VarHandleOp', [], { dtype, shape: shapeValue(shape), shared_name: textValue(name) }),
    graphNode(`${name}/given`, 'Placeholder', [], { dtype, shape: shapeValue(shape) }),
    graphNode(`${name}/assign`, 'AssignVariableOp', [name, `${name}/given`], { dtype }),
    graphNode(`${name}/read`, 'ReadVariableOp', [name], { dtype }),
  ];
}

/** A node that is there when all variables have been assigned: a call has to ask for an output. */
const given = (variables: readonly Variable[]): GraphNode =>
  graphNode('given', 'Identity', [`${variables[0]!.name}/given`, ...variables.map(({ name }) => `^${name}/assign`)], {
    T: typeValue('float32'),
  });
