import { parseAddress } from "../address/address.ts";
import { type Prefix, prefixOf, prefixText } from "../address/prefix.ts";

/** Of a result's row, typed or as it stands in its file. */
interface Ends {
  readonly client_ip?: string | undefined;
  readonly client_zone?: string | undefined;
  readonly server_ip?: string | undefined;
  readonly server_zone?: string | undefined;
}

const OURS: ReadonlySet<string | undefined> = new Set(["internal", "on-premises-server", "remote"]);
const OUTSIDE: ReadonlySet<string | undefined> = new Set(["internet", "partner"]);

/**
 * Our side of a flow: the client, unless somebody outside opened it to a server of ours. Of two public addresses the one
 * that is not Microsoft's is ours, behind NAT.
 */
export function ourAddress(flow: Ends): string {
  const { client_zone: client, server_zone: server } = flow;
  const theirs = client === "microsoft" ? server !== "microsoft" : OUTSIDE.has(client) && OURS.has(server);
  return (theirs ? flow.server_ip : flow.client_ip) ?? "";
}

/** The far side of a flow. */
export function farAddress(flow: Ends): string {
  return ourAddress(flow) === flow.client_ip ? (flow.server_ip ?? "") : (flow.client_ip ?? "");
}

const LENGTHS = { 4: 24, 6: 64 } as const;

/** The /24 (IPv6: /64) around an address of four words. */
export function subnetAround(version: 4 | 6, words: Prefix["words"]): string {
  return prefixText(prefixOf(version, words, LENGTHS[version]));
}

/** Remembers what was asked lately: results name few subnets again and again. */
const known = new Map<string, string>();
const MOST_KNOWN = 65_536;

/** The /24 (IPv6: /64) around an address; the text itself where it is none. */
export function subnetOf(address: string): string {
  const found = known.get(address);
  if (found !== undefined) return found;
  const parsed = parseAddress(address);
  const subnet = parsed === undefined ? address : subnetAround(parsed.version, parsed.words);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(address, subnet);
  return subnet;
}
