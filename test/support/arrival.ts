import { Arrival } from "../../src/protocols/arrival.ts";
import type { Direction } from "../../src/words.ts";

/** How a packet came that has no DSCP and nothing around it. */
export function cameAt(direction: Direction, seconds: number, packetNumber: number): Arrival {
  const arrival = new Arrival();
  arrival.at(direction, seconds, 0, packetNumber, 0);
  return arrival;
}
