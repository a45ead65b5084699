import { addressText, MAPPED_PREFIX } from "../address/address.ts";
import { interfaceName } from "../site/interface-names.ts";
import type { LinkContext, PathMark } from "../site/markers.ts";
import type { OutBack } from "../words.ts";

/** What a mark of a path shows in a packet of a link context, in words: `VLAN 100`, `to next hop 00:00:5e:00:53:01`. */
export function shownMark(link: LinkContext, mark: PathMark, direction: OutBack): string {
  const outer = mark.outer === undefined ? "" : "outer ";
  switch (mark.outer ?? mark.kind) {
    case "vlan":
      return `${outer}VLAN ${link.vlan}`;
    case "next-hop":
      return direction === "out"
        ? `to ${outer}next hop ${link.destinationMac}`
        : `from ${outer}next hop ${link.sourceMac}`;
    case "interface":
      return `interface ${interfaceName(link) ?? "?"}`;
    case "erspan-session":
      return `ERSPAN session ${link.erspanSession}`;
    case "file":
      return `file ${link.file}`;
    case "nat-pool":
      return `${outer}source address ${sourceText(link)} of its NAT pool`;
    case "bgp-session":
      return "a link with a BGP session of AS 12076";
    default:
      return mark.kind;
  }
}

function sourceText({ outerSource }: LinkContext): string {
  if (outerSource === undefined) return "?";
  const [w0, w1, w2] = outerSource;
  return addressText({ version: w0 === 0 && w1 === 0 && w2 === MAPPED_PREFIX ? 4 : 6, words: outerSource });
}
