import { type Prefix, prefixText } from "../address/prefix.ts";
import { counted } from "../count-text.ts";
import { MOST_FAULTS } from "./first-faults.ts";
import type { SiteDescription } from "./site.ts";

type ZoneKey = "servers" | "partners" | "remote" | "internal";

/**
 * Warnings, by key, of prefixes that stand in two places of a site description, of which one counts: the order is that of `Site`.
 * A server's may stand among the internal ones, where it is, too.
 */
export function declaredTwice({
  servers,
  partners,
  remote,
  internal,
}: Pick<SiteDescription, ZoneKey>): readonly (readonly [key: ZoneKey, text: string])[] {
  const first = new Map<string, { readonly place: string; readonly isServer: boolean }>();
  const warnings: [ZoneKey, string][] = [];
  let count = 0;
  const add = (key: ZoneKey, place: string, prefixes: readonly Prefix[]): void => {
    const isServer = key === "servers";
    for (const text of new Set(prefixes.map(prefixText))) {
      const other = first.get(text);
      if (other === undefined) first.set(text, { place, isServer });
      else if (other.place !== place && !(other.isServer && key === "internal") && ++count <= MOST_FAULTS)
        warnings.push([key, `${text} stands in ${other.place} and in ${place}: it counts as the former`]);
    }
  };
  for (const [role, prefixes] of servers) add("servers", `servers, ${role}`, prefixes);
  for (const { name, prefixes } of partners) add("partners", `partner ${name}`, prefixes);
  add("remote", "remote", remote);
  add("internal", "internal", internal);
  if (count > MOST_FAULTS)
    warnings.push(["internal", `and ${counted(count - MOST_FAULTS, "more prefix", "more prefixes")}`]);
  return warnings;
}
