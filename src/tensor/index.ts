// What `igds.tensor` has: compiled functions, batches, the engine.
export { concatBatches, sliceBatch } from "./batch";
export {
  type Compiled,
  type CompiledWithState,
  type CompileOptions,
  compile,
  compileStep,
  compileWith,
  type HeldOptions,
  type Output,
  type StepResult,
  type Tensors,
} from "./compile";
export { type EngineInfo, engineInfo, engineReady } from "./engine";
export { pause } from "./pause";
