import { isBefore } from "../path/moment.ts";
import type { OutBack } from "../words.ts";
import type { Leg } from "./leg.ts";
import { widest } from "./leg-span.ts";
import { areTogether, doFollow } from "./legs-together.ts";

type Legs = readonly [Leg, ...Leg[]];

/**
 * The legs that together saw each packet of a direction once: the one that saw most of them, and those by which the flow went on
 * when source NAT gave it another address. `isOneClock`: times of these legs can be compared.
 */
export function legsInTurn(
  legs: Legs,
  direction: OutBack,
  isOneClock: (legs: readonly Leg[]) => boolean,
): Legs {
  if (legs.length === 1) return legs;
  const first = widest(legs, direction);
  const chosen: [Leg, ...Leg[]] = [first];
  for (const leg of byPackets(legs, direction)) {
    if (leg.packetsOf(leg[direction]) === 0 || leg === first) continue;
    if (chosen.every((other) => goesOn(leg, other, direction, isOneClock))) chosen.push(leg);
  }
  return chosen;
}

function byPackets(legs: Legs, direction: OutBack): Leg[] {
  return legs.toSorted((x, y) => y.packetsOf(y[direction]) - x.packetsOf(x[direction]));
}

/** True where no packet is in both: by the numbers of the streams that both have, or by their times. */
function goesOn(x: Leg, y: Leg, direction: OutBack, isOneClock: (legs: readonly Leg[]) => boolean): boolean {
  if (areTogether(x, y, direction)) return false;
  if (doFollow(x, y, direction)) return true;
  const [dx, dy] = [x[direction], y[direction]];
  const isApart = isBefore(x.lastOf(dx), y.firstOf(dy)) || isBefore(y.lastOf(dy), x.firstOf(dx));
  return isApart && x.timed && y.timed && isOneClock([x, y]);
}

/** Packets of a direction that the legs saw one after the other. */
export function packetsOf(legs: Legs, direction: OutBack): number {
  let packets = 0;
  if (legs.length === 1) return legs[0].packetsOf(legs[0][direction]);
  for (const leg of legs) packets += leg.packetsOf(leg[direction]);
  return packets;
}

/** The same, IP bytes. */
export function bytesOf(legs: Legs, direction: OutBack): number {
  let bytes = 0;
  if (legs.length === 1) return legs[0].bytesOf(legs[0][direction]);
  for (const leg of legs) bytes += leg.bytesOf(leg[direction]);
  return bytes;
}

/** Number of the direction's first packet in its capture; undefined where there is none. */
export function firstPacketOf(legs: Legs, direction: OutBack): number | undefined {
  if (legs.length === 1) return legs[0].firstPacketOf(legs[0][direction]) || undefined;
  const first = legs.reduce((x, y) => (isBefore(y.firstOf(y[direction]), x.firstOf(x[direction])) ? y : x));
  return first.firstPacketOf(first[direction]) || undefined;
}
