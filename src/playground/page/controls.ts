// The settings in the form, and what the reader does to them.
import { betaOfIpc } from "../../distill/beta";
import type { BrowserBackend } from "../../tensor/engine.browser";
import type { PageContent } from "../content";
import type { GuidanceChanges, PlaygroundSettings } from "../settings";
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

export class Controls {
  /** Until the reader moves it, beta follows the IPC by the library's rule. */
  private ownBeta = false;

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
    this.followRule();
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
      ...this.guidance,
      setWeight: 0,
    };
  }

  /** Shows the guidance of a lane. */
  show({ weight, beta, contextual }: PlaygroundSettings): void {
    input("weight").value = String(weight);
    input("beta").value = String(beta);
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
      if (target === select("ipc")) this.followRule();
      this.events.begin();
    });
    for (const name of ["weight", "beta"] as const) {
      // While it is dragged the value is shown; the run follows when it rests.
      input(name).addEventListener("input", () => this.tellValues());
      input(name).addEventListener("change", () => {
        if (name === "beta") this.ownBeta = true;
        this.events.guide({ [name]: this.guidance[name] });
      });
    }
    select("contextual").addEventListener("change", () =>
      this.events.guide({ contextual: this.guidance.contextual }),
    );
    element("lanes").addEventListener("change", () => this.events.lane(this.lane));
  }

  private followRule(): void {
    if (this.ownBeta) return;
    input("beta").value = betaOfIpc(Number(select("ipc").value)).toFixed(1);
    this.tellValues();
  }

  private tellValues(): void {
    const { weight, beta } = this.guidance;
    element("weightValue").textContent = String(weight);
    const rule = betaOfIpc(Number(select("ipc").value)).toFixed(1);
    element("betaValue").textContent =
      beta.toFixed(1) === rule ? `${rule} (the rule)` : `${beta.toFixed(1)} (rule: ${rule})`;
  }
}
