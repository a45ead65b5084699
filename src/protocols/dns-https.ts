import { skipName } from "./dns.ts";

/** HTTPS records (RFC 9460), read in place: [body, end) is the data of one. */

/** Parameters that give addresses, to be used before those of the target are known (section 7.3). */
export const HintKey = { ipv4: 4, ipv6: 6 } as const;
export type HintKey = (typeof HintKey)[keyof typeof HintKey];

/** Addresses of one hint that are of use; servers give a few. */
export const MOST_HINTS = 16;

/** Parameters of one record that are looked at. */
const MOST_PARAMETERS = 32;

/** True in alias mode (section 2.4.2), when a name is there to go on with. */
export function isAlias(view: DataView, body: number, end: number): boolean {
  return end - body > 3 && view.getUint16(body) === 0 && view.getUint8(targetOf(body)) !== 0;
}

/** Where the target name lies, behind the priority. */
export function targetOf(body: number): number {
  return body + 2;
}

/** Where the value of a parameter lies, its length in the two bytes before it, or -1. An alias has none. */
export function hintsOf(view: DataView, body: number, end: number, key: HintKey): number {
  if (end - body < 3 || view.getUint16(body) === 0) return -1;
  let at = skipName(view, targetOf(body), end);
  for (let i = 0; at >= 0 && at + 4 <= end && i < MOST_PARAMETERS; i++) {
    const value = at + 4;
    const next = value + view.getUint16(at + 2);
    if (next > end) return -1;
    if (view.getUint16(at) === key) return value;
    at = next;
  }
  return -1;
}
