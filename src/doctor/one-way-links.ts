import type { LearnedMarker } from "../site/learn.ts";
import type { OutBack } from "../words.ts";

/** What a mirror is set up for. A next hop is one of a direction by its nature. */
const KINDS: readonly LearnedMarker["kind"][] = ["file", "interface", "vlan", "erspan-session"];
/** Fewer packets may well go one way. */
const LEAST_PACKETS = 50;

/** A link all of whose packets go one way. */
export interface OneWayLink {
  readonly marker: LearnedMarker;
  readonly direction: OutBack;
  readonly packets: number;
}

/**
 * Captures, else interfaces, VLANs or mirror sessions, in which packets of whichever service go one way alone. A mirror that copies one
 * direction makes them, and so does a way back that is another one: no capture tells which.
 */
export function oneWayLinks(markers: readonly LearnedMarker[]): readonly OneWayLink[] {
  for (const kind of KINDS) {
    const found = markers.filter((marker) => marker.kind === kind).flatMap(oneWay);
    if (found.length > 0) return found;
  }
  return [];
}

function oneWay(marker: LearnedMarker): readonly OneWayLink[] {
  const out = marker.office365.out.packets + marker.other.out.packets;
  const back = marker.office365.back.packets + marker.other.back.packets;
  const packets = out + back;
  if (packets < LEAST_PACKETS || (out > 0 && back > 0)) return [];
  return [{ marker, direction: out > 0 ? "out" : "back", packets }];
}
