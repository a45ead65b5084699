/** The PROXY protocol of HAProxy, with which a load balancer says in front of all else whom it speaks for. */

/** Longest line of version 1 with its end, and what stands at its beginning: "PROXY ". */
const LONGEST_LINE = 107;
const WORD = [0x50524f58, 0x59205443, 0x5920554e] as const; // "PROX", "Y TC" (TCP4, TCP6), "Y UN" (UNKNOWN)

/** Version 2: a signature of 12 bytes, version and command, family, and the length of what follows. */
const SIGNATURE = [0x0d0a0d0a, 0x000d0a51, 0x5549540a] as const;
const VERSION_AT = 12;
const LENGTH_AT = 14;
const HEADER_LENGTH = 16;

/** Where a connection goes on behind a whole PROXY header at `start`; `start` itself where there is none. */
export function afterProxyHeader(view: DataView, start: number, end: number): number {
  if (end - start < HEADER_LENGTH) return start;
  const first = view.getUint32(start);
  if (first === WORD[0]) return afterLine(view, start, end);
  if (first !== SIGNATURE[0] || view.getUint32(start + 4) !== SIGNATURE[1]) return start;
  if (view.getUint32(start + 8) !== SIGNATURE[2] || view.getUint8(start + VERSION_AT) >>> 4 !== 2)
    return start;
  const next = start + HEADER_LENGTH + view.getUint16(start + LENGTH_AT);
  return next <= end ? next : start;
}

function afterLine(view: DataView, start: number, end: number): number {
  const second = view.getUint32(start + 4);
  if (second !== WORD[1] && second !== WORD[2]) return start;
  const stop = Math.min(end, start + LONGEST_LINE);
  for (let at = start + 8; at < stop; at++)
    if (view.getUint8(at) === 10) return view.getUint8(at - 1) === 13 ? at + 1 : start;
  return start;
}
