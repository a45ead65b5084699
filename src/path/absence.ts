import type { OutBack, PathKind } from "../words.ts";
import type { Evidence } from "./evidence.ts";

/** A declared uplink, as far as absence is concerned. */
export interface WatchedPath {
  readonly index: number;
  readonly name: string;
  readonly kind: PathKind;
  /** Every packet of it is declared to be in the captures, and they cover the time of the flow without loss. */
  readonly completeThen: boolean;
}

/**
 * Evidence that a direction took another path because it is not where every packet is captured
 * (docs/evidence.md, `absence`). Decides only where one other kind of uplink is left. The caller has made sure that the direction exists
 * and that nothing was seen of its path.
 *
 * @param hasExpressRoute false where the site says that it has none
 */
export function absenceEvidence(
  direction: OutBack,
  paths: readonly WatchedPath[],
  hasExpressRoute: boolean,
): Evidence | undefined {
  const uplinks = paths.filter((path) => path.kind !== "local");
  const complete = uplinks.filter((path) => path.completeThen);
  if (complete.length === 0) return undefined;
  // Every site has an Internet uplink and, unless it says that there is none, an ExpressRoute one, declared or not.
  const kinds = new Set<PathKind>(["internet", ...uplinks.map((path) => path.kind)]);
  if (hasExpressRoute) kinds.add("expressroute");
  const left = [...kinds].filter((kind) => {
    const declared = uplinks.filter((path) => path.kind === kind);
    return declared.length === 0 || declared.some((path) => !path.completeThen);
  });
  const [says] = left;
  if (says === undefined || left.length > 1) return undefined;
  const candidates = uplinks.filter((path) => path.kind === says);
  const only = candidates.length === 1 ? candidates[0] : undefined;
  return {
    kind: "absence",
    direction,
    says,
    pathIndex: only?.index ?? -1,
    packets: 0,
    firstPacket: 0,
    capture: "",
    shown: `it exists, but not on ${complete.map((path) => path.name).join(", ")}, where every packet is captured`,
  };
}
