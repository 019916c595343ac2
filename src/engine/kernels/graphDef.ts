/** Writing a TensorFlow graph as a saved model, which is what the addon can load. Names and numbers of the format are TensorFlow's. */
import type { TFEOpAttr } from '@tensorflow/tfjs-node/dist/tfjs_binding';
import messages from '@tensorflow/tfjs-node/dist/proto/api_pb';
import { loadRuntime } from './runtime';

type Message<K extends keyof typeof messages> = InstanceType<(typeof messages)[K]>;
export type GraphNode = Message<'NodeDef'>;
type Value = Message<'AttrValue'>;
type Shape = readonly number[];

/** The tag by which the graph is found in its file. */
export const TAG = 'serve';
/** The version of graphs that TensorFlow 2.9 writes: all later ones read it. */
const PRODUCER = 1087;
const TYPES: Readonly<Record<string, number>> = { float32: 1, int32: 3, bool: 10 };

export function graphNode(name: string, op: string, inputs: readonly string[], attributes: Readonly<Record<string, Value>>): GraphNode {
  const node = new messages.NodeDef();
  node.setName(name);
  node.setOp(op);
  node.setInputList(inputs);
  for (const [key, value] of Object.entries(attributes)) node.getAttrMap().set(key, value);
  return node;
}

const value = (set: (value: Value) => void): Value => {
  const made = new messages.AttrValue();
  set(made);
  return made;
};

export const typeValue = (dtype: string) => value((v) => v.setType(TYPES[dtype]!));
export const shapeValue = (shape: Shape) => value((v) => v.setShape(shapeOf(shape)));
export const textValue = (text: string) => value((v) => v.setS(Buffer.from(text)));

/** @param bytes the numbers, row-major, in the machine's own byte order */
export function tensorValue(dtype: string, shape: Shape, bytes: Uint8Array): Value {
  const tensor = new messages.Tensor();
  tensor.setDtype(TYPES[dtype]!);
  tensor.setTensorShape(shapeOf(shape));
  tensor.setTensorContent(bytes);
  return value((v) => v.setTensor(tensor));
}

/** An attribute of a native op, as it is given to the addon. */
export function attributeValue({ name, type, value: given }: TFEOpAttr): Value {
  const { binding: b } = loadRuntime();
  if (Array.isArray(given) && type === b.TF_ATTR_INT) {
    const list = new messages.AttrValue.ListValue();
    list.setIList(given as number[]);
    return value((v) => v.setList(list));
  }
  if (type === b.TF_ATTR_INT) return value((v) => v.setI(given as number));
  if (type === b.TF_ATTR_FLOAT) return value((v) => v.setF(given as number));
  if (type === b.TF_ATTR_BOOL) return value((v) => v.setB(given as boolean));
  if (type === b.TF_ATTR_TYPE) return value((v) => v.setType(given as number));
  if (type === b.TF_ATTR_STRING) return textValue(given as string);
  if (type === b.TF_ATTR_SHAPE) return shapeValue(given as number[]);
  throw new Error(`attribute ${name} is of an unknown type`);
}

/** The file saved_model.pb of a graph. */
export function savedModel(nodes: readonly GraphNode[]): Uint8Array {
  const versions = new messages.VersionDef();
  versions.setProducer(PRODUCER);
  const graph = new messages.GraphDef();
  graph.setNodeList(nodes);
  graph.setVersions(versions);
  const info = new messages.MetaGraphDef.MetaInfoDef();
  info.addTags(TAG);
  const meta = new messages.MetaGraphDef();
  meta.setMetaInfoDef(info);
  meta.setGraphDef(graph);
  const model = new messages.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.addMetaGraphs(meta);
  return model.serializeBinary();
}

function shapeOf(dims: Shape): Message<'TensorShape'> {
  const shape = new messages.TensorShape();
  for (const size of dims) {
    const dim = new messages.TensorShape.Dim();
    dim.setSize(size);
    shape.addDim(dim);
  }
  return shape;
}
