import { isIPv6 } from "node:net";
import { isIPv4Text } from "../address/address.ts";

/** What a field that should hold a server's name really held. */
export interface NameFinding {
  /** Host name in lower case without a trailing dot, or undefined. */
  readonly host: string | undefined;
  /** In words why there is no host, or undefined. Never holds bytes of the field itself, except an IP address. */
  readonly note: string | undefined;
}

/** Longest host name in text form (RFC 1035, section 2.3.4, less the length bytes). */
const LONGEST_NAME = 253;

/** Letters, digits, hyphen and, as seen in practice, underscore; labels are not empty. */
const HOST_NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** Bytes as text, one character a byte. */
export function latin1(view: DataView, start: number, end: number): string {
  return Buffer.from(view.buffer, view.byteOffset + start, Math.max(0, end - start)).toString("latin1");
}

/** A text of single bytes in memory of its own: a piece of a larger one would keep all of that. */
export function detached(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

/** The text as a host name in lower case without trailing dot; undefined when it is none or an IP address. */
export function hostNameOf(text: string): string | undefined {
  const name = (text.endsWith(".") ? text.slice(0, -1) : text).toLowerCase();
  if (name.length === 0 || name.length > LONGEST_NAME || !HOST_NAME.test(name)) return undefined;
  return isIPv4Text(name) ? undefined : name;
}

/** Reads a name as `what` ("server name", "Host header") sent it. */
export function findName(text: string, what: string): NameFinding {
  const host = hostNameOf(text);
  if (host !== undefined) return { host, note: undefined };
  const literal = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  // isIPv6 takes a regular expression that is long in the making, and a name seldom has a colon.
  if (isIPv4Text(literal) || (literal.includes(":") && !literal.includes("%") && isIPv6(literal)))
    return { host: undefined, note: `${what} is an IP address: ${literal}` };
  if (text.length === 0) return { host: undefined, note: `${what} is empty` };
  return { host: undefined, note: `${what} holds what no host name can hold` };
}
