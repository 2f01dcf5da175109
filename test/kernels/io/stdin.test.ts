import { describe, expect, it } from "vitest";
import { runChild, streamsOf } from "./child";

/** The stand-in for the wire thread answers a prompt with what comes after its first word, see child.ts. */
const stdin = `
  const { Stdin } = require("./io/stdin.js");
  const stdin = new Stdin(wire, output);
  const handled = [];
  wire.onMessage((message) =>
    message.kind === "inputReply" ? stdin.answer(message.value) : handled.push(message.header.msg_id));
`;

describe("input()", () => {
  it("asks in the name of the cell, after what was printed, and gives the line", () => {
    const run = runChild(`${stdin}
      await cell("1", async () => {
        console.log("before");
        console.log(await stdin.input("answer Ann"), await stdin.input("answer secret", { password: true }));
      });
      close();
    `);
    expect(run.messages).toMatchObject([
      { kind: "stream", text: "before\n" },
      { kind: "input", parent: { msg_id: "1" }, prompt: "answer Ann", password: false },
      { kind: "input", prompt: "answer secret", password: true },
      { kind: "stream", text: "Ann secret\n" },
      { kind: "closed" },
    ]);
  });

  it("asks one thing at a time", () => {
    const run = runChild(`${stdin}
      await cell("1", async () => {
        const both = [stdin.input("answer 1"), stdin.input("answer 2")];
        console.log(stdin.prompt("answer 3"), ...(await Promise.all(both)));
      });
      close();
    `);
    expect(streamsOf(run)).toEqual(["1 stdout: 3 1 2\n"]);
  });

  it("lets go of what an earlier cell asked and nobody answered", () => {
    const run = runChild(`${stdin}
      const first = cell("1", () => stdin.input("none").catch((error) => console.log(error.name)));
      await cell("2", async () => console.log(await stdin.input("answer 2")));
      await first;
      close();
    `);
    expect(streamsOf(run).sort()).toEqual(["1 stdout: KeyboardInterrupt\n", "2 stdout: 2\n"]);
  });

  it("says so where the front end cannot ask", () => {
    const run = runChild(`${stdin}
      await cell("1", async () => {
        await stdin.input("a").catch((error) => console.log(error.name, error.message));
        try { stdin.prompt("a"); } catch (error) { console.log(error.name); }
      }, { allowStdin: false });
      close();
    `);
    expect(streamsOf(run).join("")).toMatch(
      /StdinNotImplementedError input\(\) needs .*\nStdinNotImplementedError\n$/,
    );
    expect(run.messages.some(({ kind }) => kind === "input")).toBe(false);
  });
});

describe("prompt()", () => {
  it("blocks until the line is there; an empty one gives what was offered", () => {
    const run = runChild(`${stdin}
      cell("1", () => {
        let turned = false;
        setImmediate(() => (turned = true));
        console.log([stdin.prompt("answer Ann"), stdin.prompt("answer"), stdin.prompt("", "7")], turned);
      });
      close();
    `);
    expect(streamsOf(run)).toEqual(["1 stdout: [ 'Ann', null, '7' ] false\n"]);
  });

  it("leaves other messages for later, in order", () => {
    const run = runChild(`${stdin}
      cell("1", () => console.log(stdin.prompt("comm first"), handled.length));
      output.flush();
      await sleep(50);
      cell("2", () => console.log(handled.join()));
      close();
    `);
    expect(streamsOf(run)).toEqual(["1 stdout: ok 0\n", "2 stdout: a,b\n"]);
  });

  it("ends with a KeyboardInterrupt when interrupted, which is answered", () => {
    const run = runChild(`${stdin}
      let interrupts = 0;
      wire.onInterrupt(() => interrupts++);
      cell("1", () => {
        try { stdin.prompt("interrupt"); } catch (error) { console.log(interrupts, error.name, error.message); }
        console.log(stdin.prompt("answer next"));
      });
      close();
    `);
    expect(streamsOf(run)).toEqual([
      "1 stdout: 1 KeyboardInterrupt the cell was interrupted; what it had defined before is kept\nnext\n",
    ]);
    expect(run.messages.filter(({ kind }) => kind === "interrupted")).toHaveLength(1);
  });
});
