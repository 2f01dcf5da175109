// The time that is left, as long commands show it.
import { describe, expect, it } from "vitest";
import type { Cell } from "../../src/experiment/cell";
import { Forecast } from "../../src/experiment/forecast";
import type { Row } from "../../src/experiment/results";

const cell = (given: Partial<Cell>): Cell =>
  ({
    variant: { name: "random", options: { method: "random" } },
    ipc: 1,
    seed: 0,
    training: 0,
    protocol: "quick",
    ...given,
  }) as Cell;
const row = (set: number | null, training: number): Row =>
  ({ name: "random", ipc: 1, protocol: "quick", seconds: { set, training } }) as Row;

describe("the share of the time that is over", () => {
  it("goes by what like sets and like trainings took, sets counted once", () => {
    const cells = [cell({}), cell({ training: 1 }), cell({ seed: 1 })] as const;
    const forecast = new Forecast([row(10, 20)], cells);
    expect([forecast.share, forecast.cells, forecast.done]).toEqual([0, 3, 0]);
    forecast.finished(cells[0], row(10, 20));
    // Left: a training, and a set with a training.
    expect(forecast.share).toBeCloseTo(30 / (30 + 20 + 10 + 20), 12);
    forecast.finished(cells[1], row(null, 40));
    // Trainings took 20, 20 and 40 seconds.
    expect(forecast.share).toBeCloseTo(70 / (70 + 10 + 80 / 3), 12);
    forecast.finished(cells[2], row(10, 20));
    expect([forecast.share, forecast.done]).toEqual([1, 3]);
  });

  it("goes by the number of images and steps before there is a like one, and is longer through the denoiser", () => {
    const first = cell({});
    const sampled = (gradient: "x0" | "exact") =>
      cell({
        ipc: 2,
        variant: { name: "igds", options: { method: "igds", steps: 10, gradient } },
      } as Partial<Cell>);
    const shareWith = (other: Cell) => {
      const forecast = new Forecast([], [first, other]);
      forecast.finished(first, row(5, 4));
      return forecast.share;
    };
    // 20 images of ten steps at 6 ms, then 400 steps of 20 images at 0.2 ms, and 3 seconds to begin.
    const training = 3 + 0.0002 * 400 * 20;
    expect(shareWith(sampled("x0"))).toBeCloseTo(9 / (9 + 1.2 + training), 12);
    expect(shareWith(sampled("exact"))).toBeCloseTo(9 / (9 + 3.6 + training), 12);
    expect(new Forecast([], []).share).toBe(1);
  });
});
