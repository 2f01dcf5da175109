import { expect, it } from "vitest";
import { classDropoutOf } from "../../src/diffusion/denoisingLoss";
import { unet, unetDefaults } from "../../src/nn/unet";

it("no label is dropped for a null class that the network has not", () => {
  const network = unet({
    ...unetDefaults,
    height: 8,
    width: 8,
    channels: 1,
    classes: 2,
    widths: [8],
    blocks: [1],
  });
  expect(classDropoutOf(network, undefined, 0.1)).toBe(0.1);
  expect(classDropoutOf(network, 0.3, 0.1)).toBe(0.3);
  const without = { ...network, config: { ...network.config, nullClass: false } };
  expect(classDropoutOf(without, undefined, 0.1)).toBe(0);
  expect(classDropoutOf(without, 0, 0.1)).toBe(0);
  expect(() => classDropoutOf(without, 0.1, 0.1)).toThrow(/"unet" has no null class.*expected 0, found 0\.1/);
});
