// The method itself on the shipped models: one guided step, a whole distilled set, the evaluation of a set.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gather } from "../datasets/batches";
import { readImageFolder } from "../datasets/imageFolder";
import { loadDataset } from "../datasets/load";
import { samplingLoop } from "../diffusion/sample";
import { alphaBar, timeSteps } from "../diffusion/schedule";
import { distillInto } from "../distill/distill";
import type { Distiller, StartOptions } from "../distill/distiller";
import { open } from "../distill/open";
import { selectSet } from "../distill/shards";
import { evaluateSet } from "../evaluate/evaluateSet";
import { guideDefaults } from "../guidance/guide";
import { temperatureAt } from "../information/calibration";
import { type Tensor, tf } from "../tensor/engine";
import { type BenchCase, type NamedCase, type Plain, plainTensors, scatter } from "./case";

const IPC = 10;
/** The two terms that are the direct reading of the paper: every PyTorch user could write them. */
const options = {
  method: "igds",
  ipc: IPC,
  setWeight: 0,
  weight: 200,
  beta: 2,
  guidanceScale: 3,
  sampler: "ddim",
} as const;
const STEPS = 50;

export const methodCases: readonly NamedCase[] = [
  { name: "guided IGDS step, 100 images", build: () => guidedStep(options) },
  { name: "distillation, 100 images, 50 steps, to PNG", build: () => distillation() },
  { name: "evaluation, ConvNet-3, 400 steps, 10,000 tests", build: () => evaluation() },
];

/** How cost and memory grow with the number of images of a class, whose pairs the bound looks at. */
export const growthCases: readonly NamedCase[] = [10, 50, 200, 1000].map((ipc) => ({
  name: `guided step of one class, IPC ${ipc}`,
  build: () => guidedStep({ ...options, ipc, classes: ["Bag"] }),
}));

/** What both cases of sampling hand to PyTorch. */
function samplingOf(distiller: Distiller, start: StartOptions) {
  const sampling = distiller.sampleOptions({ ...start, seed: "bench", steps: STEPS });
  const labels = Int32Array.from(sampling.labels);
  const { denoiser, classifier, classContext } = distiller;
  const { ipc = 1 } = start;
  const bandwidths = distiller.classIndices(start.classes).map((label) => classContext.bandwidth(label, ipc));
  const weights = denoiser.weights();
  const tensors = new Map<string, Plain>([
    ...plainTensors("denoiser/", weights),
    ...plainTensors("classifier/", classifier.weights as Record<string, Tensor>),
    ["in/y", { shape: [labels.length], data: labels }],
    ["in/s2", { shape: [bandwidths.length], data: Float32Array.from(bandwidths) }],
    ["in/alphaBar", { shape: [alphaBar.length], data: Float32Array.from(alphaBar) }],
    ["in/times", { shape: [STEPS], data: Int32Array.from(timeSteps(STEPS)) }],
  ]);
  tf.dispose(weights as Record<string, Tensor>);
  const request = {
    config: denoiser.network.config,
    classifier: classifier.network.config,
    temperature: temperatureAt(classifier.temperatures, 0),
    ipc,
    weight: options.weight,
    beta: options.beta,
    scale: options.guidanceScale,
    imageVariance: 0.25,
    largestChange: guideDefaults.largestChange,
  };
  return { loop: samplingLoop(denoiser, sampling), tensors, request };
}

async function guidedStep(of: StartOptions): Promise<BenchCase> {
  const distiller = await open("fashion-mnist");
  const { loop, tensors, request } = samplingOf(distiller, of);
  const index = STEPS / 2;
  const start = { ...loop.begin(), index };
  tensors.set("in/x", start.x);
  return {
    request: { kind: "guided step", index, ...request },
    tensors,
    long: (of.ipc ?? 1) >= 200,
    run: () => loop.after(loop.take(start))!.x.data,
    dispose: () => distiller.dispose(),
  };
}

async function distillation(): Promise<BenchCase> {
  const distiller = await open("fashion-mnist");
  const { loop, tensors, request } = samplingOf(distiller, options);
  tensors.set("in/x", loop.begin().x);
  return {
    request: { kind: "distillation", ...request },
    tensors,
    long: true,
    async run() {
      const folder = mkdtempSync(path.join(tmpdir(), "igds-bench-"));
      try {
        await distillInto(folder, distiller, { ...options, seed: "bench", steps: STEPS });
        const { images } = await readImageFolder(folder, distiller.dataset);
        return images.data.map((value) => (value + 1) * 127.5);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    // Fifty steps make more of what rounding makes different, in pixels here and there.
    differs: (a, b) => scatter(a, b, 0.05),
    dispose: () => distiller.dispose(),
  };
}

async function evaluation(): Promise<BenchCase> {
  const dataset = await loadDataset("fashion-mnist");
  const set = await selectSet(dataset, { method: "kmeans", ipc: options.ipc, seed: 0 });
  const { test, shape } = dataset;
  const real = gather(
    test,
    shape,
    Int32Array.from(test.labels, (_, i) => i),
  );
  return {
    request: {
      kind: "evaluation",
      filters: 64,
      steps: 400,
      batch: 64,
      rate: 1e-3,
      weightDecay: 0.01,
      shift: 2,
    },
    tensors: new Map<string, Plain>([
      ["in/x", set.images],
      ["in/y", { shape: [set.labels.length], data: set.labels }],
      ["in/testX", real],
      ["in/testY", { shape: [test.labels.length], data: Int32Array.from(test.labels) }],
    ]),
    long: true,
    run: async () => [(await evaluateSet(set, dataset, { seeds: [0], checkpoints: 1 })).last.mean],
    // Other random numbers, the same accuracy within the spread of networks.
    differs: (a, b) => (Math.abs(a[0]! - b[0]!) <= 8 ? null : `${b[0]} % in place of ${a[0]} %`),
    dispose: () => {},
  };
}
