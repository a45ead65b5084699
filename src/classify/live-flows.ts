import { type AddressWords, parseAddress } from "../address/address.ts";
import * as layout from "../flows/layout.ts";
import type { FlowObserver } from "../flows/observer.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";

/** Most live flows looked at for one batch of rows. */
const MAX_FLOWS = 10_000;

/**
 * Live TCP flows of some addresses whose recognition is settled, so that asking for its result disturbs nothing: the
 * signaling connections that outlive calls.
 */
export function settledTcp(observer: FlowObserver, addresses: ReadonlySet<string>): number[] {
  /** By the last 32 bits, which few share by chance. */
  const wanted = new Map<number, AddressWords[]>();
  for (const text of addresses) {
    const words = parseAddress(text)?.words;
    if (words === undefined) continue;
    const alike = wanted.get(words[3]);
    if (alike === undefined) wanted.set(words[3], [words]);
    else alike.push(words);
  }
  const found: number[] = [];
  const { table } = observer;
  table.forEachLive((flow) => {
    const page = table.page(flow);
    const at = table.base(flow);
    const meta = page[at + layout.META] ?? 0;
    if ((meta & layout.META_PROTOCOL) !== IpProtocol.tcp || (meta & layout.META_SETTLED) === 0) return;
    if (found.length >= MAX_FLOWS) return;
    if (isWanted(wanted, page, at + layout.ADDRESS_A) || isWanted(wanted, page, at + layout.ADDRESS_B))
      found.push(flow);
  });
  return found;
}

function isWanted(
  wanted: ReadonlyMap<number, readonly AddressWords[]>,
  page: Uint32Array,
  at: number,
): boolean {
  const alike = wanted.get(page[at + 3] ?? 0);
  if (alike === undefined) return false;
  for (const words of alike)
    if (words[0] === page[at] && words[1] === page[at + 1] && words[2] === page[at + 2]) return true;
  return false;
}
