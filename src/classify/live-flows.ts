import { formatAddress, parseAddress } from "../address/address.ts";
import * as layout from "../flows/layout.ts";
import type { FlowObserver } from "../flows/observer.ts";

/** Most live flows looked at for one batch of rows. */
const MAX_FLOWS = 10_000;

/**
 * Live TCP flows of some addresses whose recognition is settled, so that asking for its result disturbs nothing: the
 * signaling connections that outlive calls.
 */
export function settledTcp(observer: FlowObserver, addresses: ReadonlySet<string>): number[] {
  const lowest = new Set<number>();
  for (const text of addresses) {
    const address = parseAddress(text);
    if (address !== undefined) lowest.add(address.words[3]);
  }
  const found: number[] = [];
  const { table } = observer;
  table.forEachLive((flow) => {
    const page = table.page(flow);
    const at = table.base(flow);
    const meta = page[at + layout.META] ?? 0;
    if ((meta & layout.META_PROTOCOL) !== 6 || (meta & layout.META_SETTLED) === 0) return;
    if (found.length >= MAX_FLOWS) return;
    const version = (meta & layout.META_IPV6) === 0 ? 4 : 6;
    for (const end of [at + layout.ADDRESS_A, at + layout.ADDRESS_B]) {
      const low = page[end + 3] ?? 0;
      if (!lowest.has(low)) continue;
      if (!addresses.has(formatAddress(version, page[end] ?? 0, page[end + 1] ?? 0, page[end + 2] ?? 0, low)))
        continue;
      found.push(flow);
      return;
    }
  });
  return found;
}
