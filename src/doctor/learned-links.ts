import type { Links } from "../classify/links.ts";
import type { LearnedBgpLink } from "../site/learn.ts";
import { plainVlan } from "../site/markers.ts";
import type { BgpLink, SitePath } from "../site/site.ts";

/** The links that BGP sessions in the captures showed, each with the marker that says the same in a site description. */
export function learnedBgpLinks(paths: readonly SitePath[], links: Links): LearnedBgpLink[] {
  return paths.flatMap(({ name, bgpLinks }) =>
    bgpLinks.map((link) => ({
      file: link.file,
      interfaceName: link.interfaceName,
      vlan: link.vlan,
      path: name,
      marker: markerOf(link, links),
    })),
  );
}

/** `undefined` where a marker would also mean what lies beside an untagged link: frames with tags, or other interfaces. */
function markerOf(link: BgpLink, links: Links): LearnedBgpLink["marker"] {
  if (link.vlan !== "") return { kind: "vlan", value: link.vlan };
  for (let context = 0; context < links.contexts.count; context++) {
    const { point, vlan } = links.describe(context);
    if (point === link.point && plainVlan(vlan) !== "") return undefined;
  }
  const others = links.points.filter((point) => `${point.capture} ${point.interfaceIndex}` !== link.point);
  const name = link.interfaceName;
  if (name !== undefined && name !== "" && others.every(({ interfaceName }) => interfaceName !== name))
    return { kind: "interface", value: name };
  return others.every(({ captureName }) => captureName !== link.file)
    ? { kind: "file", value: link.file }
    : undefined;
}
