import { expect, it } from "vitest";
import { didYouMean, nearestName } from "../../src/tensor/nearestName";

it("finds the name that was meant, and none where no name is near", () => {
  const known = ["beta", "weight", "steps", "setWeight"];
  const found = ["bta", "BETA", "betaa", "ebta", "wieght", "set_weight", "stepz"].map((name) =>
    nearestName(name, known),
  );
  expect(found).toEqual(["beta", "beta", "beta", "beta", "weight", "setWeight", "steps"]);
  for (const name of ["x", "", "classes", "colour"]) expect(nearestName(name, known)).toBeNull();
  expect([didYouMean("bta", known), didYouMean("classes", known)]).toEqual(['; did you mean "beta"?', ""]);
});
