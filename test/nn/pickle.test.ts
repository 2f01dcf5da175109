import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readPickle } from "../../src/nn/pickle";
import { PickleError } from "../../src/nn/pickleBytes";
import { TorchTensor, torchHooks } from "../../src/nn/torchPickle";
import { readZipDirectory, zipEntryStart } from "../../src/nn/zipDirectory";
import { memoryBytes } from "./memoryBytes";
import { mutations } from "./mutations";

/** A pickle from opcodes as Python shows them (latin1), after the header of protocol 2. */
const program = (text: string) => Buffer.from(`\x80\x02${text}`, "latin1");
const read = (text: string) => readPickle(program(text), torchHooks);

async function pickleOf(name: string): Promise<Uint8Array> {
  const source = memoryBytes(await readFile(path.join(__dirname, "fixtures", "torch", name)));
  const entries = [...(await readZipDirectory(source)).values()];
  const entry = entries.find((entry) => entry.name.endsWith("/data.pkl"))!;
  return source.read(await zipEntryStart(source, entry), entry.size);
}

describe("plain values", () => {
  it.each<[string, unknown]>([
    ["N.", null],
    ["\x88.", true],
    ["K\x07.", 7],
    ["M\x01\x02.", 513],
    ["J\xff\xff\xff\xff.", -1],
    ["\x8a\x00.", 0],
    ["\x8a\x02\x00\xff.", -256],
    ["\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.", 2n ** 64n],
    ["G\x3f\xf8\x00\x00\x00\x00\x00\x00.", 1.5],
    ["X\x02\x00\x00\x00\xc3\xbc.", "ü"],
    ["(K\x01K\x02t.", [1, 2]],
    ["K\x01K\x02K\x03\x87.", [1, 2, 3]],
    ["](K\x01]e.", [1, []]],
    ["}U\x01aK\x01s.", new Map([["a", 1]])],
    [
      "}(U\x01aK\x01U\x01bNu.",
      new Map<string, number | null>([
        ["a", 1],
        ["b", null],
      ]),
    ],
    ["(U\x01aK\x01d.", new Map([["a", 1]])],
    ["U\x01aq\x05h\x05\x86.", ["a", "a"]],
    ["ccollections\nOrderedDict\n]U\x01aK\x01\x86a\x85R.", new Map([["a", 1]])],
    ["ctorch\nSize\nK\x02K\x03\x86\x85R.", [2, 3]],
  ])("%j", (text, value) => {
    expect(read(text)).toEqual(value);
  });

  it("may contain themselves", () => {
    const list = read("]q\x00h\x00a.") as unknown[];
    expect(list[0]).toBe(list);
  });
});

describe("nothing is executed", () => {
  it.each([
    ["os", "system"],
    ["posix", "system"],
    ["subprocess", "Popen"],
    ["builtins", "eval"],
    ["__builtin__", "getattr"],
    ["torch", "load"],
    ["torch.hub", "load"],
    ["numpy.testing._private.utils", "runstring"],
    ["collections", "namedtuple"],
    ["torch", "constructor"],
    ["__proto__", "constructor"],
  ])("%s.%s is refused by its name", (module, name) => {
    const message = new RegExp(`"${module}\\.${name}", which is none of the names that weights need`);
    expect(() => read(`c${module}\n${name}\nU\x02ls\x85R.`)).toThrow(message);
    const short = (text: string) => `\x8c${String.fromCharCode(text.length)}${text}`;
    expect(() => read(`${short(module)}${short(name)}\x93.`)).toThrow(message);
  });

  it.each(["cargparse\nNamespace\n)\x81}U\x02lrK\x01sb.", "cpathlib\nPosixPath\nU\x01a\x85R."])(
    "%j is kept as something unknown",
    (text) => {
      expect(read(text)).toMatchObject({ what: expect.stringMatching(/^argparse|^pathlib/) });
    },
  );
});

describe("pickles are refused", () => {
  const storage = (type: string, length: string) => `(U\x07storagectorch\n${type}\nU\x010U\x03cpu${length}tQ`;
  const tensor = (offset: string, size: string, strides: string, length = "K\x06") =>
    `ctorch._utils\n_rebuild_tensor_v2\n(${storage("FloatStorage", length)}${offset}${size}${strides}\x89NtR.`;

  const untyped = (size: string, strides: string) =>
    `ctorch._utils\n_rebuild_tensor_v3\n((U\x07storagectorch.storage\nUntypedStorage\nU\x010U\x03cpuK\x08tQK\x00${size}${strides}\x89Nctorch\nfloat16\ntR.`;

  it("but not tensors of bytes that say their type", () => {
    expect(read(untyped("K\x04\x85", "K\x01\x85"))).toMatchObject({ dtype: "F16", shape: [4] });
    expect(() => read(untyped("K\x05\x85", "K\x01\x85"))).toThrow(/reaches number 4 of a storage of 4/);
    expect(() => read(untyped("J\xff\xff\xff\x7f\x85", "K\x00\x85"))).toThrow(/repeats 4 numbers/);
  });

  it("but not parameters with attributes", () => {
    const plain = tensor("K\x01", "K\x02\x85", "K\x03\x85").slice(0, -2); // without the call and the end
    const [, module, name, args] = /^c(.*)\n(.*)\n([\s\S]*)$/.exec(plain)!;
    expect(
      read(
        `ctorch._tensor\n_rebuild_from_type_v2\n(c${module}\n${name}\nctorch.nn.parameter\nParameter\n${args}}tR.`,
      ),
    ).toMatchObject({ shape: [2], offset: 1 });
  });

  it("but not this tensor", () => {
    expect(read(tensor("K\x01", "K\x02K\x02\x86", "K\x03K\x01\x86"))).toMatchObject({
      shape: [2, 2],
      offset: 1,
    });
  });

  it.each<[string, string, RegExp]>([
    ["that end early", "(K\x01", /the end of the bytes before the end of the pickle/],
    ["with nothing on the stack", ".", /a value is missing on the stack/],
    ["with a mark as a value", "(.", /a value is missing on the stack/],
    ["without a mark", "K\x01t.", /a mark is missing/],
    ["with a text longer than the file", "X\xff\xff\xff\xffa.", /the end of the bytes/],
    ["with bytes of 2^64", "\x8e\xff\xff\xff\xff\xff\xff\xff\xffa.", /the end of the bytes/],
    ["with a huge integer", "\x8b\x00\x00\x01\x00", /an integer of 65536 bytes/],
    ["of another protocol", "\x80\x07N.", /protocol 7; read are 2 to 5/],
    ["with an opcode of protocol 0", "I1\n.", /opcode 0x49/],
    ["with an extension", "\x82\x01.", /opcode 0x82/],
    ["with a value that was not kept", "h\x01.", /value 1 is asked for again/],
    ["with a key twice", "}(U\x01aK\x01U\x01aK\x02u.", /a dict names "a" twice/],
    ["with half an item", "}(U\x01au.", /a key without a value/],
    ["that put into a list", "]U\x01aK\x01s.", /put into what is not a dict/],
    ["that append to a tuple", ")K\x01a.", /appended to what is not a list/],
    ["that call a number", "K\x01)R.", /a call of what is not a class or function/],
    [
      "that call a type",
      "ctorch\nFloatStorage\n)R.",
      /a call of torch\.FloatStorage, which is not a function/,
    ],
    ["with a name that never ends", "ctorch", /a name without an end/],
    ["with an unknown storage", "U\x01xQ.", /a reference to what is not a storage/],
    [
      "with a tensor beyond its storage",
      tensor("K\x01", "K\x02K\x03\x86", "K\x03K\x01\x86"),
      /reaches number 6 of a storage of 6/,
    ],
    [
      "with a negative size",
      tensor("K\x00", "J\xff\xff\xff\xff\x85", "K\x01\x85"),
      /the size of a tensor that is not/,
    ],
    [
      "with a negative stride",
      tensor("K\x05", "K\x02\x85", "J\xff\xff\xff\xff\x85"),
      /the strides of a tensor that is not/,
    ],
    ["with sizes without strides", tensor("K\x00", "K\x02\x85", ")"), /1 sizes and 0 strides/],
    [
      "with a tensor of 10^18 from one number",
      tensor("K\x00", "J\x00\xca\x9a\x3bJ\x00\xca\x9a\x3b\x86", "K\x00K\x00\x86"),
      /repeats 6 numbers 1000000000000000000 times/,
    ],
  ])("%s", (_, text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(PickleError);
  });

  it.each([
    ["dicts", "}", 2_000_000, /more than 1000000 lists and dicts/],
    ["dicts and nothing of them", "}0", 2_000_000, /more than 1000000 lists and dicts/],
    ["marks", "(", 5_000_000, /more than 4000000 opcodes/],
    ["nested tuples", "\x85", 2_000_000, /more than 1000000 lists and dicts/],
    ["bytes", " ", 64_000_001, /at most 64000000 are read/],
  ])("with too many %s", (_, piece, count, message) => {
    expect(() => read(`N${piece.repeat(count)}.`)).toThrow(message);
  });
});

it.each(["training.pt", "views.pt", "protocol-4.pt"])(
  "20,000 damaged pickles of %s end in a value or a PickleError",
  async (name) => {
    const bytes = await pickleOf(name);
    expect(readPickle(bytes, torchHooks)).toBeInstanceOf(Map);
    let refused = 0;
    for (const damaged of mutations(bytes, 20_000, name)) {
      try {
        readPickle(damaged, torchHooks);
      } catch (error) {
        if (!(error instanceof PickleError)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(10_000);
  },
  60_000,
);

it("tensors of a state dict are views of storages", async () => {
  const root = readPickle(await pickleOf("views.pt"), torchHooks) as Map<string, TorchTensor>;
  expect(root.get("transposed")).toBeInstanceOf(TorchTensor);
  expect(root.get("transposed")).toMatchObject({
    dtype: "F32",
    offset: 0,
    shape: [4, 2, 3],
    strides: [1, 12, 4],
  });
  expect(root.get("slice")!.storage.key).toBe(root.get("whole")!.storage.key);
});
