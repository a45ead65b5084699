import { type Prefix, prefixCovers, prefixText } from "../address/prefix.ts";
import { counted } from "../count-text.ts";
import { MOST_FAULTS } from "./first-faults.ts";
import type { Site } from "./site.ts";

/**
 * Warnings of declared prefixes that hold addresses of Microsoft's endpoint list, or lie among them: what is declared comes
 * first, so that flows to these addresses are no longer to Microsoft. Of hops nothing is said: they may be Microsoft's.
 */
export function microsoftOverlaps(site: Site, microsoft: readonly Prefix[]): readonly string[] {
  const declared: readonly (readonly [key: string, prefixes: readonly Prefix[]])[] = [
    ["internal", site.internal],
    ["remote", site.remote],
    ...[...site.servers].map(([role, prefixes]) => [`servers, ${role}`, prefixes] as const),
    ...site.partners.map(({ name, prefixes }) => [`partner ${name}`, prefixes] as const),
    ...site.paths.map(({ name, nat }) => [`NAT pool of "${name}"`, nat] as const),
  ];
  const warnings: string[] = [];
  let count = 0;
  for (const [key, prefixes] of declared)
    for (const prefix of prefixes) {
      const other = microsoft.find((each) => prefixCovers(prefix, each) || prefixCovers(each, prefix));
      if (other === undefined || ++count > MOST_FAULTS) continue;
      warnings.push(
        `${key}: ${prefixText(prefix)} overlaps ${prefixText(other)} of Microsoft's endpoint list: flows to addresses in both count as yours, not as Office 365's`,
      );
    }
  if (count > MOST_FAULTS)
    warnings.push(
      `and ${counted(count - MOST_FAULTS, "more prefix", "more prefixes")} over Microsoft's addresses`,
    );
  return warnings;
}
