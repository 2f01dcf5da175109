// The folder of a fixture: its weights in several layouts and the file of expected tensors.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { type LoadedDiT, readDiT } from "../../nn/ditWeights";
import { type LoadedVae, readVae } from "../../nn/vaeWeights";
import { openWeights, type WeightFile } from "../../nn/weightFile";
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "../../tensor/engine";
import { readJsonIfThere } from "../../tensor/textFile";

/** The weights and expected tensors of a folder, opened when they are needed. */
export class Fixture {
  private files: Promise<string[]> | null = null;
  private original: Promise<LoadedDiT> | null = null;
  private loadedVae: Promise<LoadedVae> | null = null;

  constructor(
    readonly folder: string,
    readonly expected: WeightFile,
  ) {}

  /** Files in the folder that hold a DiT in the original layout. */
  originalFiles(): Promise<string[]> {
    this.files ??= this.findOriginals();
    return this.files;
  }

  private async findOriginals(): Promise<string[]> {
    const found: string[] = [];
    for (const name of (await readdir(this.folder)).sort()) {
      if (!/\.(safetensors|safetensors\.index\.json|pt|pth|bin)$/.test(name)) continue;
      const isDiT = await using(path.join(this.folder, name), async ({ entries }) =>
        entries.has("x_embedder.proj.weight"),
      );
      if (isDiT) found.push(name);
    }
    if (found.length === 0)
      throw new Error(`${this.folder} has no weight file with a DiT in the original layout.`);
    return found;
  }

  async readOriginal(name: string): Promise<LoadedDiT> {
    const file = path.join(this.folder, "config.json");
    const config = await readJsonIfThere(file);
    return using(path.join(this.folder, name), (weights) => readDiT(weights, config));
  }

  /** The first of the original files. */
  async dit(): Promise<LoadedDiT> {
    this.original ??= this.originalFiles().then(([first]) => this.readOriginal(first!));
    return this.original;
  }

  async diffusersDiT(): Promise<LoadedDiT> {
    const folder = await this.part("transformer");
    const config = await json(path.join(folder, "config.json"));
    return using(folder, (file) => readDiT(file, config));
  }

  async vae(): Promise<LoadedVae> {
    this.loadedVae ??= this.part("vae").then(async (folder) => {
      const config = await json(path.join(folder, "config.json"));
      return using(folder, (file) => readVae(file, config));
    });
    return this.loadedVae;
  }

  private async part(name: string): Promise<string> {
    for (const folder of [path.join(this.folder, "diffusers", name), path.join(this.folder, name)])
      if ((await readdir(folder).catch(() => [])).length > 0) return folder;
    throw new Error(`${this.folder} has no folder "diffusers/${name}" or "${name}".`);
  }

  shape(name: string): readonly number[] {
    const entry = this.expected.entries.get(name);
    if (!entry) throw new Error(`${this.expected.file} lacks the tensor "${name}", which this check needs.`);
    return entry.shape;
  }

  /** The numbers of an expected tensor as they lie in the file. */
  async numbers(name: string): Promise<Float32Array> {
    this.shape(name);
    return this.expected.read(name);
  }

  /** Images, from NCHW to NHWC. */
  async images(name: string): Promise<Tensor4D> {
    const shape = this.shape(name);
    if (shape.length !== 4)
      throw new Error(`Expected tensor "${name}" with 4 axes (NCHW), found ${shape.join(" x ")}.`);
    return nhwc(await this.numbers(name), shape as Tensor4D["shape"]);
  }

  async indices(name: string): Promise<Tensor1D> {
    return tf.tensor1d(Int32Array.from(await this.numbers(name)), "int32");
  }

  async close(): Promise<void> {
    await this.expected.close();
    for (const loaded of [this.original, this.loadedVae]) {
      const weights = await loaded?.then(({ weights: w }) => w).catch(() => null);
      if (weights) tf.dispose(weights as Record<string, Tensor>);
    }
  }
}

/** From PyTorch's order of axes to TensorFlow's. */
export function nhwc(values: Float32Array, shape: Tensor4D["shape"]): Tensor4D {
  return tf.transpose(tf.tensor4d(values, shape), [0, 2, 3, 1]);
}

async function using<R>(file: string, use: (weights: WeightFile) => Promise<R>): Promise<R> {
  const weights = await openWeights(file);
  try {
    return await use(weights);
  } finally {
    await weights.close();
  }
}

async function json(file: string): Promise<unknown> {
  const content = await readJsonIfThere(file);
  if (content === null) throw new Error(`${file}: expected a config, found no such file.`);
  return content;
}
