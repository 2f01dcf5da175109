// What TensorFlow is given to load.
import { readFileSync } from "node:fs";
import path from "node:path";
import { type NativeBinding, nativeBackend } from "../../src/tensor/engine";

/** The bytes, as text, of the graphs that are loaded meanwhile: names of operations stand in them as they are. */
export function loadedGraphs(run: () => void): string[] {
  const backend = nativeBackend();
  const native = backend.binding;
  const graphs: string[] = [];
  const loadSavedModel = (folder: string, tags: string): number => {
    graphs.push(readFileSync(path.join(folder, "saved_model.pb"), "latin1"));
    return native.loadSavedModel(folder, tags);
  };
  // The native object's own properties cannot be written: shadow it.
  backend.binding = Object.create(native, { loadSavedModel: { value: loadSavedModel } }) as NativeBinding;
  try {
    run();
  } finally {
    backend.binding = native;
  }
  return graphs;
}
