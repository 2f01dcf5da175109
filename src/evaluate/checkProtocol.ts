// What may be wrong with the settings of an evaluation, said before anything is trained.
import type { Augmentation } from "./augment";
import type { LabelledSet } from "./labelledSet";
import type { Protocol } from "./protocols";
import type { FixedProtocol, Teacher } from "./trainOnSet";

/** @throws RangeError naming the first setting that cannot be used, and what it should be */
export function checkProtocol(protocol: FixedProtocol): void {
  const { seeds, steps, batch, checkpoints, rate, weightDecay, testsFrom = 0 } = protocol;
  for (const [name, value] of Object.entries({ steps, batch, checkpoints }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`evaluateSet: ${name} must be a whole number >= 1, found ${value}`);
  if (checkpoints > steps)
    throw new RangeError(
      `evaluateSet: ${checkpoints} checkpoints do not fit into ${steps} steps: give ${steps} or fewer, or more steps`,
    );
  if (!(rate > 0)) throw new RangeError(`evaluateSet: rate must be a number > 0, found ${rate}`);
  if (!(weightDecay >= 0 && Number.isFinite(weightDecay)))
    throw new RangeError(`evaluateSet: weightDecay must be a number >= 0, found ${weightDecay}`);
  // The last step is always tested: below 1 it is behind every such share.
  if (!(testsFrom >= 0 && testsFrom < 1))
    throw new RangeError(
      `evaluateSet: testsFrom must be a share of the steps, 0 or more and below 1, found ${testsFrom}`,
    );
  if (seeds.length === 0)
    throw new RangeError("evaluateSet: seeds is empty; give one seed per network to train");
  // 0 and "0" are one seed: two equal networks would count as two draws that agree.
  const again = seeds.find((seed, i) => seeds.findIndex((other) => `${other}` === `${seed}`) < i);
  if (again !== undefined)
    throw new RangeError(
      `evaluateSet: seeds must differ, found ${JSON.stringify(again)} twice: give each network its own`,
    );
  checkChoices(protocol);
  checkAugmentation(protocol.augmentation);
}

/** What a setting may be; `undefined` where it has a default. */
const choices = {
  on: ["test", "held-out"],
  optimiser: ["adamw", "sgd"],
  schedule: ["multi-step", "half-cosine", undefined],
  decay: ["all", "kernels", undefined],
} as const satisfies { [K in keyof Protocol]?: readonly Protocol[K][] };

function checkChoices(protocol: Protocol): void {
  for (const [name, allowed] of Object.entries(choices)) {
    const found = protocol[name as keyof typeof choices];
    if (!(allowed as readonly unknown[]).includes(found))
      throw new RangeError(
        `evaluateSet: ${name} must be ${allowed.flatMap((value) => (value ? [`"${value}"`] : [])).join(" or ")}, found ` +
          JSON.stringify(found),
      );
  }
}

function checkAugmentation({ shift, flip, cutout, cutMix, scale = 1, rotate = 0 }: Augmentation): void {
  const wrong = (name: string, expected: string, found: unknown) =>
    new RangeError(
      `evaluateSet: augmentation.${name} must be ${expected}, found ${found}. To change some of it, begin with ` +
        "{ ...igds.evaluate.protocolDefaults.augmentation }",
    );
  for (const [name, value] of Object.entries({ shift, cutout }))
    if (!Number.isInteger(value) || value < 0) throw wrong(name, "a whole number of pixels >= 0", value);
  if (typeof flip !== "boolean") throw wrong("flip", "true or false", flip);
  if (!(cutMix >= 0 && cutMix <= 1)) throw wrong("cutMix", "a probability, 0 to 1", cutMix);
  if (!(scale >= 1 && Number.isFinite(scale))) throw wrong("scale", "a factor >= 1", scale);
  if (!(rotate >= 0 && Number.isFinite(rotate))) throw wrong("rotate", "degrees >= 0", rotate);
}

/** @throws RangeError unless there is a teacher where, and only where, the settings train on the labels of one */
export function checkTeacher(
  { teacher }: Protocol,
  set: LabelledSet,
  { protocol = "quick", teacherNetwork }: { protocol?: string; teacherNetwork?: Teacher },
): void {
  const settings = `these settings (protocol "${protocol}")`;
  if (teacher && !teacherNetwork)
    throw new RangeError(
      `evaluateSet: ${settings} train on the labels of a teacher: give one as teacherNetwork (igds evaluate: --teacher), ` +
        "such as a ResNet-18 trained on all real images",
    );
  if (teacher && set.targets)
    throw new RangeError(
      `evaluateSet: ${settings} take soft labels from a teacher, but the set has some of its own: leave out one of both`,
    );
  if (!teacher && teacherNetwork)
    throw new RangeError(
      `evaluateSet: teacherNetwork is given, but ${settings} train on the labels of the set. Leave it out, or take a ` +
        'protocol that asks a teacher, such as "rded-resnet18"',
    );
}
