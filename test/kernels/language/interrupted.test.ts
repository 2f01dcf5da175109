// A cell that the reader ends while its code waits.

import { afterAll, describe, expect, it } from "vitest";
import { Notebook } from "./notebook";

const notebook = new Notebook();
afterAll(() => notebook.close());
const run = (code: string) => notebook.run(code);

describe("an interrupted cell", () => {
  it("ends where it next awaits", async () => {
    let reached = 0;
    (globalThis as { reach?: () => void }).reach = () => reached++;
    const running = run(
      "const reach: () => void = (globalThis as any).reach; for (;;) { reach(); await new Promise((r) => setTimeout(r, 5)) }",
    );
    const outcome = expect(running).rejects.toThrow("interrupted");
    await new Promise((done) => setTimeout(done, 50));
    notebook.interrupted = true;
    await outcome;
    notebook.interrupted = false;
    const seen = reached;
    await new Promise((done) => setTimeout(done, 30));
    expect(reached).toBe(seen);
    expect(seen).toBeGreaterThan(1);
  });

  it("ends after an import", async () => {
    notebook.write("slow.ts", "await new Promise((r) => setTimeout(r, 50)); export const slow = 1;");
    const running = run('import { slow } from "./slow"; (globalThis as any).imported = slow;');
    const outcome = expect(running).rejects.toThrow("interrupted");
    notebook.interrupted = true;
    await outcome;
    notebook.interrupted = false;
    expect(globalThis).not.toHaveProperty("imported");
  });
});
