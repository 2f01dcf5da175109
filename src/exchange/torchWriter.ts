// A file that torch.load opens with weights_only=True: a zip archive with a pickle that describes one tensor, and the
// tensor's numbers (the layout of torch/serialization.py; reading is in nn/torchFile.ts).
import { writeFileAtomic } from "../tensor/atomicFile";
import { type ArrayType, arrayBytes, type NumberArray } from "./arrays";
import { zipArchive } from "./zipWriter";

const storages: Readonly<Record<ArrayType, string>> = {
  uint8: "ByteStorage",
  float32: "FloatStorage",
  int64: "LongStorage",
};

/**
 * Writes one tensor, whole or not at all.
 * @param file its name ends in .pt
 * @throws RangeError for more than 4 GiB
 */
export async function writeTorch(file: string, array: NumberArray): Promise<void> {
  const text = (content: string) => Buffer.from(content, "latin1");
  const archive = zipArchive([
    { name: "archive/data.pkl", bytes: pickleOf(array) },
    { name: "archive/byteorder", bytes: text("little") },
    { name: "archive/data/0", bytes: arrayBytes(array) },
    { name: "archive/version", bytes: text("3\n") },
  ]);
  await writeFileAtomic(file, ...archive);
}

/** Opcodes of pickle protocol 2 (CPython, Lib/pickletools.py). */
const op = {
  protocol: "\x80\x02",
  mark: "(",
  tuple: "t",
  emptyTuple: ")",
  reduce: "R",
  stored: "Q",
  false: "\x89",
  stop: ".",
} as const;

/** torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks). */
function pickleOf({ type, shape }: NumberArray): Uint8Array {
  const count = shape.reduce((a, b) => a * b, 1);
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const whole = (value: number) => {
    const bytes = Buffer.alloc(5);
    bytes.write("J", 0, "latin1");
    bytes.writeInt32LE(value, 1);
    return bytes.toString("latin1");
  };
  const text = (value: string) => {
    const bytes = Buffer.alloc(5);
    bytes.write("X", 0, "latin1");
    bytes.writeUInt32LE(value.length, 1);
    return bytes.toString("latin1") + value;
  };
  const named = (module: string, name: string) => `c${module}\n${name}\n`;
  const tuple = (...parts: string[]) => op.mark + parts.join("") + op.tuple;
  const storage =
    tuple(text("storage"), named("torch", storages[type]), text("0"), text("cpu"), whole(count)) + op.stored;
  const hooks = named("collections", "OrderedDict") + op.emptyTuple + op.reduce;
  const argumentsOf = tuple(
    storage,
    whole(0),
    tuple(...shape.map(whole)),
    tuple(...strides.map(whole)),
    op.false,
    hooks,
  );
  const program =
    op.protocol + named("torch._utils", "_rebuild_tensor_v2") + argumentsOf + op.reduce + op.stop;
  return Buffer.from(program, "latin1");
}
