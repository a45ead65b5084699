import { EndpointDataError } from "./endpoint-set.ts";
import { failureOf, networkFailure, PassingFailure } from "./web-failure.ts";
import { proxiesOfEnvironment } from "./web-proxies.ts";

export interface WebLimits {
  /** For one request, from its start to the last byte, in milliseconds. */
  readonly timeoutMs: number;
  /** Tries of one request, the first included. */
  readonly attempts: number;
  /** Wait before the first retry; doubled for every further one, with up to half of it added at random. */
  readonly backOffMs: number;
  /** The longest wait that a server may ask for (Retry-After); one that asks for more ends the attempts. */
  readonly longestWaitMs: number;
  readonly maxBytes: number;
}

const DEFAULTS: WebLimits = {
  timeoutMs: 30_000,
  attempts: 4,
  backOffMs: 1_000,
  longestWaitMs: 60_000,
  maxBytes: 32 * 1024 * 1024,
};

export interface WebAnswer {
  readonly json: unknown;
  readonly etag: string | undefined;
}

/**
 * Requests of JSON with time limits and retries, through the proxies that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name.
 * Network failures, cut answers, and statuses 408, 429 and 5xx are tried again; other statuses, certificates that are
 * not trusted, and complete answers that are no JSON are not.
 */
export class WebClient {
  readonly #limits: WebLimits;
  readonly #notify: (text: string) => void;
  #agent: { destroy(): Promise<void> } | undefined;

  constructor(limits: Partial<WebLimits>, notify: (text: string) => void) {
    this.#limits = { ...DEFAULTS, ...limits };
    this.#notify = notify;
  }

  /** The answer, or "not-modified" where it still has the ETag given. Throws EndpointDataError. */
  async json(url: string, etag?: string): Promise<WebAnswer | "not-modified"> {
    const { attempts, backOffMs, longestWaitMs } = this.#limits;
    const place = url.replace(/\?.*$/s, "");
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(url, etag);
      } catch (error) {
        if (error instanceof EndpointDataError) throw new EndpointDataError(`${place}: ${error.message}`);
        if (!(error instanceof PassingFailure)) throw error;
        const backOff = backOffMs * 2 ** (attempt - 1) * (1 + Math.random() / 2);
        const wait = error.waitMs ?? backOff;
        if (attempt >= attempts || wait > longestWaitMs) {
          const asked = wait > longestWaitMs ? `; it asks to wait ${Math.ceil(wait / 1000)} s` : "";
          throw new EndpointDataError(`${place}: ${error.message}${asked}`);
        }
        this.#notify(`${error.message}; trying again in ${(wait / 1000).toFixed(1)} s`);
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  async close(): Promise<void> {
    // Not close(): that waits for connections through a proxy that never answers.
    await this.#agent?.destroy();
  }

  async #once(url: string, etag: string | undefined): Promise<WebAnswer | "not-modified"> {
    const { EnvHttpProxyAgent, fetch } = await import("undici"); // slow to load, and needed by one command only
    const agent = (this.#agent ??= new EnvHttpProxyAgent(proxiesOfEnvironment())) as InstanceType<
      typeof EnvHttpProxyAgent
    >;
    const headers = { accept: "application/json", ...(etag === undefined ? {} : { "if-none-match": etag }) };
    let text: string;
    let tag: string | null;
    try {
      const signal = AbortSignal.timeout(this.#limits.timeoutMs);
      const response = await fetch(url, { dispatcher: agent, headers, signal });
      if (response.status === 304 && etag !== undefined) {
        await response.body?.cancel();
        return "not-modified";
      }
      if (response.status !== 200) {
        await response.body?.cancel();
        throw failureOf(response.status, response.headers.get("retry-after"));
      }
      tag = response.headers.get("etag");
      text = await bodyOf(response.body, this.#limits.maxBytes);
    } catch (error) {
      if (error instanceof PassingFailure || error instanceof EndpointDataError) throw error;
      throw networkFailure(error, this.#limits.timeoutMs);
    }
    try {
      return { json: JSON.parse(text), etag: tag ?? undefined };
    } catch {
      if (/^\s*[[{]/.test(text))
        throw new PassingFailure("the answer begins as JSON and does not end as such");
      throw new EndpointDataError("the answer is no JSON (does a proxy want a sign-in?)");
    }
  }
}

async function bodyOf(body: AsyncIterable<Uint8Array> | null, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new EndpointDataError(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks)); // without a mark of UTF-8 before it
}
