import { DEFAULT_TIMEOUTS } from "../../src/flows/end-rule.ts";
import { FlowTable } from "../../src/flows/flow-table.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";
import { Counting } from "./counting.ts";

export const SYN = 2;
export const ACK = 16;
export const FIN = 1;
export const RST = 4;

interface Sent {
  readonly from?: number;
  readonly to?: number;
  readonly ports?: readonly [number, number];
  readonly udp?: boolean;
  readonly flags?: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly length?: number;
}

function packet(sent: Sent): Packet {
  const made = new Packet();
  made.kind = sent.udp === true ? PacketKind.udp : PacketKind.tcp;
  made.ipVersion = 4;
  made.protocol = sent.udp === true ? 17 : 6;
  made.source2 = made.destination2 = 0xffff;
  made.source3 = sent.from ?? 1;
  made.destination3 = sent.to ?? 2;
  [made.sourcePort, made.destinationPort] = sent.ports ?? [50_000, 443];
  made.tcpFlags = sent.flags ?? ACK;
  made.tcpSequence = sent.sequence ?? 0;
  made.tcpAcknowledgement = sent.acknowledgement ?? 0;
  made.payloadLength = sent.length ?? 0;
  made.ipLength = 40 + made.payloadLength;
  return made;
}

/** A table of flows, and what was sent counted in it. */
export class Table {
  readonly ended: number[] = [];
  readonly table: FlowTable = new FlowTable(DEFAULT_TIMEOUTS, { ended: (flow) => this.ended.push(flow) });
  readonly #counting = new Counting(this.table);

  send(sent: Sent, seconds: number, nanoseconds: number = 0): number {
    return this.#counting.count(packet(sent), seconds, nanoseconds);
  }
}

/** What comes back to the client. */
export const back = { from: 2, to: 1, ports: [443, 50_000] } as const;
