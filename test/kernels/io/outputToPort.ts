// An Output whose messages arrive at a port, as the wire thread would get them.
import { MessageChannel } from "node:worker_threads";
import { Output } from "../../../kernels/io/output";
import { shared } from "../../../kernels/link";

export function outputToPort() {
  const { port1, port2: port } = new MessageChannel();
  const counters = new Int32Array(new SharedArrayBuffer(4 * shared.length));
  const output = new Output(
    (message, transfer) => port1.postMessage(message, transfer as ArrayBuffer[]),
    counters,
    () => undefined,
  );
  return { output, port };
}
