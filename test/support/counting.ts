import type { FlowTable } from "../../src/flows/flow-table.ts";
import { OpenHoles } from "../../src/flows/open-holes.ts";
import { countPacket } from "../../src/flows/packet-count.ts";
import { Sighting } from "../../src/flows/sighting.ts";
import type { Packet } from "../../src/wire/packet.ts";

/** Counts packets in the flows of a table, all of them seen at one place; numbers them from 1. */
export class Counting {
  readonly #table: FlowTable;
  readonly #holes = new OpenHoles();
  #number = 0;

  constructor(table: FlowTable) {
    this.#table = table;
  }

  /** Answers with the packet's flow. */
  count(packet: Packet, seconds: number, nanoseconds: number): number {
    const table = this.#table;
    const flow = table.touch(packet, seconds, nanoseconds);
    this.#number += 1;
    const seen = Object.assign(new Sighting(), {
      flow,
      direction: table.direction,
      page: table.page(flow),
      at: table.base(flow),
      seconds,
      nanoseconds,
      packetNumber: this.#number,
    });
    countPacket(packet, seen, this.#holes);
    return flow;
  }
}
