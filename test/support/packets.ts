import { concat, u16, u32, u8 } from "./bytes.ts";

/** Frame builders, written from the RFCs. Checksums are right, so that Wireshark has nothing to complain of. */

export function macBytes(text: string): Uint8Array {
  return Uint8Array.from(text.split(":"), (part) => Number.parseInt(part, 16));
}

export function ipBytes(text: string): Uint8Array {
  if (!text.includes(":")) return Uint8Array.from(text.split("."), Number);
  const [head = "", tail] = text.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups =
    tail === undefined
      ? left
      : [...left, ...new Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return concat(...groups.map((group) => u16(Number.parseInt(group, 16))));
}

/** Internet checksum, RFC 1071. */
export function checksum(...parts: readonly Uint8Array[]): number {
  const bytes = concat(...parts);
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

export interface EthernetOptions {
  readonly source?: string;
  readonly destination?: string;
  /** Tags from the outside in: a VLAN id, or [EtherType, id]. */
  readonly vlans?: readonly (number | readonly [number, number])[];
  readonly etherType: number;
}

export function ethernet(options: EthernetOptions, payload: Uint8Array): Uint8Array {
  const tags = (options.vlans ?? []).map((tag) =>
    typeof tag === "number" ? concat(u16(0x8100), u16(tag)) : concat(u16(tag[0]), u16(tag[1])),
  );
  const frame = concat(
    macBytes(options.destination ?? "00:00:5e:00:53:01"),
    macBytes(options.source ?? "00:00:5e:00:53:02"),
    ...tags,
    u16(options.etherType),
    payload,
  );
  return frame.length >= 60 ? frame : concat(frame, new Uint8Array(60 - frame.length));
}

export interface IpOptions {
  readonly source: string;
  readonly destination: string;
  readonly dscp?: number;
  readonly ttl?: number;
  readonly id?: number;
  readonly protocol: number;
  /** IPv4 flags and fragment offset, as the 16-bit field. */
  readonly fragment?: number;
}

/** An IPv4 or IPv6 packet, by the look of the source address. */
export function ip(options: IpOptions, payload: Uint8Array): Uint8Array {
  const source = ipBytes(options.source);
  const destination = ipBytes(options.destination);
  const trafficClass = (options.dscp ?? 0) << 2;
  const ttl = options.ttl ?? 64;
  if (source.length === 16) {
    const first = ((6 << 28) | (trafficClass << 20)) >>> 0;
    return concat(u32(first), u16(payload.length), u8(options.protocol, ttl), source, destination, payload);
  }
  const head = concat(
    u8(0x45, trafficClass),
    u16(20 + payload.length),
    u16(options.id ?? 0),
    u16(options.fragment ?? 0x4000),
    u8(ttl, options.protocol),
  );
  const sum = checksum(head, source, destination);
  return concat(head, u16(sum), source, destination, payload);
}

function pseudoHeader(source: string, destination: string, protocol: number, length: number): Uint8Array {
  return concat(ipBytes(source), ipBytes(destination), u32(length), u32(protocol));
}

export interface UdpOptions {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly dscp?: number;
  readonly ttl?: number;
  readonly id?: number;
}

/** An IP packet that holds a UDP datagram (RFC 768). */
export function udp(options: UdpOptions, payload: Uint8Array): Uint8Array {
  const length = 8 + payload.length;
  const head = concat(u16(options.sourcePort), u16(options.destinationPort), u16(length));
  const sum =
    checksum(pseudoHeader(options.source, options.destination, 17, length), head, payload) || 0xffff;
  return ip({ ...options, protocol: 17 }, concat(head, u16(sum), payload));
}

export const TCP_FIN = 1;
export const TCP_SYN = 2;
export const TCP_RST = 4;
export const TCP_PSH = 8;
export const TCP_ACK = 16;

export interface TcpOptions extends UdpOptions {
  readonly sequence: number;
  readonly acknowledgement?: number;
  readonly flags: number;
  readonly window?: number;
}

/** An IP packet that holds a TCP segment without options (RFC 9293). */
export function tcp(options: TcpOptions, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const head = concat(
    u16(options.sourcePort),
    u16(options.destinationPort),
    u32(options.sequence),
    u32(options.acknowledgement ?? 0),
    u8(0x50, options.flags),
    u16(options.window ?? 64240),
  );
  const pseudo = pseudoHeader(options.source, options.destination, 6, 20 + payload.length);
  const sum = checksum(pseudo, head, u32(0), payload);
  return ip({ ...options, protocol: 6 }, concat(head, u16(sum), u16(0), payload));
}

/** Wraps an IP packet into an Ethernet frame with the right EtherType. */
export function ethernetIp(options: Omit<EthernetOptions, "etherType">, packet: Uint8Array): Uint8Array {
  return ethernet({ ...options, etherType: (packet[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800 }, packet);
}
