// The Jupyter wire format: how one message becomes ZeroMQ frames and back.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol

import { isUtf8 } from "node:buffer";
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { ConnectionInfo, Content, Header } from "../link";

/** 5.4 is iopub on an XPUB socket with its welcome message, 5.5 the list of optional features. */
export const protocolVersion = "5.5";

/** A message as it came in, with the routing identities that its reply must carry. */
export interface Message {
  readonly identities: readonly Uint8Array[];
  readonly header: Header;
  readonly content: Content;
  readonly metadata: Content;
  readonly buffers: readonly Uint8Array[];
}

export interface Outgoing {
  readonly type: string;
  /** The request that this message belongs to; none for what the kernel says of its own accord. */
  readonly parent: Header | undefined;
  readonly content: Content;
  readonly metadata?: Content | undefined;
  readonly buffers?: readonly Uint8Array[] | undefined;
}

/**
 * Text is copied into ZeroMQ. Bytes are not, but have to be kept for it, and a front end that is slow to read makes
 * that many thousands of references: bytes are for long parts.
 */
export type Frame = Uint8Array | string;

const longPart = 1 << 16;
const delimiter = Buffer.from("<IDS|MSG>");
/** Deeper objects could not be copied to the main thread, whose stack is smaller than this thread's. */
const deepest = 1000;
/** Replays are looked for among this many of the last messages. */
const remembered = 1 << 16;

/** Signs, encodes and decodes messages with the key of one connection. */
export class Codec {
  /** Names this run of the kernel in headers and topics. */
  readonly session = randomUUID();
  readonly #algorithm: string;
  readonly #key: string;
  readonly #seen = new Set<string>();

  /** @throws Error when the signature scheme is none that node's crypto knows. */
  constructor(connection: Pick<ConnectionInfo, "key" | "signature_scheme">) {
    this.#key = connection.key;
    this.#algorithm = (connection.signature_scheme || "hmac-sha256").replace(/^hmac-/, "");
    if (this.#key !== "") createHmac(this.#algorithm, this.#key);
  }

  /** The message, or undefined for frames that are no intact, new message signed with the key. */
  decode(frames: readonly Uint8Array[]): Message | undefined {
    const at = frames.findIndex((frame) => delimiter.equals(frame));
    if (at < 0 || frames.length < at + 6) return undefined;
    const parts = frames.slice(at + 2, at + 6);
    if (!this.#accepts(frames[at + 1]!, parts)) return undefined;
    const [header, parent, metadata, content] = parts.map(parseObject);
    if (!header || !parent || !metadata || !content || !isHeader(header)) return undefined;
    if (!isWithin(deepest, content) || !isWithin(deepest, metadata)) return undefined;
    // Copies: what zeromq hands out is memory of its own that cannot be passed on to another thread.
    const buffers = frames.slice(at + 6).map((frame) => new Uint8Array(frame));
    return { identities: frames.slice(0, at), header, content, metadata, buffers };
  }

  /**
   * The frames of a message; on iopub the first identity is the topic.
   * @throws TypeError or RangeError when the content cannot be written as JSON.
   */
  encode(identities: readonly Uint8Array[], message: Outgoing): Frame[] {
    const header: Header = {
      msg_id: randomUUID(),
      session: this.session,
      username: "kernel",
      date: new Date().toISOString(),
      msg_type: message.type,
      version: protocolVersion,
    };
    const parts = [header, message.parent ?? {}, message.metadata ?? {}, message.content].map(toJson);
    return [...identities, delimiter, this.#sign(parts), ...parts, ...(message.buffers ?? [])];
  }

  #accepts(signature: Uint8Array, parts: readonly Uint8Array[]): boolean {
    if (this.#key === "") return true;
    const expected = this.#sign(parts);
    if (signature.length !== expected.length) return false;
    if (!timingSafeEqual(Buffer.from(expected), signature)) return false;
    if (this.#seen.has(expected)) return false;
    this.#seen.add(expected);
    if (this.#seen.size > remembered) this.#seen.delete(this.#seen.values().next().value!);
    return true;
  }

  #sign(parts: readonly Frame[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac(this.#algorithm, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }
}

function parseObject(part: Uint8Array): Content | undefined {
  if (!isUtf8(part)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part.buffer, part.byteOffset, part.length).toString());
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Content)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Older front ends leave fields out and newer ones add some, but the values are always plain. */
function isHeader(header: Content): header is Content & Header {
  const known = ["msg_id", "msg_type", "session", "username", "date", "version"];
  return (
    typeof header.msg_id === "string" &&
    typeof header.msg_type === "string" &&
    known.every((name) => header[name] === undefined || typeof header[name] === "string") &&
    Object.values(header).every((value) => typeof value !== "object" || value === null)
  );
}

function isWithin(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isWithin(levels - 1, inner));
}

function toJson(part: object): Frame {
  const json = JSON.stringify(part);
  const text = json.includes("\\ud") ? replaceLoneSurrogates(json) : json;
  return text.length > longPart ? Buffer.from(text) : text;
}

/** Half a surrogate pair, as from a cut string, would make the front end fail when it saves the notebook. */
function replaceLoneSurrogates(json: string): string {
  // Escapes are taken one by one, so that an escaped backslash before "ud800" is not mistaken for one.
  return json.replace(/\\(?:u(d[89a-f]..)|[\s\S])/g, (sequence, lone) => (lone ? "\\ufffd" : sequence));
}
