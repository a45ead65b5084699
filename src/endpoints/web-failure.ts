import { EndpointDataError } from "./endpoint-set.ts";

/** A failure after which the same request may well succeed. */
export class PassingFailure extends Error {
  /** How long the server wants to be left alone. */
  readonly waitMs: number | undefined;
  constructor(message: string, waitMs?: number) {
    super(message);
    this.waitMs = waitMs;
  }
}

/** What a status other than 200 means for a further try. */
export function failureOf(status: number, retryAfter: string | null): Error {
  const message = `the server answers ${status}`;
  return isPassing(status) ? new PassingFailure(message, waitOf(retryAfter)) : new EndpointDataError(message);
}

/** What fetch threw, in words: passing where the network or the other side may do better the next time. */
export function networkFailure(error: unknown, timeoutMs: number): Error {
  if (!(error instanceof Error)) return new PassingFailure(String(error));
  if (error.name === "TimeoutError")
    return new PassingFailure(`no complete answer within ${timeoutMs / 1000} s`);
  // Of a proxy's refusal, undici says that it cancelled the request, and why only inside that.
  const causes = causesOf(error);
  const proxy = causes.map((each) => /^Proxy response \((\d{3})\)/.exec(each.message)?.[1]).find(Boolean);
  if (proxy !== undefined) return proxyFailure(Number(proxy));
  const cause = causes.at(-1) ?? error;
  const code = codeOf(cause);
  const message = cause === error ? error.message : `${error.message} (${textOf(cause, code)})`;
  if (isCertificate(code)) return new EndpointDataError(`${message}${authorityHint(code)}`);
  // Without a code it is fetch that refuses the URL, or where it leads: it will do so again.
  const lasting = code === "ERR_INVALID_URL" || (code === "" && cause.name !== "HTTPParserError");
  return lasting ? new EndpointDataError(message) : new PassingFailure(message);
}

function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** Retry-After: seconds or a date that is still to come (RFC 9110, section 10.2.3). */
function waitOf(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const wait = /[a-z]/i.test(retryAfter) ? Date.parse(retryAfter) - Date.now() : NaN;
  return wait > 0 ? wait : undefined;
}

function proxyFailure(status: number): Error {
  const hint = status === 407 ? " (it wants a sign-in: http://USER:PASSWORD@HOST:PORT)" : "";
  const message = `the proxy answers ${status}${hint}`;
  return isPassing(status) ? new PassingFailure(message) : new EndpointDataError(message);
}

/** An error's causes, the innermost last. */
function causesOf(error: Error): Error[] {
  const causes: Error[] = [];
  for (let each = error.cause; each instanceof Error && causes.length < 10; each = each.cause)
    causes.push(each);
  return causes;
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/** OpenSSL's messages are places in its source, and that of several addresses tried at once is empty. */
function textOf(error: Error, code: string): string {
  return error.message === "" || code.startsWith("ERR_SSL_") ? code : error.message;
}

function isCertificate(code: string): boolean {
  return /CERT|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^INVALID_(?:CA|PURPOSE)$/.test(code);
}

function authorityHint(code: string): string {
  return /SELF_SIGNED|^UNABLE_TO_/.test(code)
    ? ": does a proxy look into TLS? NODE_EXTRA_CA_CERTS=FILE names the certificate of its authority"
    : "";
}
