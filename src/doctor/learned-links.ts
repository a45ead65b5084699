import type { Links } from "../classify/links.ts";
import type { LearnedBgpLink } from "../site/learn.ts";
import { isOnLink, plainVlan } from "../site/markers.ts";
import type { BgpLink, SitePath } from "../site/site.ts";

/** The links that BGP sessions in the captures showed, each with the marker that says the same in a site description. */
export function learnedBgpLinks(paths: readonly SitePath[], links: Links): LearnedBgpLink[] {
  const shown = paths.flatMap(({ bgpLinks }) => bgpLinks);
  return paths.flatMap(({ name, bgpLinks }) =>
    bgpLinks.map((link) => ({
      file: link.file,
      interfaceName: link.interfaceName,
      vlan: link.vlan,
      erspanSession: link.erspanSession,
      path: name,
      marker: markerOf(link, shown, links),
    })),
  );
}

/** `undefined` where a marker would also mean what lies beside the link: frames with tags, or other interfaces. */
function markerOf(link: BgpLink, shown: readonly BgpLink[], links: Links): LearnedBgpLink["marker"] {
  for (let context = 0; context < links.contexts.count; context++) {
    const described = links.describe(context);
    const { point, erspanSession, file, interfaceName } = described;
    const tag = plainVlan(described.vlan);
    const isSameMirror = erspanSession === link.erspanSession;
    if (link.vlan === "" && tag !== "" && point === link.point && isSameMirror) return undefined;
    if (link.vlan === "" || tag !== link.vlan || shown.some((other) => isOnLink(other, described))) continue;
    // Other captures may be of the same link; another interface of this one is not.
    if (!isSameMirror || (file === link.file && interfaceName !== link.interfaceName)) return undefined;
  }
  if (link.vlan !== "") return { kind: "vlan", value: link.vlan };
  if (link.erspanSession >= 0) return { kind: "erspan-session", value: String(link.erspanSession) };
  const others = links.points.filter((point) => `${point.capture} ${point.interfaceIndex}` !== link.point);
  const name = link.interfaceName;
  if (name !== undefined && name !== "" && others.every(({ interfaceName }) => interfaceName !== name))
    return { kind: "interface", value: name };
  return others.every(({ captureName }) => captureName !== link.file)
    ? { kind: "file", value: link.file }
    : undefined;
}
