// Reading Python pickles without running anything: only what builds plain values is carried out, and everything that
// Python would look up or call is handed to the caller, who knows a few names and refuses all others.
// Opcodes as in CPython's Lib/pickletools.py; protocols 2 to 5, of which PyTorch writes 2.

import { quoted, WeightFileError } from "./weightTypes";

/** Lists and tuples are arrays (tuples frozen), dicts are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleObject;

/** What is neither a plain value nor made of them; the caller derives its own kinds. */
export abstract class PickleObject {
  /** What it is, for messages. */
  abstract readonly what: string;
}

/** What a pickle asks for beyond plain values; each may throw PickleError. */
export interface PickleHooks {
  /** A name in a Python module. */
  global(module: string, name: string): PickleValue;
  /** `callable(*args)`, also for `callable.__new__(callable, *args)`. */
  call(callable: PickleValue, args: readonly PickleValue[]): PickleValue;
  /** What lies outside the pickle. */
  persistent(id: PickleValue): PickleValue;
}

/** A pickle that is damaged, too large, or asks for what is not carried out here. */
export class PickleError extends WeightFileError {
  override readonly name = "PickleError";
}

/** Larger than the pickle of any model, bytes; the numbers of the tensors are not in it. */
export const longestPickle = 64_000_000;

/** A model with its optimiser takes about 50 opcodes and 10 containers for each tensor. */
const limits = { opcodes: 4_000_000, containers: 1_000_000, integerBytes: 256 };

const mark = Symbol("mark");

/**
 * Reads one pickle.
 * @throws PickleError
 */
export function readPickle(bytes: Uint8Array, hooks: PickleHooks): PickleValue {
  if (bytes.length > longestPickle)
    throw new PickleError(`a pickle of ${bytes.length} bytes; at most ${longestPickle} are read`);
  return new Machine(bytes, hooks).run();
}

/** The stack machine that a pickle is a program for. */
class Machine {
  private readonly view: DataView;
  private readonly buffer: Buffer;
  private readonly stack: (PickleValue | typeof mark)[] = [];
  private readonly memo = new Map<number, PickleValue>();
  private at = 0;
  private containers = 0;

  constructor(
    bytes: Uint8Array,
    private readonly hooks: PickleHooks,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): PickleValue {
    for (let count = 0; count < limits.opcodes; count++) {
      const opcode = this.buffer[this.take(1)]!;
      if (opcode === 0x2e) return this.pop(); // STOP
      this.step(opcode);
    }
    throw this.fault(`more than ${limits.opcodes} opcodes`);
  }

  private step(opcode: number): void {
    const { stack, view } = this;
    switch (opcode) {
      case 0x80: // PROTO
        this.checkProtocol(this.u8());
        break;
      case 0x95: // FRAME: the length is only a hint for buffering
        this.take(8);
        break;
      case 0x28: // MARK
        stack.push(mark);
        break;
      case 0x30: // POP
        if (stack.pop() === undefined) throw this.fault("nothing on the stack");
        break;
      case 0x31: // POP_MARK
        this.popToMark();
        break;
      case 0x32: // DUP
        stack.push(this.top());
        break;

      case 0x4e: // NONE
        stack.push(null);
        break;
      case 0x88: // NEWTRUE
        stack.push(true);
        break;
      case 0x89: // NEWFALSE
        stack.push(false);
        break;
      case 0x4a: // BININT
        stack.push(view.getInt32(this.take(4), true));
        break;
      case 0x4b: // BININT1
        stack.push(this.u8());
        break;
      case 0x4d: // BININT2
        stack.push(view.getUint16(this.take(2), true));
        break;
      case 0x8a: // LONG1
        stack.push(this.integer(this.u8()));
        break;
      case 0x8b: // LONG4
        stack.push(this.integer(this.u32()));
        break;
      case 0x47: // BINFLOAT, the only big-endian number
        stack.push(view.getFloat64(this.take(8), false));
        break;

      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // SHORT_BINSTRING, a text of Python 2
        stack.push(this.text(this.u8()));
        break;
      case 0x58: // BINUNICODE
      case 0x54: // BINSTRING
        stack.push(this.text(this.u32()));
        break;
      case 0x8d: // BINUNICODE8
        stack.push(this.text(this.u64()));
        break;
      case 0x43: // SHORT_BINBYTES
        stack.push(this.bytes(this.u8()));
        break;
      case 0x42: // BINBYTES
        stack.push(this.bytes(this.u32()));
        break;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        stack.push(this.bytes(this.u64()));
        break;

      case 0x5d: // EMPTY_LIST
      case 0x8f: // EMPTY_SET; a set is only ever looked through, so a list will do
        this.pushContainer([]);
        break;
      case 0x6c: // LIST
        this.pushContainer(this.popToMark());
        break;
      case 0x61: // APPEND
        this.append([this.pop()]);
        break;
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        this.append(this.popToMark());
        break;
      case 0x29: // EMPTY_TUPLE
        this.pushTuple([]);
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.pushTuple(Array.from({ length: opcode - 0x84 }, () => this.pop()).reverse());
        break;
      case 0x74: // TUPLE
      case 0x91: // FROZENSET
        this.pushTuple(this.popToMark());
        break;
      case 0x7d: // EMPTY_DICT
        this.pushContainer(new Map());
        break;
      case 0x64: {
        // DICT
        const items = this.popToMark();
        this.pushContainer(new Map());
        this.setItems(items);
        break;
      }
      case 0x73: {
        // SETITEM
        const value = this.pop();
        this.setItems([this.pop(), value]);
        break;
      }
      case 0x75: // SETITEMS
        this.setItems(this.popToMark());
        break;

      case 0x71: // BINPUT
        this.memo.set(this.u8(), this.top());
        break;
      case 0x72: // LONG_BINPUT
        this.memo.set(this.u32(), this.top());
        break;
      case 0x94: // MEMOIZE
        this.memo.set(this.memo.size, this.top());
        break;
      case 0x68: // BINGET
        this.pushMemo(this.u8());
        break;
      case 0x6a: // LONG_BINGET
        this.pushMemo(this.u32());
        break;

      case 0x63: // GLOBAL
        this.pushGlobal(this.line(), this.line());
        break;
      case 0x93: {
        // STACK_GLOBAL
        const name = this.pop();
        const module = this.pop();
        if (typeof module !== "string" || typeof name !== "string")
          throw this.fault("the name of something to look up is not a text");
        this.pushGlobal(module, name);
        break;
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const args = this.pop();
        this.call(this.pop(), args);
        break;
      }
      case 0x92: {
        // NEWOBJ_EX; arguments with names belong to classes whose content is never looked at
        this.pop();
        const args = this.pop();
        this.call(this.pop(), args);
        break;
      }
      case 0x62: // BUILD: the state of an object, such as `_metadata` of a state dict; nothing here has any
        this.pop();
        this.top();
        break;
      case 0x51: // BINPERSID
        this.pushContainer(this.hooks.persistent(this.pop()));
        break;

      default:
        throw this.fault(
          `opcode 0x${opcode.toString(16).padStart(2, "0")}, which state dicts of PyTorch do not need`,
        );
    }
  }

  private checkProtocol(protocol: number): void {
    if (protocol < 2 || protocol > 5) throw this.fault(`protocol ${protocol}; read are 2 to 5`);
  }

  /** @returns the position of the next bytes, which are then behind */
  private take(count: number): number {
    const start = this.at;
    if (count > this.buffer.length - start)
      throw this.fault("the end of the bytes before the end of the pickle");
    this.at += count;
    return start;
  }

  private u8(): number {
    return this.view.getUint8(this.take(1));
  }

  private u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  private u64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }

  private text(length: number): string {
    const start = this.take(length);
    return this.buffer.toString("utf8", start, start + length);
  }

  private bytes(length: number): Uint8Array {
    const start = this.take(length);
    return this.buffer.subarray(start, start + length);
  }

  private line(): string {
    const end = this.buffer.indexOf(0x0a, this.at);
    if (end < 0) throw this.fault("a name without an end");
    const text = this.text(end - this.at);
    this.take(1);
    return text;
  }

  /** Two's complement, little-endian. A number where it is exact, else a bigint. */
  private integer(length: number): number | bigint {
    if (length > limits.integerBytes)
      throw this.fault(`an integer of ${length} bytes; at most ${limits.integerBytes} are read`);
    const start = this.take(length);
    let value = 0n;
    for (let i = start + length - 1; i >= start; i--) value = (value << 8n) | BigInt(this.buffer[i]!);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  private pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined || value === mark) throw this.fault("a value is missing on the stack");
    return value;
  }

  private top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined || value === mark) throw this.fault("a value is missing on the stack");
    return value;
  }

  private popToMark(): PickleValue[] {
    const start = this.stack.lastIndexOf(mark);
    if (start < 0) throw this.fault("a mark is missing on the stack");
    const values = this.stack.splice(start).slice(1);
    return values as PickleValue[]; // above the last mark there is no other
  }

  private pushContainer(value: PickleValue): void {
    this.containers += 1;
    if (this.containers > limits.containers)
      throw this.fault(`more than ${limits.containers} lists and dicts`);
    this.stack.push(value);
  }

  private pushTuple(values: PickleValue[]): void {
    this.pushContainer(Object.freeze(values) as PickleValue[]);
  }

  private pushMemo(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.fault(`value ${index} is asked for again, but was never kept`);
    this.stack.push(value);
  }

  private pushGlobal(module: string, name: string): void {
    this.pushContainer(this.hooks.global(module, name));
  }

  private call(callable: PickleValue, args: PickleValue): void {
    if (!Array.isArray(args)) throw this.fault("something is called with what is not a tuple");
    this.pushContainer(this.hooks.call(callable, args));
  }

  private append(values: readonly PickleValue[]): void {
    const list = this.top();
    if (list instanceof PickleObject) return; // its content is never looked at
    if (!Array.isArray(list) || Object.isFrozen(list))
      throw this.fault("something is appended to what is not a list");
    for (const value of values) list.push(value);
  }

  private setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (dict instanceof PickleObject) return; // its content is never looked at
    if (!(dict instanceof Map)) throw this.fault("something is put into what is not a dict");
    if (items.length % 2 !== 0) throw this.fault("a key without a value");
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!;
      if (dict.has(key))
        throw this.fault(`a dict names ${typeof key === "string" ? quoted(key) : "a key"} twice`);
      dict.set(key, items[i + 1]!);
    }
  }

  private fault(what: string): PickleError {
    return new PickleError(`${what} (at byte ${this.at} of ${this.buffer.length})`);
  }
}
