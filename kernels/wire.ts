// The Jupyter wire format: how one message becomes ZeroMQ frames and back.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** Version of the messaging protocol that this kernel speaks. */
export const protocolVersion = "5.3";

/** What the front end wrote into its connection file. */
export interface ConnectionInfo {
  readonly transport: string;
  readonly ip: string;
  readonly key: string;
  readonly signature_scheme?: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
}

export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
}

export type Content = Readonly<Record<string, unknown>>;

/** A request as it came in, with the routing identities that its reply must carry. */
export interface Message {
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly content: Content;
}

const delimiter = Buffer.from("<IDS|MSG>");

/** Signs, encodes and decodes messages with the key of one connection. */
export class Wire {
  readonly #algorithm: string;
  readonly #key: string;
  readonly #session = randomUUID();

  constructor(connection: Pick<ConnectionInfo, "key" | "signature_scheme">) {
    this.#key = connection.key;
    this.#algorithm = (connection.signature_scheme || "hmac-sha256").replace(/^hmac-/, "");
  }

  /** @throws Error when the delimiter is missing or the signature is not ours. */
  decode(frames: readonly Buffer[]): Message {
    const at = frames.findIndex((frame) => frame.equals(delimiter));
    if (at < 0 || frames.length < at + 6) {
      throw new Error(
        `Expected a Jupyter message (<IDS|MSG>, signature, 4 parts), found ${frames.length} frames`,
      );
    }
    const parts = frames.slice(at + 2, at + 6);
    const expected = Buffer.from(this.#sign(parts));
    const found = frames[at + 1]!;
    if (this.#key !== "" && (expected.length !== found.length || !timingSafeEqual(expected, found))) {
      throw new Error("A message carried a wrong signature and was ignored");
    }
    return {
      identities: frames.slice(0, at),
      header: JSON.parse(parts[0]!.toString()) as Header,
      content: JSON.parse(parts[3]!.toString()) as Content,
    };
  }

  /** Frames of a message of `type`; on iopub the first identity is the topic. */
  encode(
    identities: readonly Buffer[],
    type: string,
    content: Content,
    parent: Header | Record<string, never>,
  ): Buffer[] {
    const header: Header = {
      msg_id: randomUUID(),
      session: this.#session,
      username: "kernel",
      date: new Date().toISOString(),
      msg_type: type,
      version: protocolVersion,
    };
    const parts = [header, parent, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [...identities, delimiter, Buffer.from(this.#sign(parts)), ...parts];
  }

  #sign(parts: readonly Buffer[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac(this.#algorithm, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }
}
