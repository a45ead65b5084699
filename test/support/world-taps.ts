import type { Chance } from "./chance.ts";
import { pcap } from "./captures.ts";
import { milliseconds, Tape } from "./conversation.ts";

export type Uplink = "er" | "isp";

/** One packet that a tap of a made world recorded. */
export interface Sighting {
  /** Address and port of the flow's server. */
  readonly server: string;
  readonly direction: "out" | "back";
  /** The same wherever the packet is seen: IP identification, or of IPv6 what it is made of. */
  readonly id: number;
  /** Undefined inside. */
  readonly uplink: Uplink | undefined;
  /** True time, nanoseconds since 1970. */
  readonly time: bigint;
}

export interface TapNature {
  /** Share of the packets that it loses. */
  readonly loss: number;
  /** What its clock is ahead of the true time, milliseconds. */
  readonly aheadMs: number;
  /** Records each packet twice, as a mirror of both ports of a link does. */
  readonly twice: boolean;
  /** When it records, by true time. */
  readonly from: bigint;
  readonly to: bigint;
  /** The one direction that it sees. */
  readonly only?: "out" | "back" | undefined;
  /** How far packets stand from their turn, milliseconds. */
  readonly jitterMs?: number | undefined;
  /** In how many files it writes one after the other. */
  readonly files?: number | undefined;
  /** How many bytes it keeps of a frame. */
  readonly snap?: number | undefined;
}

/** A tap with faults. */
export class FaultyTape extends Tape {
  readonly name: string;
  readonly nature: TapNature;
  readonly #seen: Sighting[];
  readonly #chance: Chance;
  readonly #uplinkOf: (vlan: number) => Uplink | undefined;

  constructor(
    name: string,
    nature: TapNature,
    seen: Sighting[],
    chance: Chance,
    uplinkOf: (vlan: number) => Uplink | undefined,
  ) {
    super();
    this.name = name;
    this.nature = nature;
    this.#seen = seen;
    this.#chance = chance;
    this.#uplinkOf = uplinkOf;
  }

  override add(time: bigint, bytes: Uint8Array, index: number): void {
    const { loss, aheadMs, twice, from, to, only, jitterMs = 0 } = this.nature;
    if (time < from || time > to || this.#chance.happens(loss)) return;
    const { vlan, ...packet } = look(bytes);
    if (only !== undefined && packet.direction !== only) return;
    const shown = time + milliseconds(aheadMs + (jitterMs === 0 ? 0 : jitterMs * this.#chance.next()));
    this.#seen.push({ ...packet, uplink: this.#uplinkOf(vlan), time });
    super.add(shown, bytes, index);
    if (twice) super.add(shown + milliseconds(0.1), bytes, index);
  }

  /** Its captures, each of the same number of packets. */
  captures(): { readonly name: string; readonly bytes: Uint8Array }[] {
    const { files = 1, snap = Infinity } = this.nature;
    const packets = this.packets.map((packet) => ({
      ...packet,
      bytes: packet.bytes.subarray(0, snap),
      originalLength: packet.bytes.length,
    }));
    const each = Math.ceil(packets.length / files);
    return Array.from({ length: files }, (_, i) => packets.slice(i * each, (i + 1) * each))
      .filter((part) => part.length > 0)
      .map((part, i) => ({ name: `${this.name}-${i}`, bytes: pcap(part) }));
  }
}

/** Reads what the truth is told by: Ethernet with one VLAN tag at most, IP, ports. Servers have addresses of Microsoft. */
function look(bytes: Uint8Array): Pick<Sighting, "server" | "direction" | "id"> & { readonly vlan: number } {
  const number = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const tagged = number(12) === 0x8100;
  const ip = tagged ? 18 : 14;
  const vlan = tagged ? number(14) & 0xfff : 0;
  if ((bytes[ip] ?? 0) >> 4 === 6) return { ...look6(bytes.subarray(ip)), vlan };
  const [source, destination] = [12, 16].map((at) => bytes.subarray(ip + at, ip + at + 4).join("."));
  const isOut = destination?.startsWith("52.") === true || destination?.startsWith("13.107.") === true;
  const server = isOut ? `${destination}:${number(ip + 22)}` : `${source}:${number(ip + 20)}`;
  return { server, direction: isOut ? "out" : "back", id: number(ip + 4), vlan };
}

/** As `look`, of IPv6: what a NAT changes, and the checksum with it, tells no packet from another. */
function look6(packet: Uint8Array): Pick<Sighting, "server" | "direction" | "id"> {
  const number = (at: number): number => ((packet[at] ?? 0) << 8) | (packet[at + 1] ?? 0);
  const isOut = number(24) === 0x2603 || number(24) === 0x2620;
  const groups = Array.from({ length: 8 }, (_, i) => number((isOut ? 24 : 8) + 2 * i).toString(16));
  // Written as `address6` does.
  const server = `${groups.slice(0, 3).join(":")}::${groups[7]}:${number(isOut ? 42 : 40)}`;
  const checksum = packet[6] === 6 ? 56 : 46;
  let [one, other] = [0, 0];
  for (let at = 44; at < packet.length; at++) {
    if (at === checksum || at === checksum + 1) continue;
    one = Math.imul(one ^ (packet[at] ?? 0), 0x01000193);
    other = Math.imul(other + (packet[at] ?? 0) + at, 0x85ebca6b);
  }
  // As many bits as a number holds.
  return { server, direction: isOut ? "out" : "back", id: (one >>> 0) * 2 ** 21 + (other >>> 11) };
}
