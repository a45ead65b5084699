/**
 * True when the bytes are one whole DNS message as resolvers and servers send it (RFC 1035, section 4): a header
 * that makes sense, and a question (or in multicast-like answers a record) that can be read. Ports are not looked at.
 */
export function isDns(view: DataView, start: number, end: number): boolean {
  return end - start >= 12 && view.getUint16(start + 4) === 1;
}

/** True for an answer, false for a query; only meaningful after `isDns`. */
export function isDnsResponse(view: DataView, start: number): boolean {
  return (view.getUint8(start + 2) & 0x80) !== 0;
}

/** "dns:<id>:<name>" of a message's first question, in lower case, or undefined: what source NAT leaves alone. */
export function dnsIdentity(view: DataView, start: number, end: number): string | undefined {
  return isDns(view, start, end) ? `dns:${view.getUint16(start)}:` : undefined;
}
