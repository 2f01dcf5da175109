// The page's side of a stepper, in a DOM without a browser.
import { JSDOM } from "jsdom";
import { describe, expect, it } from "vitest";
import { esm } from "../../src/notebook/stepperPage";
import { firstState, knobsOf, type StepperState } from "../../src/notebook/stepperState";
import { startRun } from "./runs";

/** The front end's half of a widget: its state, and who hears of changes. */
class Model {
  readonly asked: object[] = [];
  private readonly handlers = new Map<string, (() => void)[]>();

  constructor(private state: StepperState) {}

  get(name: keyof StepperState): unknown {
    return this.state[name];
  }

  on(name: string, handler: () => void): void {
    this.handlers.set(name, [...(this.handlers.get(name) ?? []), handler]);
  }

  send(message: object): void {
    this.asked.push(message);
  }

  /** As the kernel changes the state. */
  take(changes: Partial<StepperState>): void {
    this.state = { ...this.state, ...changes };
    for (const name of Object.keys(changes))
      for (const handler of this.handlers.get(`change:${name}`) ?? []) handler();
  }
}

async function shown(settings: Parameters<typeof startRun>[0]) {
  const run = startRun(settings);
  const model = new Model(await firstState(run));
  const { window } = new JSDOM("");
  const { render } = new Function("document", esm.replace("export default", "return"))(window.document) as {
    render: (view: { model: Model; el: HTMLElement }) => void;
  };
  render({ model, el: window.document.body });
  const sliders = () => [...window.document.querySelectorAll("input")].map(({ name }) => name);
  const slider = (name: string) => window.document.querySelector<HTMLInputElement>(`input[name="${name}"]`)!;
  const event = (name: string) => new window.Event(name);
  const press = (selector: string, key: string) => {
    const pressed = new window.KeyboardEvent("keydown", { key, bubbles: true });
    window.document.querySelector(selector)!.dispatchEvent(pressed);
  };
  return { run, model, sliders, slider, event, press };
}

describe("the page of a stepper", () => {
  it("has a slider for whatever can be slid, also when a cell has changed that", async () => {
    const { run, model, sliders, slider, event } = await shown({ ipc: 1 });
    expect(sliders()).toEqual(["at", "weight", "size"]);
    run.change({ ipc: 2 });
    model.take({ knobs: knobsOf(run) });
    expect(sliders()).toEqual(["at", "beta", "weight", "size"]);
    expect([slider("beta").min, slider("beta").value, slider("beta").max]).toEqual(["-2", "1", "8"]);
    slider("beta").value = "-1.5";
    slider("beta").dispatchEvent(event("input"));
    expect(model.asked).toEqual([{ do: "set", name: "beta", value: -1.5 }]);
    run.change({ ipc: 1 });
    model.take({ knobs: knobsOf(run) });
    expect(sliders()).toEqual(["at", "weight", "size"]);
  });

  it("hears the keys that it names, also after a click on a button, which has space to itself", async () => {
    const { model, press } = await shown({ ipc: 2 });
    for (const key of ["ArrowRight", "ArrowLeft", " "]) press(".pictures", key);
    expect(model.asked).toEqual([{ do: "step" }, { do: "back" }, { do: "play" }]);
    for (const key of ["ArrowRight", "ArrowLeft", " "]) press("button", key);
    expect(model.asked.slice(3)).toEqual([{ do: "step" }, { do: "back" }]);
    press("input", "ArrowRight");
    expect(model.asked).toHaveLength(5);
  });

  it("widens a slider with its value, but not while it is held", async () => {
    const { run, model, slider, event } = await shown({ ipc: 2, weight: 100 });
    const weight = slider("weight");
    expect([weight.min, weight.max]).toEqual(["0", "400"]);
    // This DOM knows no pointers.
    const pointer = {} as PointerEvent;
    weight.onpointerdown!(pointer);
    run.change({ weight: 300 });
    model.take({ knobs: knobsOf(run) });
    expect([weight.value, weight.max]).toEqual(["100", "400"]);
    weight.onpointerup!(pointer);
    weight.dispatchEvent(event("blur"));
    model.take({ knobs: knobsOf(run) });
    expect([weight.value, weight.max]).toEqual(["300", "600"]);
    expect(model.asked).toEqual([{ do: "hold" }, { do: "let go" }]);
  });
});
