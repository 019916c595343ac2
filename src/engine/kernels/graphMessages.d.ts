/** The parts of tfjs-node's generated messages that graph.ts writes. Their names and numbers are TensorFlow's own. */
declare module '@tensorflow/tfjs-node/dist/proto/api_pb' {
  class Dim {
    setSize(size: number): void;
  }
  class TensorShape {
    static Dim: typeof Dim;
    addDim(dim: Dim): void;
  }
  class Tensor {
    setDtype(type: number): void;
    setTensorShape(shape: TensorShape): void;
    setTensorContent(bytes: Uint8Array): void;
  }
  class ListValue {
    setIList(values: readonly number[]): void;
  }
  class AttrValue {
    static ListValue: typeof ListValue;
    setList(list: ListValue): void;
    setS(bytes: Uint8Array): void;
    setI(value: number): void;
    setF(value: number): void;
    setB(value: boolean): void;
    setType(type: number): void;
    setShape(shape: TensorShape): void;
    setTensor(tensor: Tensor): void;
  }
  class NodeDef {
    setName(name: string): void;
    setOp(op: string): void;
    setInputList(inputs: readonly string[]): void;
    getAttrMap(): { set(name: string, value: AttrValue): void };
  }
  class VersionDef {
    setProducer(version: number): void;
  }
  class GraphDef {
    setNodeList(nodes: readonly NodeDef[]): void;
    setVersions(versions: VersionDef): void;
  }
  class MetaInfoDef {
    addTags(tag: string): void;
  }
  class MetaGraphDef {
    static MetaInfoDef: typeof MetaInfoDef;
    setMetaInfoDef(info: MetaInfoDef): void;
    setGraphDef(graph: GraphDef): void;
  }
  const messages: {
    TensorShape: typeof TensorShape;
    Tensor: typeof Tensor;
    AttrValue: typeof AttrValue;
    NodeDef: typeof NodeDef;
    VersionDef: typeof VersionDef;
    GraphDef: typeof GraphDef;
    MetaGraphDef: typeof MetaGraphDef;
    SavedModel: new () => {
      setSavedModelSchemaVersion(version: number): void;
      addMetaGraphs(graph: MetaGraphDef): void;
      serializeBinary(): Uint8Array;
    };
  };
  export default messages;
}
