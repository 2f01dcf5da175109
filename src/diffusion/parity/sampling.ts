// Whole loops: DiT's own sampling and the schedulers of diffusers, with the noise of the file.
import { roundHalfToEven } from "../../datasets/roundHalf";
import { type Tensor1D, type Tensor4D, tf } from "../../tensor/engine";
import { numbersOf } from "../../tensor/numbersOf";
import { ddim, ddpm } from "../samplers";
import { alphaBar, T } from "../schedule";
import { ddimScheduler, type Scheduler, type SchedulerName, schedulers } from "../schedulers";
import { between, betweenNumbers, type Difference } from "./difference";
import { type Fixture, nhwc } from "./fixture";
import { withGuidance } from "./networks";

export async function respacedTimes(
  fixture: Fixture,
  [name, kind, text]: RegExpExecArray,
): Promise<Difference> {
  const count = Number(text);
  const wanted = await fixture.numbers(name);
  return betweenNumbers(kind === "ddim" ? strided(count) : evenlySpaced(count), wanted);
}

/** The time steps of DiT's create_diffusion("N"): both ends included, summed up and rounded as there. */
function evenlySpaced(count: number): number[] {
  const stride = count === 1 ? 1 : (T - 1) / (count - 1);
  let exact = 0;
  return Array.from({ length: count }, () => {
    const rounded = roundHalfToEven(exact);
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
export async function sampled(fixture: Fixture, [name, kind, text]: RegExpExecArray): Promise<Difference> {
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
    const [epsilon, variance] = numbersOf(() => {
      const answer = withGuidance(
        loaded,
        tf.tensor(x, shape) as Tensor4D,
        tf.fill([shape[0]], t, "int32") as Tensor1D,
        y,
        scale,
      );
      return loaded.network.applyWithVariance ? tf.split(answer, 2, 3) : [answer];
    }) as [Float32Array, Float32Array?];
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

export async function schedulerTimes(
  fixture: Fixture,
  [name, scheduler]: RegExpExecArray,
): Promise<Difference> {
  const { timesteps } = await schedulerOf(fixture, scheduler as SchedulerName);
  return betweenNumbers(timesteps, await fixture.numbers(name));
}

/**
 * Every x on the way, from the first one of the file on. In place of a network the schedulers of a fixture are given
 * epsilon(x, t) = tanh(x) (0.2 + t / 1000).
 */
export async function schedulerSteps(fixture: Fixture, [name, of]: RegExpExecArray): Promise<Difference> {
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
