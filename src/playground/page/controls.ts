// The settings in the form, and what the reader does to them.
import { betaOfIpc } from "../../distill/beta";
import { setWeightOfIpc } from "../../distill/setTerm";
import type { BrowserBackend } from "../../tensor/engine.browser";
import type { PageContent } from "../content";
import { type GuidanceChanges, type PlaygroundSettings, pageSetTerm } from "../settings";
import { element, input, make, select } from "./dom";

export interface ControlEvents {
  /** Another run is to begin. */
  begin(): void;
  /** Guidance was changed, of the chosen lane. */
  guide(changes: GuidanceChanges): void;
  /** Another engine is wanted. */
  engine(backend: BrowserBackend | null): void;
  /** Another lane was chosen. */
  lane(lane: number): void;
}

const sliders = ["weight", "beta", "setWeight"] as const;
type Slider = (typeof sliders)[number];

export class Controls {
  /** What the reader has moved; the others follow the IPC by the library's rules. */
  private readonly own = new Set<Slider>();

  constructor(
    content: PageContent,
    private readonly events: ControlEvents,
  ) {
    const first = content.offered.includes("Sneaker") ? "Sneaker" : content.offered[0];
    for (const name of content.offered) {
      const box = make("input", { type: "checkbox", value: name, checked: name === first });
      element("classes").append(make("label", {}, box, name));
    }
    const usual = content.ipcs.includes(5) ? 5 : content.ipcs[content.ipcs.length - 1];
    for (const ipc of content.ipcs)
      select("ipc").append(make("option", { selected: ipc === usual }, String(ipc)));
    select("backend").value = location.hash.slice(1);
    this.followRules();
    this.listen();
    this.tellValues();
  }

  get backend(): BrowserBackend | null {
    return (select("backend").value || null) as BrowserBackend | null;
  }

  get lane(): number {
    const chosen = document.querySelector<HTMLInputElement>('input[name="lane"]:checked');
    return Number(chosen?.value ?? 0);
  }

  get settings(): PlaygroundSettings {
    const classes = this.boxes.filter(({ checked }) => checked).map(({ value }) => value);
    return {
      classes,
      ipc: Number(select("ipc").value),
      seed: Math.max(0, Math.floor(Number(input("seed").value) || 0)),
      steps: Number(select("steps").value),
      ...pageSetTerm,
      ...this.guidance,
    };
  }

  /** Shows the guidance of a lane. */
  show({ weight, beta, setWeight, contextual }: PlaygroundSettings): void {
    input("weight").value = String(weight);
    input("beta").value = String(beta);
    input("setWeight").value = String(setWeight);
    select("contextual").value = contextual;
    this.tellValues();
  }

  /** Lets the reader choose between the lanes; a fork that is new is chosen. */
  offer(lanes: readonly { readonly settings: PlaygroundSettings }[]): void {
    const choice = element("lanes");
    const one = lanes.length < 2;
    if (choice.hidden === one) return;
    choice.hidden = one;
    const radio = choice.querySelectorAll<HTMLInputElement>("input")[one ? 0 : 1];
    if (radio) radio.checked = true;
    const chosen = lanes[one ? 0 : 1];
    if (chosen) this.show(chosen.settings);
  }

  private get boxes(): HTMLInputElement[] {
    return [...element("classes").querySelectorAll("input")];
  }

  private get guidance() {
    return {
      weight: Number(input("weight").value),
      beta: Number(input("beta").value),
      setWeight: Number(input("setWeight").value),
      contextual: select("contextual").value as PlaygroundSettings["contextual"],
    };
  }

  private listen(): void {
    element("settings").addEventListener("submit", (event) => event.preventDefault());
    element("settings").addEventListener("change", ({ target }) => {
      if (target === select("backend")) {
        this.events.engine(this.backend);
        return;
      }
      // A run needs a class: the last one stays.
      if (this.boxes.every(({ checked }) => !checked)) (target as HTMLInputElement).checked = true;
      if (target === select("ipc")) this.followRules();
      this.events.begin();
    });
    for (const name of sliders) {
      // While it is dragged the value is shown; the run follows when it rests.
      input(name).addEventListener("input", () => this.tellValues());
      input(name).addEventListener("change", () => {
        this.own.add(name);
        this.events.guide({ [name]: this.guidance[name] });
      });
    }
    select("contextual").addEventListener("change", () =>
      this.events.guide({ contextual: this.guidance.contextual }),
    );
    element("lanes").addEventListener("change", () => this.events.lane(this.lane));
  }

  private get rules(): Readonly<Partial<Record<Slider, string>>> {
    const ipc = Number(select("ipc").value);
    return { beta: betaOfIpc(ipc).toFixed(1), setWeight: setWeightOfIpc(ipc).toFixed(0) };
  }

  private followRules(): void {
    for (const [name, value] of Object.entries(this.rules))
      if (!this.own.has(name as Slider)) input(name).value = value;
    this.tellValues();
  }

  private tellValues(): void {
    const { weight, beta, setWeight } = this.guidance;
    const said = { weight: String(weight), beta: beta.toFixed(1), setWeight: String(setWeight) };
    for (const name of sliders) {
      const rule = this.rules[name];
      const beside = rule === undefined ? "" : rule === said[name] ? " (the rule)" : ` (rule: ${rule})`;
      element(`${name}Value`).textContent = `${said[name]}${beside}`;
    }
  }
}
