// The loss curve of a recipe, a point for each stretch of steps; a resumed one is that of an unbroken run.

/** Steps per point. */
const STRETCH = 50;

export class LossCurve {
  /** Steps taken, and the mean loss of the stretch that they end. */
  readonly points: [number, number][] = [];
  private sum = 0;
  private count = 0;

  /** @param last whether the curve ends here, in the middle of a stretch or not */
  add(step: number, loss: number, last = false): void {
    this.sum += loss;
    this.count++;
    if (step % STRETCH !== 0 && !last) return;
    this.points.push([step, Number((this.sum / this.count).toFixed(5))]);
    this.sum = 0;
    this.count = 0;
  }

  /** For a saved state. */
  values(): { readonly losses: string; readonly stretch: string } {
    return { losses: JSON.stringify(this.points), stretch: JSON.stringify([this.sum, this.count]) };
  }

  restore({ losses = "[]", stretch = "[0,0]" }: Readonly<Record<string, string>>): void {
    this.points.push(...(JSON.parse(losses) as [number, number][]));
    [this.sum, this.count] = JSON.parse(stretch) as [number, number];
  }
}
