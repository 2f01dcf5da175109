import { describe, expect, it } from "vitest";
import { runChild, streamsOf } from "./child";

describe("printWarnings", () => {
  const warn = `
    require("./io/warnings.js").printWarnings();
    const { runInThisContext } = require("node:vm");
    const run = (code, filename) => runInThisContext(code, { filename });
  `;

  it("writes one line with the place in the cell, on the stderr of that cell", () => {
    const run = runChild(`${warn}
      cell("1", () => run('process.emitWarning("too\\\\n  old", { type: "DeprecationWarning", code: "X1" })', "Cell [1]"));
      cell("2", () => undefined);
      await sleep(10);
      close();
    `);
    expect(streamsOf(run)).toEqual(["1 stderr: DeprecationWarning [X1]: too old (at Cell [1]:1:9)\n"]);
    expect(run.stderr).toBe("");
  });

  it("names no place in Node, in the kernel or in packages", () => {
    const run = runChild(`${warn}
      const inner = run("(() => process.emitWarning('inner'))", "/home/ann/node_modules/pkg/index.js");
      const outer = run("(call) => call()", "/home/ann/analysis.ts");
      cell("1", () => outer(inner));
      await sleep(10);
      close();
    `);
    expect(streamsOf(run)).toEqual(["1 stderr: Warning: inner (at /home/ann/analysis.ts:1:11)\n"]);
  });

  it("is as quiet as the reader asked for", () => {
    const run = runChild(
      `${warn}
      cell("1", () => process.emitWarning("unseen"));
      await sleep(10);
      close();`,
      { env: { NODE_NO_WARNINGS: "1" } },
    );
    expect(streamsOf(run)).toEqual([]);
  });
});
