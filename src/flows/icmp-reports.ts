import type { AddressWords } from "../address/address.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import type { Packet } from "../wire/packet.ts";
import type { Direction } from "../words.ts";

/** Most ICMP reporters kept of one flow. */
const MAX_REPORTERS = 32;
/** Most moments kept at which a direction was reported from another declared path than before, of one flow. */
const MAX_MOMENTS = 256;

/** An ICMP error that quoted the flow. Words of the reporter's address as in `Packet`. */
export interface IcmpReport {
  readonly kind: "time-exceeded" | "prohibited";
  readonly words: AddressWords;
  /** Direction of the quoted packet. */
  readonly direction: Direction;
  packets: number;
  /** Of `prohibited`: second of the latest one. */
  lastSeconds?: number | undefined;
  readonly firstPacket: number;
  /** Link context of that packet, which tells its capture; -1 for a reporter on no declared path. */
  readonly context: number;
  /**
   * Of a hop on a declared path: when it was the first of all to report the direction's packets, or the first after a
   * hop on another path. Hops of no declared path come between without being a change.
   */
  readonly since?: Moments;
}

type Moments = { readonly seconds: number; readonly nanoseconds: number }[];

/** The ICMP errors of one flow, by reporter. */
export class IcmpReports {
  readonly list: IcmpReport[];
  /** The declared path that reported direction 0 and 1 last, and where that was noted. */
  readonly #path: [number, number] = [-1, -1];
  readonly #latest: [Moments | undefined, Moments | undefined] = [undefined, undefined];
  #moments = 0;

  constructor(list: readonly IcmpReport[] = []) {
    this.list = [...list];
  }

  /** `path`: the declared path that the reporter is on, below 0 for none. */
  add(report: IcmpReport, path: number, seconds: number, nanoseconds: number): void {
    let known = this.list.find((item) => isSameReporter(item, report));
    if (known !== undefined) {
      known.packets += 1;
      if (seconds > (known.lastSeconds ?? Infinity)) known.lastSeconds = seconds;
    } else {
      if (this.list.length >= MAX_REPORTERS && (path < 0 || !this.#makeRoom())) return;
      known = path < 0 ? report : { ...report, since: [] };
      this.list.push(known);
    }
    const { direction } = report;
    if (path < 0 || path === this.#path[direction] || known.since === undefined) return;
    this.#path[direction] = path;
    // Of what goes to and fro for so long the end counts.
    if (this.#moments >= MAX_MOMENTS) this.#latest[direction]?.pop();
    else this.#moments += 1;
    known.since.push({ seconds, nanoseconds });
    this.#latest[direction] = known.since;
  }

  /** A traceroute over many ways has more hops than are kept: those of no declared path say nothing of where a flow went. */
  #makeRoom(): boolean {
    const at = this.list.findIndex(({ kind, since }) => kind === "time-exceeded" && since === undefined);
    if (at < 0) return false;
    this.list.splice(at, 1);
    return true;
  }
}

function isSameReporter(x: IcmpReport, y: IcmpReport): boolean {
  return x.kind === y.kind && x.direction === y.direction && x.words.every((word, i) => word === y.words[i]);
}

/** ICMP errors that say something of a path: RFC 792 and 1812 (types 3 and 11), RFC 4443 (types 1 and 3). */
export function icmpKind(packet: Packet): IcmpReport["kind"] | undefined {
  const { icmpType: type, icmpCode: code } = packet;
  if (packet.protocol === IpProtocol.icmpv6) {
    if (type === 3 && code === 0) return "time-exceeded";
    return type === 1 && (code === 1 || code === 5) ? "prohibited" : undefined;
  }
  if (type === 11 && code === 0) return "time-exceeded";
  return type === 3 && (code === 9 || code === 10 || code === 13) ? "prohibited" : undefined;
}
