// Fetching one file over HTTP: gives up soon where nothing answers, reports progress.

/** Time limits, in milliseconds. */
export interface DownloadLimits {
  /** Until the response begins. Short, so that a machine without a network goes on to the next source. */
  readonly connect: number;
  /** Between two pieces of the body. */
  readonly stall: number;
}

const defaultLimits: DownloadLimits = { connect: 8_000, stall: 30_000 };

/**
 * The body of `url`.
 * @param onBytes - Called with the bytes received so far.
 * @throws Error whose message says what went wrong, without the address.
 */
export async function download(
  url: string,
  onBytes: (received: number) => void = () => {},
  limits: DownloadLimits = defaultLimits,
): Promise<Uint8Array> {
  const abort = new AbortController();
  let reason = `no answer within ${limits.connect / 1000} s`;
  let timer = setTimeout(() => abort.abort(), limits.connect);
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || !response.body)
      throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
    reason = `no data for ${limits.stall / 1000} s`;
    const chunks: Uint8Array[] = [];
    let received = 0;
    const reader = response.body.getReader();
    for (;;) {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), limits.stall);
      const { done, value } = await reader.read();
      if (done) return Buffer.concat(chunks);
      chunks.push(value);
      received += value.length;
      onBytes(received);
    }
  } catch (error) {
    throw new Error(abort.signal.aborted ? reason : innermostMessage(error), { cause: error });
  } finally {
    clearTimeout(timer);
    abort.abort(); // closes the connection of an answer that was not read to its end
  }
}

/** fetch() says only "fetch failed"; the cause below it names the host and the fault. */
function innermostMessage(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (inner instanceof AggregateError && inner.errors.length > 0) inner = inner.errors[0];
  return inner instanceof Error ? inner.message : String(inner);
}
