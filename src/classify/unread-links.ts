import type { CaptureInterface } from "../capture/interface.ts";
import { counted } from "../count-text.ts";
import { isFollowed, linkTypeText } from "../wire/link-type.ts";

/** Packets of a capture that were passed over because their link type is not decoded. */
export interface UnreadLink {
  readonly linkType: number;
  readonly packets: number;
}

/** Link types named of one capture; a broken one may declare thousands. */
const MOST_NAMED = 4;

/** What of a capture could not be read for its link type, most packets first. An interface without packets lacks nothing. */
export function unreadLinks(
  interfaces: readonly Pick<CaptureInterface, "linkType" | "packets">[],
): UnreadLink[] {
  const counts = new Map<number, number>();
  for (const { linkType, packets } of interfaces)
    if (packets > 0 && !isFollowed(linkType)) counts.set(linkType, (counts.get(linkType) ?? 0) + packets);
  return [...counts]
    .map(([linkType, packets]) => ({ linkType, packets }))
    .sort((x, y) => y.packets - x.packets || x.linkType - y.linkType);
}

/** One sentence for people, with the name of the capture; undefined where everything was read. */
export function unreadLinksText(name: string, links: readonly UnreadLink[]): string | undefined {
  if (links.length === 0) return undefined;
  const named = links
    .slice(0, MOST_NAMED)
    .map(({ linkType, packets }) => `${counted(packets, "packet")} of link type ${linkTypeText(linkType)}`);
  const more = links.slice(MOST_NAMED).reduce((sum, { packets }) => sum + packets, 0);
  if (more > 0) named.push(`${counted(more, "packet")} of others`);
  return `${name}: not read, because such links are not decoded: ${named.join(", ")}`;
}
