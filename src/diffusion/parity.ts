// Parity with PyTorch: what the original code and diffusers computed with some weights, computed again here.
//
// A fixture is a folder with a DiT in the original layout (any weight file, and config.json) and, in diffusers/, a
// transformer/ and a vae/. Beside it lies a file of expected tensors (NCHW), whose names say what they are.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { type LoadedDiT, readDiT } from "../nn/ditWeights";
import { type LoadedVae, readVae } from "../nn/vaeWeights";
import { openWeights, type WeightFile } from "../nn/weightFile";
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "../tensor/engine";
import { readJsonIfThere } from "../tensor/textFile";
import { guideHalves } from "./classifierFreeGuidance";
import { ddim, ddpm } from "./samplers";
import { alphaBar, T } from "./schedule";
import { ddimScheduler, roundToEven, type Scheduler, type SchedulerName, schedulers } from "./schedulers";

/** Largest absolute difference allowed. */
export const parityBound = 1e-4;

/**
 * Where values are larger than 10: largest difference as a part of the largest value expected. Untrained weights let
 * sampling run up to values near 1000, where neighbouring float32 are 6e-5 apart and no two programs agree to 1e-4.
 */
export const parityRelativeBound = 1e-5;

/** One expected tensor beside what is computed here. */
export interface ParityCheck {
  /** Name of the expected tensor. */
  readonly name: string;
  /** Largest absolute difference; null if it could not be computed. */
  readonly difference: number | null;
  /** Largest absolute value expected: a float32 of this size is exact to 6e-8 of it. */
  readonly largest: number | null;
  readonly bound: number;
  readonly passed: boolean;
  /** Why it could not be computed. */
  readonly error?: string;
  /** Largest absolute difference with each weight file, where there are several of the same weights. */
  readonly files?: Readonly<Record<string, number>>;
}

export interface Parity {
  readonly folder: string;
  readonly expected: string;
  readonly passed: boolean;
  readonly checks: readonly ParityCheck[];
  /** Names in the file of expected tensors that mean nothing here. */
  readonly unknown: readonly string[];
}

/** A difference from what is expected. */
interface Difference {
  readonly difference: number;
  readonly largest: number;
  readonly files?: Readonly<Record<string, number>>;
}

/** What other tensors of the file are computed from. */
const givens = [
  /^(x|t|y|y_cfg)$/,
  /^vae_(image|z)$/,
  /^(ddpm|ddim)\d+_(z|noise)$/,
  /^sched_[a-z0-9]+_noise$/,
] as const;

const checks: readonly (readonly [
  RegExp,
  (fixture: Fixture, match: RegExpExecArray) => Promise<Difference>,
])[] = [
  [/^forward$/, forwardOriginal],
  [/^forward_diffusers$/, forwardDiffusers],
  [/^forward_cfg(\d+(?:\.\d+)?)$/, forwardGuided],
  [/^(ddpm|ddim)(\d+)_timesteps$/, respacedTimes],
  [/^(ddpm|ddim)(\d+)_out$/, sampled],
  [/^sched_(ddim|ddpm|euler|heun|dpmpp2m)_timesteps$/, schedulerTimes],
  [/^sched_(ddim|ddpm|euler|heun|dpmpp2m)_x$/, schedulerSteps],
  [/^vae_(mean|logvar)$/, encoded],
  [/^vae_decode$/, decoded],
];

/**
 * Computes every expected tensor of a fixture here and says how far it is off.
 *
 * @param folder with the weights
 * @param expectedFile the expected tensors. Default: expected.safetensors in the folder
 * @throws if the file of expected tensors cannot be read; what else goes wrong is told with its check
 * @example
 * const { passed, checks } = await parity("dit-small");
 */
export async function parity(folder: string, expectedFile?: string): Promise<Parity> {
  const file = expectedFile ?? path.join(folder, "expected.safetensors");
  const fixture = new Fixture(folder, await openWeights(file));
  const results: ParityCheck[] = [];
  const unknown: string[] = [];
  try {
    for (const name of [...fixture.expected.entries.keys()].sort()) {
      const [match, check] =
        checks.map(([pattern, run]) => [pattern.exec(name), run] as const).find(([found]) => found) ?? [];
      if (match && check) results.push(await judged(name, () => check(fixture, match)));
      else if (!givens.some((given) => given.test(name))) unknown.push(name);
    }
  } finally {
    await fixture.close();
  }
  const passed = unknown.length === 0 && results.length > 0 && results.every((result) => result.passed);
  return { folder, expected: file, passed, checks: results, unknown };
}

async function judged(name: string, check: () => Promise<Difference>): Promise<ParityCheck> {
  try {
    const found = await check();
    const bound = Math.max(parityBound, parityRelativeBound * found.largest);
    return { name, ...found, bound, passed: found.difference <= bound };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { name, difference: null, largest: null, bound: parityBound, passed: false, error: message };
  }
}

/** The weights and expected tensors of a folder, opened when they are needed. */
class Fixture {
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

async function forwardOriginal(fixture: Fixture): Promise<Difference> {
  const files: Record<string, number> = {};
  let largest = 0;
  for (const name of await fixture.originalFiles()) {
    const found = await forward(fixture, await fixture.readOriginal(name), "forward");
    files[name] = found.difference;
    largest = found.largest;
  }
  return { difference: maximum(Object.values(files)), largest, files };
}

async function forwardDiffusers(fixture: Fixture): Promise<Difference> {
  return forward(fixture, await fixture.diffusersDiT(), "forward_diffusers");
}

/** Disposes of the weights. */
async function forward(fixture: Fixture, { network, weights }: LoadedDiT, name: string): Promise<Difference> {
  try {
    const [x, t, y] = [await fixture.images("x"), await fixture.indices("t"), await fixture.indices("y")];
    const answer = (network.applyWithVariance ?? network.apply)(weights, x, t, y);
    return between(answer, await fixture.images(name));
  } finally {
    tf.dispose(weights as Record<string, Tensor>);
  }
}

/** DiT's forward_with_cfg: x of the first half for both halves, three channels guided. */
const GUIDED_CHANNELS = 3;

function withGuidance(
  { network, weights }: LoadedDiT,
  x: Tensor4D,
  t: Tensor1D,
  y: Tensor1D,
  scale: number,
): Tensor4D {
  const half = tf.split(x, 2)[0] as Tensor4D;
  const answers = (network.applyWithVariance ?? network.apply)(weights, tf.concat([half, half]), t, y);
  return guideHalves(answers, scale, GUIDED_CHANNELS);
}

async function forwardGuided(fixture: Fixture, [name, scale]: RegExpExecArray): Promise<Difference> {
  const [x, t] = [await fixture.images("x"), await fixture.indices("t")];
  const y = await fixture.indices("y_cfg");
  return between(
    withGuidance(await fixture.dit(), tf.concat([x, x]), tf.concat([t, t]) as Tensor1D, y, Number(scale)),
    await fixture.images(name),
  );
}

async function respacedTimes(fixture: Fixture, [name, kind, text]: RegExpExecArray): Promise<Difference> {
  const count = Number(text);
  const wanted = await fixture.numbers(name);
  return betweenNumbers(kind === "ddim" ? strided(count) : evenlySpaced(count), wanted);
}

/** The time steps of DiT's create_diffusion("N"): both ends included, summed up and rounded as there. */
function evenlySpaced(count: number): number[] {
  const stride = count === 1 ? 1 : (T - 1) / (count - 1);
  let exact = 0;
  return Array.from({ length: count }, () => {
    const rounded = roundToEven(exact);
    exact += stride;
    return rounded;
  });
}

/** The time steps of create_diffusion("ddimN"): from 0 on by the one stride that gives as many. */
function strided(count: number): number[] {
  for (let stride = 1; stride < T; stride++)
    if (Math.ceil(T / stride) === count) return Array.from({ length: count }, (_, i) => i * stride);
  throw new Error(`No stride through ${T} time steps gives ${count} of them.`);
}

/** The whole sampling loop of DiT's sample.py, on both halves of the guided batch, with the noise of the file. */
async function sampled(fixture: Fixture, [name, kind, text]: RegExpExecArray): Promise<Difference> {
  const loaded = await fixture.dit();
  const key = `${kind}${text}`;
  const times = Array.from(await fixture.numbers(`${key}_timesteps`));
  const noises = await fixture.numbers(`${key}_noise`);
  const [, ...noiseShape] = fixture.shape(`${key}_noise`);
  const y = await fixture.indices("y_cfg");
  const scale = guidanceScale(fixture);
  const z = await fixture.images(`${key}_z`);
  const start = tf.concat([z, z]) as Tensor4D;
  const { shape } = start;
  let x = start.dataSync() as Float32Array;
  const sampler = kind === "ddpm" ? ddpm({ variance: "learned" }) : ddim();
  for (let i = times.length - 1; i >= 0; i--) {
    const t = times[i]!;
    const a = alphaBar[t]!;
    const [epsilon, variance] = tf.tidy(() => {
      const answer = withGuidance(
        loaded,
        tf.tensor(x, shape) as Tensor4D,
        tf.fill([shape[0]], t, "int32") as Tensor1D,
        y,
        scale,
      );
      const parts = loaded.network.applyWithVariance ? tf.split(answer, 2, 3) : [answer];
      return parts.map((part) => part.dataSync() as Float32Array);
    }) as unknown as [Float32Array, Float32Array?];
    const present = x;
    const x0 = epsilon.map((noise, k) => (present[k]! - Math.sqrt(1 - a) * noise) / Math.sqrt(a));
    x = sampler.step({
      t,
      next: times[i - 1] ?? -1,
      x,
      x0,
      epsilon,
      ...(variance ? { variance } : {}),
      noise: () => {
        const size = noises.length / times.length;
        const from = (times.length - 1 - i) * size;
        const one = nhwc(noises.subarray(from, from + size), noiseShape as Tensor4D["shape"]);
        return one.dataSync() as Float32Array;
      },
    });
  }
  return between(tf.tensor(x, shape), await fixture.images(name));
}

/** The loops are guided as strongly as the forward pass of the same file; 4 is what DiT's sample.py takes. */
function guidanceScale({ expected }: Fixture): number {
  for (const name of expected.entries.keys()) {
    const match = /^forward_cfg(\d+(?:\.\d+)?)$/.exec(name);
    if (match) return Number(match[1]);
  }
  return 4;
}

/** A scheduler with as many steps as there are expected. */
async function schedulerOf(fixture: Fixture, name: SchedulerName): Promise<Scheduler> {
  const { length } = await fixture.numbers(`sched_${name}_timesteps`);
  const steps = name === "heun" ? (length + 1) / 2 : length;
  return name === "ddim" ? ddimScheduler(steps, { lastAlphaBar: "first" }) : schedulers[name](steps);
}

async function schedulerTimes(fixture: Fixture, [name, scheduler]: RegExpExecArray): Promise<Difference> {
  const { timesteps } = await schedulerOf(fixture, scheduler as SchedulerName);
  return betweenNumbers(timesteps, await fixture.numbers(name));
}

/**
 * Every x on the way, from the first one of the file on. In place of a network the schedulers of a fixture are given
 * epsilon(x, t) = tanh(x) (0.2 + t / 1000).
 */
async function schedulerSteps(fixture: Fixture, [name, of]: RegExpExecArray): Promise<Difference> {
  const scheduler = await schedulerOf(fixture, of as SchedulerName);
  const xs = await fixture.numbers(name);
  const count = scheduler.timesteps.length;
  const [states] = fixture.shape(name);
  if (states !== count + 1)
    throw new Error(`Expected ${count + 1} states of ${count} questions, found ${states}.`);
  const size = xs.length / (count + 1);
  const noiseName = `sched_${of}_noise`;
  const noises = fixture.expected.entries.has(noiseName) ? await fixture.numbers(noiseName) : null;
  const run = scheduler.begin();
  const found = xs.slice();
  let x: Float32Array = xs.slice(0, size);
  for (const [k, t] of scheduler.timesteps.entries()) {
    const epsilon = run.input(x).map((value) => Math.tanh(value) * (0.2 + t / 1000));
    x = noises ? run.step(x, epsilon, () => noises.slice(k * size, (k + 1) * size)) : run.step(x, epsilon);
    found.set(x, (k + 1) * size);
  }
  return betweenNumbers(found, xs);
}

async function encoded(fixture: Fixture, [name, part]: RegExpExecArray): Promise<Difference> {
  const { vae, weights } = await fixture.vae();
  const images = await fixture.images("vae_image");
  return between(vae.encode(weights, images)[part as "mean" | "logvar"], await fixture.images(name));
}

/** The latents of a fixture are not scaled. */
async function decoded(fixture: Fixture, [name]: RegExpExecArray): Promise<Difference> {
  const { vae, weights } = await fixture.vae();
  return between(vae.decode(weights, await fixture.images("vae_z")), await fixture.images(name));
}

function nhwc(values: Float32Array, shape: Tensor4D["shape"]): Tensor4D {
  return tf.transpose(tf.tensor4d(values, shape), [0, 2, 3, 1]);
}

function between(found: Tensor, wanted: Tensor): Difference {
  if (found.shape.join() !== wanted.shape.join())
    throw new Error(
      `Expected the shape ${wanted.shape.join(" x ")} (NHWC), found ${found.shape.join(" x ")}.`,
    );
  return betweenNumbers(found.dataSync(), wanted.dataSync());
}

function betweenNumbers(found: ArrayLike<number>, wanted: ArrayLike<number>): Difference {
  if (found.length !== wanted.length)
    throw new Error(`Expected ${wanted.length} numbers, found ${found.length}.`);
  for (let i = 0; i < wanted.length; i++)
    if (!Number.isFinite(wanted[i]!) || !Number.isFinite(found[i]!))
      throw new Error(
        `Value ${i} is ${found[i]}, expected ${wanted[i]}: only finite numbers can be compared.`,
      );
  return {
    difference: maximum(Array.from(wanted, (value, i) => Math.abs(value - found[i]!))),
    largest: maximum(Array.from(wanted, Math.abs)),
  };
}

/** Math.max of many values, none of them negative. */
function maximum(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
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
