import { describe, expect, it } from "vitest";
import { Wire } from "../../kernels/wire";

describe("Wire", () => {
  const wire = new Wire({ key: "secret" });
  const identity = Buffer.from([0, 1, 2]);

  it("decodes what it encoded, identities included", () => {
    const frames = wire.encode([identity], "execute_request", { code: "1 + 1" }, {});
    const message = wire.decode(frames);
    expect(message.identities).toEqual([identity]);
    expect(message.header.msg_type).toBe("execute_request");
    expect(message.content).toEqual({ code: "1 + 1" });
  });

  it("gives each message its own id", () => {
    const ids = [1, 2].map(() => wire.decode(wire.encode([], "status", {}, {})).header.msg_id);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it("refuses a message signed with another key or changed on the way", () => {
    const foreign = new Wire({ key: "other" }).encode([], "execute_request", {}, {});
    expect(() => wire.decode(foreign)).toThrow(/signature/);
    const changed = wire.encode([], "execute_request", { code: "a" }, {});
    changed[changed.length - 1] = Buffer.from('{"code":"b"}');
    expect(() => wire.decode(changed)).toThrow(/signature/);
  });

  it("says what is wrong with frames that are no message", () => {
    expect(() => wire.decode([Buffer.from("hello")])).toThrow(/<IDS\|MSG>/);
  });

  it("takes unsigned messages where the connection has no key", () => {
    const open = new Wire({ key: "" });
    expect(open.decode(open.encode([], "status", { a: 1 }, {})).content).toEqual({ a: 1 });
  });
});
