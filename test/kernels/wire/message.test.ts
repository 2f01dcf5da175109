import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Content, Header } from "../../../kernels/link";
import { Codec } from "../../../kernels/wire/message";
import { damage } from "./damage";

const key = "secret";
const identity = new Uint8Array([0, 1, 2]);
const parent: Header = {
  msg_id: "a",
  session: "b",
  username: "c",
  date: "2026-01-01T00:00:00Z",
  msg_type: "execute_request",
  version: "5.3",
};
const encoded = (codec: Codec, content: Content = {}, buffers: Uint8Array[] = []) =>
  codec
    .encode([identity], { type: "comm_msg", parent, content, metadata: { m: 1 }, buffers })
    .map((frame) => Buffer.from(frame as Uint8Array));

/** Frames signed with the key, of parts that may be anything. */
function signed(parts: readonly string[]): Uint8Array[] {
  const frames = parts.map((part) => Buffer.from(part, "latin1"));
  const hmac = createHmac("sha256", key);
  for (const frame of frames) hmac.update(frame);
  return [Buffer.from("<IDS|MSG>"), Buffer.from(hmac.digest("hex")), ...frames];
}
const decodeSigned = (...parts: string[]) => new Codec({ key }).decode(signed(parts));
const header = JSON.stringify(parent);
const nested = (levels: number) => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;

describe("Codec", () => {
  it("decodes what it encoded: identities, content, metadata and buffers", () => {
    const buffers = [new Uint8Array([1, 2, 255]), new Uint8Array()];
    const message = new Codec({ key }).decode(encoded(new Codec({ key }), { text: "ü 😀" }, buffers));
    expect(message).toMatchObject({ content: { text: "ü 😀" }, metadata: { m: 1 }, buffers });
    expect(message?.identities).toEqual([Buffer.from(identity)]);
    expect(message?.header.msg_type).toBe("comm_msg");
  });

  it("writes the parent's header, and none for a message without one", () => {
    const parts = encoded(new Codec({ key })).map(String);
    expect(JSON.parse(parts[4]!)).toEqual(parent);
    const alone = new Codec({ key }).encode([], { type: "status", parent: undefined, content: {} });
    expect(String(alone[3])).toBe("{}");
  });

  it("gives each message its own id", () => {
    const codec = new Codec({ key });
    const ids = [1, 2].map(() => codec.decode(encoded(codec))?.header.msg_id);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it("accepts a message once", () => {
    const codec = new Codec({ key });
    const frames = encoded(codec);
    expect(codec.decode(frames)).toBeDefined();
    expect(codec.decode(frames)).toBeUndefined();
  });

  it("accepts only messages signed with its key and scheme", () => {
    expect(new Codec({ key }).decode(encoded(new Codec({ key: "other" })))).toBeUndefined();
    expect(new Codec({ key }).decode(encoded(new Codec({ key: "" })))).toBeUndefined();
    const sha512 = { key, signature_scheme: "hmac-sha512" };
    expect(new Codec(sha512).decode(encoded(new Codec(sha512)))).toBeDefined();
    expect(new Codec({ key }).decode(encoded(new Codec(sha512)))).toBeUndefined();
  });

  it("does not sign with an empty key, and then accepts all", () => {
    const frames = encoded(new Codec({ key: "" }));
    expect(frames[2]).toHaveLength(0);
    expect(new Codec({ key: "" }).decode(frames)).toBeDefined();
  });

  it("refuses a scheme that does not exist", () => {
    expect(() => new Codec({ key, signature_scheme: "hmac-nonsense" })).toThrow();
  });

  it("ignores signed messages that are not made of objects", () => {
    expect(decodeSigned(header, "{}", "{}", "{}")).toBeDefined();
    for (const wrong of ["[]", "null", "1", '"text"', "", "{", '{"a":"\xff"}']) {
      expect(decodeSigned(header, "{}", "{}", wrong), wrong).toBeUndefined();
      expect(decodeSigned(header, wrong, "{}", "{}"), wrong).toBeUndefined();
      expect(decodeSigned(header, "{}", wrong, "{}"), wrong).toBeUndefined();
    }
  });

  it("ignores headers of the wrong types", () => {
    for (const [name, value] of [
      ["msg_id", 1],
      ["msg_id", undefined],
      ["msg_type", ["execute_request"]],
      ["msg_type", undefined],
      ["session", 5],
      ["date", {}],
      ["more", { deep: [] }],
    ] as const) {
      expect(
        decodeSigned(JSON.stringify({ ...parent, [name]: value }), "{}", "{}", "{}"),
        name,
      ).toBeUndefined();
    }
    expect(decodeSigned('{"msg_id":"a","msg_type":"b","subshell_id":null}', "{}", "{}", "{}")).toBeDefined();
  });

  it("ignores content that is nested too deeply for the main thread", () => {
    expect(decodeSigned(header, "{}", "{}", nested(1000))).toBeDefined();
    expect(decodeSigned(header, "{}", "{}", nested(1001))).toBeUndefined();
    expect(decodeSigned(header, "{}", nested(100_000), "{}")).toBeUndefined();
  });

  it("writes halves of surrogate pairs as replacement characters", () => {
    const codec = new Codec({ key });
    const text = "a\ud83d b\udc00 \\ud83d 😀";
    expect(codec.decode(encoded(codec, { text }))?.content).toEqual({ text: "a\ufffd b\ufffd \\ud83d 😀" });
  });

  it("writes long texts as it does short ones", () => {
    const codec = new Codec({ key });
    const text = "ü\ud83d 😀\n".repeat(50_000);
    expect(codec.decode(encoded(codec, { text }))?.content).toEqual({ text: "ü\ufffd 😀\n".repeat(50_000) });
  });

  it("throws for content that is not JSON", () => {
    expect(() => encoded(new Codec({ key }), { number: 1n })).toThrow(TypeError);
  });

  it("ignores 10,000 damaged messages", () => {
    const accepted: unknown[] = [];
    for (const frames of damage(10_000, 4, () =>
      encoded(new Codec({ key }), { code: "1 + 1" }, [identity]),
    )) {
      const message = new Codec({ key }).decode(frames);
      if (message) accepted.push(message);
    }
    expect(accepted).toEqual([]);
  });

  it("decodes 10,000 damaged messages that nobody signed without an error", () => {
    const codec = new Codec({ key: "" });
    let intact = 0;
    for (const frames of damage(10_000, 5, () => encoded(codec, { code: "1 + 1" }))) {
      const message = codec.decode(frames);
      if (!message) continue;
      intact++;
      expect(typeof message.header.msg_type).toBe("string");
      expect(typeof message.content).toBe("object");
    }
    expect(intact).toBeGreaterThan(0);
  });
});
