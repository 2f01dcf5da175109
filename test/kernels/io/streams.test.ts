import { describe, expect, it } from "vitest";
import { runChild, streamsOf } from "./child";

const textOf = (lines: string[], head: string) =>
  lines
    .filter((line) => line.startsWith(head))
    .map((line) => line.slice(head.length))
    .join("");

describe("streams of a cell", () => {
  it("keep the order of stdout and stderr and join what belongs together", () => {
    const run = runChild(`
      cell("1", () => {
        console.log("a"); console.info("b"); console.error("c"); console.warn("d");
        process.stdout.write("e\\n");
      });
      close();
    `);
    expect(streamsOf(run)).toEqual(["1 stdout: a\nb\n", "1 stderr: c\nd\n", "1 stdout: e\n"]);
  });

  it("make few messages of many lines and lose none", () => {
    const run = runChild(`
      cell("1", () => { for (let line = 0; line < 10_000; line++) console.log(line); });
      close();
    `);
    const expected = Array.from({ length: 10_000 }, (_, line) => `${line}\n`).join("");
    expect(streamsOf(run)).toEqual([`1 stdout: ${expected}`]);
    expect(run.messages.filter(({ kind }) => kind === "stream").length).toBeLessThan(100);
  });

  it("go out at once before a loop that writes nothing", () => {
    const run = runChild(`
      cell("1", () => {
        console.log("looping");
        const start = Date.now();
        while (Date.now() < start + 500);
        console.error(start);
      });
      close();
    `);
    const [first, last] = run.messages.filter((message) => message.kind === "stream");
    expect(first!.text).toBe("looping\n");
    expect(first!.at).toBeLessThan(Number(last!.text) + 400);
  });

  it("arrive during a loop without await", () => {
    const run = runChild(`
      cell("1", () => {
        const start = Date.now();
        for (let next = start; next < start + 500; next += 20) {
          while (Date.now() < next);
          console.log("tick");
        }
        console.error(Date.now());
      });
      close();
    `);
    const [first, last] = [
      run.messages[0]!,
      run.messages.find((m) => m.kind === "stream" && m.name === "stderr")!,
    ];
    expect(first.at).toBeLessThan(Number((last as { text: string }).text) - 100);
  });

  it("arrive from an idle cell without a flush", () => {
    const run = runChild(`
      cell("1", () => console.log("early"));
      await sleep(200);
      cell("2", () => console.log(Date.now()));
      close();
    `);
    const [early, late] = run.messages as unknown as { at: number; text: string }[];
    expect(early!.text).toBe("early\n");
    expect(early!.at).toBeLessThan(Number(late!.text));
  });

  it("belong to the cell that started the work, and to none when it is silent", () => {
    const run = runChild(`
      cell("1", () => setTimeout(() => console.log("late"), 50));
      cell("2", () => console.log("second"));
      cell("3", () => console.log("unseen"), { silent: true });
      await sleep(100);
      close();
    `);
    expect(streamsOf(run)).toEqual(["2 stdout: second\n", "1 stdout: late\n"]);
  });

  it("go to the original stderr before any cell has run", () => {
    const run = runChild(`console.log("start-up"); console.error("note"); close();`);
    expect(run.stderr).toBe("start-up\nnote\n");
    expect(streamsOf(run)).toEqual([]);
  });

  it("carry the console of a cell's own threads", () => {
    const run = runChild(`
      const { Worker } = require("node:worker_threads");
      cell("1", () => new Worker('console.log("from a thread")', { eval: true }));
      cell("2", () => undefined);
      await sleep(500);
      close();
    `);
    expect(streamsOf(run)).toEqual(["1 stdout: from a thread\n"]);
  });

  it("are streams: callbacks, bytes, encodings, pipelines, and no end", () => {
    const run = runChild(`
      const { Readable, Writable } = require("node:stream");
      const { pipeline } = require("node:stream/promises");
      await cell("1", async () => {
        const { stdout } = process;
        console.log(stdout instanceof Writable, stdout.fd, process.stderr.fd, stdout.isTTY, stdout.columns);
        await new Promise((resolve) => stdout.write("called back\\n", resolve));
        const bytes = Buffer.from("\u00fc\\n");
        stdout.write(bytes.subarray(0, 1));
        stdout.write(new Uint8Array(bytes.subarray(1)));
        stdout.write("6162630a", "hex");
        await pipeline(Readable.from(["piped ", "once\\n"]), stdout);
        await pipeline(Readable.from(["piped twice\\n"]), stdout);
        const signal = AbortSignal.timeout(10);
        await pipeline(new Readable({ read() {} }), stdout, { signal }).catch((error) => console.log(error.name));
        const failing = async function* () { yield "half\\n"; throw new Error("broken source"); };
        await pipeline(Readable.from(failing()), stdout).catch((error) => console.log(error.message));
        await new Promise((resolve) => stdout.end("ended\\n", resolve));
        try { stdout.write(1); } catch (error) { console.log(error.message); }
      });
      close();
    `);
    expect(textOf(streamsOf(run), "1 stdout: ").split("\n")).toEqual([
      "true 1 2 undefined 80",
      "called back",
      "\u00fc",
      "abc",
      "piped once",
      "piped twice",
      "AbortError",
      "half",
      "broken source",
      "ended",
      "process.stdout.write takes a string or bytes, found number",
      "",
    ]);
  });

  it("cut a large text into pieces, never inside a character", () => {
    const run = runChild(`
      cell("1", () => process.stdout.write("x" + "\\u{1f600}".repeat(1_200_000)));
      close();
    `);
    const pieces = run.messages.map((message) => (message as { text: string }).text ?? "");
    expect(pieces.join("")).toBe(`x${"\u{1f600}".repeat(1_200_000)}`);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(1 << 18);
    expect(pieces.some((piece) => /[\ud800-\udbff]$/.test(piece))).toBe(false);
  });

  it("go on after a loop of writes was terminated in the middle of one", () => {
    const run = runChild(`
      const { runInThisContext } = require("node:vm");
      for (let round = 0; round < 20; round++) {
        cell("1", () => {
          try { runInThisContext('for (;;) console.log("x".repeat(5000))', { timeout: 10 }); } catch {}
        });
      }
      cell("2", () => console.log("alive"));
      close();
    `);
    expect(streamsOf(run).at(-1)).toBe("2 stdout: alive\n");
    expect(run.messages.some((message) => message.kind === "stream" && message.parent.msg_id === "1")).toBe(
      true,
    );
  });
});
