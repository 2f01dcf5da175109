import { describe, expect, it } from "vitest";
import { download } from "../../src/datasets/download";
import { serve, unreachableAddress } from "./localServer";

const impatient = { connect: 200, stall: 200 };

describe("download", () => {
  it("gives the whole body and reports it growing", async () => {
    const body = Buffer.alloc(3_000_000, 7);
    const received: number[] = [];
    const bytes = await download(await serve(() => ({ body })), (count) => received.push(count));
    expect(Buffer.compare(bytes, body)).toBe(0);
    expect(received.at(-1)).toBe(body.length);
  });

  it("says what went wrong, and does not wait for ever", async () => {
    const from = async (url: string) => download(url, undefined, impatient);
    await expect(from(await serve(() => ({ status: 403 })))).rejects.toThrow("HTTP 403 Forbidden");
    await expect(from(await serve(() => ({ hang: "headers" })))).rejects.toThrow("no answer within 0.2 s");
    const stuck = await serve(() => ({ hang: "body", body: Buffer.from("some") }));
    await expect(from(stuck)).rejects.toThrow("no data for 0.2 s");
    await expect(from(await unreachableAddress())).rejects.toThrow(/ECONNREFUSED/);
    await expect(from("http://host.invalid/")).rejects.toThrow(/host\.invalid|no answer/);
  });
});
