// What a pickle of PyTorch means: which names it may refer to, and what they build. Tensors are views of storages that
// lie outside the pickle (torch/_utils.py `_rebuild_tensor_v2`, torch/serialization.py `persistent_id`).

import { PickleError } from "./pickleBytes";
import { type PickleHooks, PickleObject, type PickleValue } from "./pickleValue";
import { elementCount, quoted, type WeightType, weightBytes } from "./weightTypes";

/** Numbers of one type in a row, in the archive entry `data/KEY`. */
export class TorchStorage extends PickleObject {
  override readonly what = "a storage";

  constructor(
    readonly key: string,
    readonly dtype: WeightType | null,
    /** Numbers; bytes where `dtype` is null. */
    readonly length: number,
  ) {
    super();
  }
}

/** A view of a storage; offset and strides count numbers. It lies within the storage: the constructor checks it. */
export class TorchTensor extends PickleObject {
  override readonly what = "a tensor";
  /** The place of its last number in the storage; -1 if it has none. */
  readonly last: number;

  constructor(
    readonly storage: TorchStorage,
    readonly dtype: WeightType,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    super();
    const count = elementCount(shape);
    const length = storage.dtype === null ? Math.floor(storage.length / weightBytes[dtype]) : storage.length;
    if (shape.length !== strides.length || shape.length > mostDimensions)
      throw new PickleError(`a tensor with ${shape.length} sizes and ${strides.length} strides`);
    const last =
      count === 0 ? -1 : shape.reduce((index, size, i) => index + (size - 1) * strides[i]!, offset);
    if (last >= length)
      throw new PickleError(
        `a tensor of shape [${shape}], strides [${strides}] and offset ${offset}, which reaches number ${last} of a storage of ${length}`,
      );
    if (count > length && count > mostRepeated)
      throw new PickleError(
        `a tensor of shape [${shape}] that repeats ${length} numbers ${count} times: save it with .contiguous()`,
      );
    this.last = last;
  }
}

/** A name that may stand in a pickle; what it does when it is called is decided by `call`. */
class KnownName extends PickleObject {
  constructor(readonly what: string) {
    super();
  }
}

/** Something that is no weight, such as the arguments of a training run: known by its class, its content dropped. */
class Opaque extends PickleObject {
  constructor(readonly what: string) {
    super();
  }
}

const mostDimensions = 64;

/** Numbers that a tensor may have beyond those of its storage, by a stride of 0: memory for the asking. */
const mostRepeated = 2 ** 24;

const storageTypes: Readonly<Record<string, WeightType | null>> = {
  "torch.DoubleStorage": "F64",
  "torch.FloatStorage": "F32",
  "torch.HalfStorage": "F16",
  "torch.BFloat16Storage": "BF16",
  "torch.LongStorage": "I64",
  "torch.IntStorage": "I32",
  "torch.ShortStorage": "I16",
  "torch.CharStorage": "I8",
  "torch.ByteStorage": "U8",
  "torch.BoolStorage": "BOOL",
  "torch.storage.UntypedStorage": null,
};

const dtypes: Readonly<Record<string, WeightType>> = {
  "torch.float64": "F64",
  "torch.float32": "F32",
  "torch.float16": "F16",
  "torch.bfloat16": "BF16",
  "torch.int64": "I64",
  "torch.int32": "I32",
  "torch.int16": "I16",
  "torch.int8": "I8",
  "torch.uint8": "U8",
  "torch.bool": "BOOL",
};

const builders: ReadonlySet<string> = new Set([
  "collections.OrderedDict",
  "collections.defaultdict",
  "torch.Size",
  "torch._utils._rebuild_tensor",
  "torch._utils._rebuild_tensor_v2",
  "torch._utils._rebuild_tensor_v3",
  "torch._utils._rebuild_parameter",
  "torch._utils._rebuild_parameter_with_state",
  "torch._tensor._rebuild_from_type_v2",
]);

/** Classes that stand in checkpoints of training runs beside the weights. Nothing of them is built. */
const opaqueNames: ReadonlySet<string> = new Set([
  "argparse.Namespace",
  "types.SimpleNamespace",
  "collections.Counter",
  "collections.deque",
  "datetime.date",
  "datetime.datetime",
  "datetime.timedelta",
  "_codecs.encode",
  ...["PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"].flatMap((name) => [
    `pathlib.${name}`,
    `pathlib._local.${name}`,
  ]),
  ...["__builtin__", "builtins"].flatMap((module) =>
    [
      "set",
      "frozenset",
      "bytearray",
      "complex",
      "slice",
      "range",
      "int",
      "float",
      "bool",
      "str",
      "list",
      "dict",
    ].map((name) => `${module}.${name}`),
  ),
  ...["numpy.core.multiarray", "numpy._core.multiarray"].flatMap((module) => [
    `${module}.scalar`,
    `${module}._reconstruct`,
  ]),
  "numpy._core.numeric._frombuffer",
  "numpy.core.numeric._frombuffer",
  "numpy.ndarray",
  "numpy.dtype",
  "torch.device",
  "torch.nn.parameter.Parameter",
  "torch.nn.parameter.Buffer",
]);

/** Builds state dicts and refuses by name whatever else a pickle asks for. */
export const torchHooks: PickleHooks = {
  global(module, name) {
    const what = `${module}.${name}`;
    if (builders.has(what) || Object.hasOwn(storageTypes, what) || Object.hasOwn(dtypes, what))
      return new KnownName(what);
    if (opaqueNames.has(what)) return new Opaque(what);
    throw new PickleError(
      `${quoted(what)}, which is none of the names that weights need: nothing unknown is run or built from a file. ` +
        "Where you trust the file, load it in PyTorch and save its state dict with safetensors.torch.save_file",
    );
  },

  call(callable, args) {
    if (callable instanceof Opaque) return new Opaque(callable.what);
    if (!(callable instanceof KnownName)) throw new PickleError("a call of what is not a class or function");
    return build(callable.what, args);
  },

  persistent(id) {
    if (
      !Array.isArray(id) ||
      id[0] !== "storage" ||
      typeof id[2] !== "string" ||
      !(id[1] instanceof KnownName)
    )
      throw new PickleError("a reference to what is not a storage");
    const [, type, key, , length] = id;
    if (!Object.hasOwn(storageTypes, type.what))
      throw new PickleError(`a storage of ${quoted(type.what)}, which is not a type of storages`);
    return new TorchStorage(key, storageTypes[type.what]!, whole(length, "the length of a storage"));
  },
};

function build(what: string, args: readonly PickleValue[]): PickleValue {
  switch (what) {
    case "collections.OrderedDict":
      return ordered(args[0] ?? []);
    case "collections.defaultdict":
      return new Map();
    case "torch.Size":
      return wholes(args[0], "a size");
    case "torch._utils._rebuild_tensor":
    case "torch._utils._rebuild_tensor_v2":
      return tensor(args, undefined);
    case "torch._utils._rebuild_tensor_v3":
      return tensor(args, args[6]);
    case "torch._utils._rebuild_parameter":
    case "torch._utils._rebuild_parameter_with_state": {
      if (!(args[0] instanceof TorchTensor)) throw new PickleError("a parameter that is not a tensor");
      return args[0];
    }
    case "torch._tensor._rebuild_from_type_v2": {
      const [builder, , inner] = args; // (function, class, its arguments, attributes)
      if (!(builder instanceof KnownName) || builder.what === what || !Array.isArray(inner))
        throw new PickleError("a tensor of a class of its own that is built in an unknown way");
      return build(builder.what, inner);
    }
    default:
      throw new PickleError(`a call of ${what}, which is not a function`);
  }
}

/** A dict from a list of pairs, as old versions of Python write it. */
function ordered(pairs: PickleValue): PickleValue {
  if (!Array.isArray(pairs)) throw new PickleError("an OrderedDict that is not made of pairs");
  const dict = new Map<PickleValue, PickleValue>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2 || dict.has(pair[0]!))
      throw new PickleError("an OrderedDict that is not made of pairs with different keys");
    dict.set(pair[0]!, pair[1]!);
  }
  return dict;
}

/** @param args storage, offset, size, strides; what follows is about gradients */
function tensor(args: readonly PickleValue[], type: PickleValue | undefined): TorchTensor {
  const [storage, offset, shape, strides] = args;
  if (!(storage instanceof TorchStorage)) throw new PickleError("a tensor without a storage");
  const named = type instanceof KnownName && Object.hasOwn(dtypes, type.what) ? dtypes[type.what] : undefined;
  const dtype = type === undefined ? storage.dtype : named;
  if (!dtype || (storage.dtype !== null && storage.dtype !== dtype))
    throw new PickleError(`a tensor whose type is not one of ${Object.keys(dtypes).join(", ")}`);
  return new TorchTensor(
    storage,
    dtype,
    whole(offset, "the offset of a tensor"),
    wholes(shape, "the size of a tensor"),
    wholes(strides, "the strides of a tensor"),
  );
}

function whole(value: PickleValue | undefined, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw new PickleError(`${what} that is not a whole number from 0 on`);
  return value;
}

function wholes(value: PickleValue | undefined, what: string): number[] {
  if (!Array.isArray(value) || value.length > mostDimensions)
    throw new PickleError(`${what} that is not a tuple of at most ${mostDimensions} numbers`);
  return value.map((size) => whole(size, what));
}
