import { parseAddress } from "../address/address.ts";

/** Below 255 only masks of less than eight bits: 192.0.2.2 is a next hop. */
const MASK = /^(?:255(?:\.\d{1,3}){3}|(?:254|252|248|240|224|192|128)\.0\.0\.0)$/;

/** Length of a dotted mask of one to 32 bits such as 255.255.255.0; `undefined` for anything else. */
export function maskLength(text: string): number | undefined {
  const word = MASK.test(text) ? parseAddress(text)?.words[3] : undefined;
  if (word === undefined) return undefined;
  const length = Math.clz32(~word >>> 0);
  return word === (0xffffffff << (32 - length)) >>> 0 || length === 32 ? length : undefined;
}
