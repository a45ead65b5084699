import type { Links } from "../classify/links.ts";
import { interfaceName } from "../site/interface-names.ts";
import type { LearnedBgpLink } from "../site/learn.ts";
import { linkKey, plainVlan } from "../site/link-key.ts";
import type { BgpLink, SitePath } from "../site/site.ts";

/** The links that BGP sessions in the captures showed, each with the marker that says the same in a site description. */
export function learnedBgpLinks(paths: readonly SitePath[], links: Links): LearnedBgpLink[] {
  const others = new OtherLinks(new Set(paths.flatMap(({ bgpLinks }) => bgpLinks.map(linkKey))), links);
  return paths.flatMap(({ name, bgpLinks }) =>
    bgpLinks.map((link) => ({
      file: link.file,
      interfaceName: interfaceName(link),
      vlan: link.vlan,
      erspanSession: link.erspanSession,
      path: name,
      marker: markerOf(link, others, links),
    })),
  );
}

/** Links in the captures that no BGP session showed. */
class OtherLinks {
  readonly #ofVlan = new Map<string, Map<string, BgpLink>>();
  /** Interfaces and mirror sessions with frames that have tags, whoever showed them. */
  readonly #tagged = new Set<string>();
  /** Capture points at which an index of an interface was seen: each host counts its own. */
  readonly #pointsOfIndex = new Map<number, Set<string | undefined>>();

  /** `shown`: those that a session showed, by `linkKey`. */
  constructor(shown: ReadonlySet<string>, links: Links) {
    for (let context = 0; context < links.contexts.count; context++) {
      const link = links.describe(context);
      const key = linkKey(link);
      const vlan = plainVlan(link.vlan);
      if (vlan !== "") this.#tagged.add(mirrorOf(link));
      const { interfaceIndex = 0, point } = link;
      const points = this.#pointsOfIndex.get(interfaceIndex);
      if (points === undefined) this.#pointsOfIndex.set(interfaceIndex, new Set([point]));
      else points.add(point);
      if (shown.has(key)) continue;
      const ofVlan = this.#ofVlan.get(vlan);
      if (ofVlan === undefined) this.#ofVlan.set(vlan, new Map([[key, link]]));
      else ofVlan.set(key, link);
    }
  }

  /** Whether frames with tags lie beside an untagged link. */
  haveTagsBeside(link: BgpLink): boolean {
    return this.#tagged.has(mirrorOf(link));
  }

  /** Whether another capture has frames of an interface with the same index. */
  haveIndexElsewhere({ interfaceIndex = 0 }: BgpLink): boolean {
    return (this.#pointsOfIndex.get(interfaceIndex)?.size ?? 0) > 1;
  }

  /** Whether a VLAN is another link's, too. Other captures may be of the same link; another interface of this one is not. */
  haveVlanOf({ vlan, erspanSession, file, ...on }: BgpLink): boolean {
    for (const other of this.#ofVlan.get(vlan)?.values() ?? []) {
      if (other.erspanSession !== erspanSession) return true;
      if (other.file !== file) continue;
      if (other.interfaceName !== on.interfaceName || other.interfaceIndex !== on.interfaceIndex) return true;
    }
    return false;
  }
}

function mirrorOf({ point, interfaceIndex, erspanSession }: BgpLink): string {
  return `${point} ${interfaceIndex} ${erspanSession}`;
}

/** `undefined` where a marker would also mean what lies beside the link: frames with tags, or other interfaces. */
function markerOf(link: BgpLink, beside: OtherLinks, links: Links): LearnedBgpLink["marker"] {
  if (link.vlan !== "") return beside.haveVlanOf(link) ? undefined : { kind: "vlan", value: link.vlan };
  if (beside.haveTagsBeside(link)) return undefined;
  if (link.erspanSession >= 0) return { kind: "erspan-session", value: String(link.erspanSession) };
  if (link.interfaceIndex !== undefined && link.interfaceIndex !== 0) {
    const value = interfaceName(link);
    return beside.haveIndexElsewhere(link) || value === undefined ? undefined : { kind: "interface", value };
  }
  const others = links.points.filter((point) => `${point.capture} ${point.interfaceIndex}` !== link.point);
  const name = link.interfaceName;
  if (name !== undefined && name !== "" && others.every(({ interfaceName }) => interfaceName !== name))
    return { kind: "interface", value: name };
  return others.every(({ captureName }) => captureName !== link.file)
    ? { kind: "file", value: link.file }
    : undefined;
}
