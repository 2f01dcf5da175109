import { describe, expect, it } from "vitest";
import { countVitest } from "../../src/setup/checks.mjs";

describe("countVitest", () => {
  it("counts tests", () => {
    const files = [{ status: "failed", assertionResults: [{ status: "passed" }, { status: "failed" }] }];
    expect(countVitest({ numPassedTests: 1, numFailedTests: 1, testResults: files })).toEqual({
      passed: 1,
      failed: 1,
    });
  });

  it("counts a file that could not be loaded as a failure", () => {
    const files = [{ status: "failed", assertionResults: [] }];
    expect(countVitest({ numPassedTests: 5, numFailedTests: 0, testResults: files })).toEqual({
      passed: 5,
      failed: 1,
    });
  });

  it("counts a missing report as a failure", () => {
    expect(countVitest(undefined)).toEqual({ passed: 0, failed: 1 });
  });
});
