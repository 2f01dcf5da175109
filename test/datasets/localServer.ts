import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What to answer: a status (200 or, without a body, 404), a body, or silence at either stage. */
export interface Answer {
  readonly status?: number;
  readonly body?: Uint8Array | undefined;
  /** "headers": never answer; "body": answer, send the body, and never end it. */
  readonly hang?: "headers" | "body";
}

/** Serves on this machine until the running test is over; gives the address without a slash at its end. */
export async function serve(answer: (url: string) => Answer): Promise<string> {
  const server = createServer((request, response) => {
    const { status, body, hang } = answer(request.url ?? "");
    if (hang === "headers") return;
    response.writeHead(status ?? (body || hang ? 200 : 404));
    response.write(body ?? "");
    if (hang !== "body") response.end();
  });
  const address = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return address;
}

/** An address at which nothing listens. */
export async function unreachableAddress(): Promise<string> {
  const server = createServer();
  const address = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return address;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
