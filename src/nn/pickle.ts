// Reading Python pickles without running anything: only what builds plain values is carried out, and everything that
// Python would look up or call is handed to the caller, who knows a few names and refuses all others.
// Opcodes as in CPython's Lib/pickletools.py; protocols 2 to 5, of which PyTorch writes 2.

import { PickleBytes, PickleError } from "./pickleBytes";
import { type PickleHooks, PickleObject, type PickleValue } from "./pickleValue";
import { quoted } from "./weightTypes";

/** Larger than the pickle of any model, bytes; the numbers of the tensors are not in it. */
export const longestPickle = 64_000_000;

/** A model with its optimiser takes about 50 opcodes and 10 containers for each tensor. */
const limits = { opcodes: 4_000_000, containers: 1_000_000 };

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
  private readonly bytes: PickleBytes;
  private readonly stack: (PickleValue | typeof mark)[] = [];
  private readonly memo = new Map<number, PickleValue>();
  private containers = 0;

  constructor(
    bytes: Uint8Array,
    private readonly hooks: PickleHooks,
  ) {
    this.bytes = new PickleBytes(bytes);
  }

  run(): PickleValue {
    for (let count = 0; count < limits.opcodes; count++) {
      const opcode = this.bytes.u8();
      if (opcode === 0x2e) return this.pop(); // STOP
      this.step(opcode);
    }
    throw this.bytes.fault(`more than ${limits.opcodes} opcodes`);
  }

  private step(opcode: number): void {
    const { stack, bytes } = this;
    switch (opcode) {
      case 0x80: // PROTO
        this.checkProtocol(bytes.u8());
        break;
      case 0x95: // FRAME: the length is only a hint for buffering
        bytes.skip(8);
        break;
      case 0x28: // MARK
        stack.push(mark);
        break;
      case 0x30: // POP
        if (stack.pop() === undefined) throw this.bytes.fault("nothing on the stack");
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
        stack.push(bytes.i32());
        break;
      case 0x4b: // BININT1
        stack.push(bytes.u8());
        break;
      case 0x4d: // BININT2
        stack.push(bytes.u16());
        break;
      case 0x8a: // LONG1
        stack.push(bytes.integer(bytes.u8()));
        break;
      case 0x8b: // LONG4
        stack.push(bytes.integer(bytes.u32()));
        break;
      case 0x47: // BINFLOAT
        stack.push(bytes.f64());
        break;

      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // SHORT_BINSTRING, a text of Python 2
        stack.push(bytes.text(bytes.u8()));
        break;
      case 0x58: // BINUNICODE
      case 0x54: // BINSTRING
        stack.push(bytes.text(bytes.u32()));
        break;
      case 0x8d: // BINUNICODE8
        stack.push(bytes.text(bytes.u64()));
        break;
      case 0x43: // SHORT_BINBYTES
        stack.push(bytes.bytes(bytes.u8()));
        break;
      case 0x42: // BINBYTES
        stack.push(bytes.bytes(bytes.u32()));
        break;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        stack.push(bytes.bytes(bytes.u64()));
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
        this.memo.set(bytes.u8(), this.top());
        break;
      case 0x72: // LONG_BINPUT
        this.memo.set(bytes.u32(), this.top());
        break;
      case 0x94: // MEMOIZE
        this.memo.set(this.memo.size, this.top());
        break;
      case 0x68: // BINGET
        this.pushMemo(bytes.u8());
        break;
      case 0x6a: // LONG_BINGET
        this.pushMemo(bytes.u32());
        break;

      case 0x63: // GLOBAL
        this.pushGlobal(bytes.line(), bytes.line());
        break;
      case 0x93: {
        // STACK_GLOBAL
        const name = this.pop();
        const module = this.pop();
        if (typeof module !== "string" || typeof name !== "string")
          throw this.bytes.fault("the name of something to look up is not a text");
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
        throw this.bytes.fault(
          `opcode 0x${opcode.toString(16).padStart(2, "0")}, which state dicts of PyTorch do not need`,
        );
    }
  }

  private checkProtocol(protocol: number): void {
    if (protocol < 2 || protocol > 5) throw this.bytes.fault(`protocol ${protocol}; read are 2 to 5`);
  }

  private pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined || value === mark) throw this.bytes.fault("a value is missing on the stack");
    return value;
  }

  private top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined || value === mark) throw this.bytes.fault("a value is missing on the stack");
    return value;
  }

  private popToMark(): PickleValue[] {
    const start = this.stack.lastIndexOf(mark);
    if (start < 0) throw this.bytes.fault("a mark is missing on the stack");
    const values = this.stack.splice(start).slice(1);
    return values as PickleValue[]; // above the last mark there is no other
  }

  private pushContainer(value: PickleValue): void {
    this.containers += 1;
    if (this.containers > limits.containers)
      throw this.bytes.fault(`more than ${limits.containers} lists and dicts`);
    this.stack.push(value);
  }

  private pushTuple(values: PickleValue[]): void {
    this.pushContainer(Object.freeze(values) as PickleValue[]);
  }

  private pushMemo(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.bytes.fault(`value ${index} is asked for again, but was never kept`);
    this.stack.push(value);
  }

  private pushGlobal(module: string, name: string): void {
    this.pushContainer(this.hooks.global(module, name));
  }

  private call(callable: PickleValue, args: PickleValue): void {
    if (!Array.isArray(args)) throw this.bytes.fault("something is called with what is not a tuple");
    this.pushContainer(this.hooks.call(callable, args));
  }

  private append(values: readonly PickleValue[]): void {
    const list = this.top();
    if (list instanceof PickleObject) return; // its content is never looked at
    if (!Array.isArray(list) || Object.isFrozen(list))
      throw this.bytes.fault("something is appended to what is not a list");
    for (const value of values) list.push(value);
  }

  private setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (dict instanceof PickleObject) return; // its content is never looked at
    if (!(dict instanceof Map)) throw this.bytes.fault("something is put into what is not a dict");
    if (items.length % 2 !== 0) throw this.bytes.fault("a key without a value");
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!;
      if (dict.has(key))
        throw this.bytes.fault(`a dict names ${typeof key === "string" ? quoted(key) : "a key"} twice`);
      dict.set(key, items[i + 1]!);
    }
  }
}
