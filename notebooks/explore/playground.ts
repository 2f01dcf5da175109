// ---
// jupyter:
//   kernelspec:
//     display_name: TypeScript (IGDS)
//     language: typescript
//     name: igds
// ---

// %% [markdown]
// # Playground
//
// A run that you steer while it goes: play, pause, step, rewind, and change the guidance on the way. Where no kernel runs (GitHub, exported HTML) the same output is a strip or a film with a slider.
//
// Change the parameters and run all cells. [Tutorial 1](../tutorials/01-one-image-step-by-step.ipynb) explains what is shown.

// %%
import * as igds from "igds";

// %% tags=["parameters"]
const p = igds.parameters({ profile: "quick", dataset: "fashion-mnist", classes: ["Sneaker", "Bag"], ipc: 4, method: "igds", seed: 0, steps: 30 });

// %%
const steps = p.profile === "test" ? 4 : p.steps;
const distiller = await igds.open(p.dataset);
const settings: igds.StartOptions = { method: p.method as igds.StartOptions["method"], classes: p.classes, ipc: p.ipc, seed: p.seed, steps };
distiller.dataset.classes

// %% [markdown]
// ## The live run
//
// **play** runs on its own; **step** and **back** go one step (going back is exact); the sliders change $\beta$ and the weight of the prototype term *from the next step on*.

// %%
const run = distiller.start(settings);
igds.stepper(run)

// %% [markdown]
// The stepper and the cells see the same run. Take it a few steps from here, and the stepper follows:

// %%
await run.step(3);
run

// %% [markdown]
// ## Two roads from here
//
// `fork` copies the run with its past and its noise and changes a setting. Any setting will do: `beta`, `weight`, `window`, `contextual: "context"`, `guidanceScale`, `method`.

// %%
const twin = run.fork({ beta: 0, label: "beta = 0" });
const bar = igds.progress("to the end", 2 * steps - run.records.length - twin.records.length);
for (const one of [run, twin]) await one.finish(() => bar.advance());
await bar.finish();
igds.compare(run, twin)

// %% [markdown]
// Contextual information is paired by class, and there are two: its intervals say only that two are too few.
//
// ## What each term gave
//
// Point at an image to see its curve. What a term gave is push times slope, the gain to first order: where the bound bends, it may promise more than the ceiling $\ln 10$ allows. *Denoising* is the rest of what happened, and negative where a push promised too much.

// %%
igds.ledger(run)

// %% [markdown]
// ## Keep it
//
// A whole set with these settings, as PNG files with a manifest, goes to a folder by `await igds.distillInto("out/my-set", distiller, { method: "igds", ipc: 4, seed: 0 })`, or on the command line by `npx igds distill --method igds --ipc 4 --seed 0 --out out/my-set`.
