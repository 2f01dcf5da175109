// Addresses of Redis servers: what is read from them, and that no error repeats a password.
import { describe, expect, it } from "vitest";
import { queueAddress } from "../../src/queue/address";

const refusalOf = (text: string): string => {
  try {
    queueAddress(text);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("It was taken.");
};

describe("the address of a queue", () => {
  it("has the password in its options, and not in what is shown", () => {
    const { options, shown } = queueAddress("rediss://user:pa%2Fss%40%23@host:1234/2");
    expect(options).toMatchObject({ host: "host", port: 1234, db: 2, username: "user", password: "pa/ss@#" });
    expect(shown).toBe("rediss://host:1234/2");
  });

  it.each([
    ["redis://:pa/geheim@host:6379", "redis://...@host:6379"],
    ["redis://:pa#geheim@host:6379", "redis://...@host:6379"],
    ["redis://user:geheim@host:70000", "redis://...@host:70000"],
    ["redis://user:ge@geheim@host:70000", "redis://...@host:70000"],
    ["redis://user:%geheim@host:6379", "redis://...@host:6379"],
    ["user:geheim@host:6379", "...@host:6379"],
    ["redis:/user:geheim@host:6379", "...@host:6379"],
    ["http://user:geheim@host:6379", "http://...@host:6379"],
    // Read as the host "user", with the rest in the path, the query or the fragment.
    ["redis://user:12/geheim@host:6379", "redis://...@host:6379"],
    ["redis://user:12?geheim@host:6379", "redis://...@host:6379"],
    ["redis://user:12#geheim@host:6379", "redis://...@host:6379"],
    // So long that the address is cut.
    [`redis://:${"geheim".repeat(50)}@host:70000`, "redis://...@host:70000"],
  ])("is refused without its password: %s", (text, shown) => {
    const message = refusalOf(text);
    expect(message).not.toContain("geheim");
    expect(message).toContain(`found "${shown}"`);
    expect(message).toContain(" / @ # ? % are written %2F %40 %23 %3F %25");
  });

  it("is refused as it stands where it holds no password", () => {
    expect(refusalOf("localhost:6379")).toBe(
      'Expected the address of a Redis server, such as redis://localhost:6379, found "localhost:6379".',
    );
  });
});
