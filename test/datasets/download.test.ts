import { describe, expect, it } from "vitest";
import { download } from "../../src/datasets/download";
import { serve, unreachableAddress } from "./localServer";

describe("download", () => {
  it("gives the whole body and reports it growing", async () => {
    const body = Buffer.alloc(3_000_000, 7);
    const received: number[] = [];
    const bytes = await download(await serve(() => ({ body })), (count) => received.push(count));
    expect(Buffer.compare(bytes, body)).toBe(0);
    expect(received.at(-1)).toBe(body.length);
  });

  it("says what went wrong, and does not wait for ever", async () => {
    await expect(download(await serve(() => ({ status: 403 })))).rejects.toThrow("HTTP 403 Forbidden");
    await expect(download(await unreachableAddress())).rejects.toThrow(/ECONNREFUSED/);
    await expect(download("http://host.invalid/")).rejects.toThrow(/host\.invalid|no answer/);
    const silent = await serve(() => ({ hang: "headers" }));
    await expect(download(silent, undefined, { connect: 200, stall: 60_000 })).rejects.toThrow(
      "no answer within 0.2 s",
    );
    const stuck = await serve(() => ({ hang: "body", body: Buffer.from("some") }));
    await expect(download(stuck, undefined, { connect: 60_000, stall: 200 })).rejects.toThrow(
      "no data for 0.2 s",
    );
  });
});
