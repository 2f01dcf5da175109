// The protobuf classes that tfjs-node-gpu ships without types: what graphWriter.ts uses of them
// (node_modules/@tensorflow/tfjs-node-gpu/src/proto/api.proto).
declare module "@tensorflow/tfjs-node-gpu/dist/proto/api_pb" {
  export enum DataType {
    DT_FLOAT = 1,
    DT_INT32 = 3,
    DT_BOOL = 10,
    DT_BFLOAT16 = 14,
  }
  export class TensorShape {
    setDimList(dims: TensorShape.Dim[]): void;
  }
  export namespace TensorShape {
    class Dim {
      setSize(size: number): void;
    }
  }
  export class Tensor {
    setDtype(dtype: DataType): void;
    setTensorShape(shape: TensorShape): void;
    setTensorContent(bytes: Uint8Array): void;
    setIntValList(values: number[]): void;
  }
  export class AttrValue {
    setList(value: AttrValue.ListValue): void;
    setS(value: Uint8Array): void;
    setI(value: number): void;
    setF(value: number): void;
    setB(value: boolean): void;
    setType(value: DataType): void;
    getType(): DataType;
    setShape(value: TensorShape): void;
    setTensor(value: Tensor): void;
  }
  export namespace AttrValue {
    class ListValue {
      setSList(values: Uint8Array[]): void;
      setIList(values: number[]): void;
      setFList(values: number[]): void;
      setBList(values: boolean[]): void;
    }
  }
  export class NodeDef {
    setName(name: string): void;
    setOp(op: string): void;
    setInputList(inputs: string[]): void;
    getAttrMap(): { set(name: string, value: AttrValue): void };
  }
  export class VersionDef {
    setProducer(version: number): void;
  }
  export class GraphDef {
    setNodeList(nodes: NodeDef[]): void;
    setVersions(versions: VersionDef): void;
  }
  export class MetaGraphDef {
    setMetaInfoDef(info: MetaGraphDef.MetaInfoDef): void;
    setGraphDef(graph: GraphDef): void;
  }
  export namespace MetaGraphDef {
    class MetaInfoDef {
      setTagsList(tags: string[]): void;
    }
  }
  export class SavedModel {
    setSavedModelSchemaVersion(version: number): void;
    setMetaGraphsList(graphs: MetaGraphDef[]): void;
    serializeBinary(): Uint8Array;
  }
}
