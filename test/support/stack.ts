import { ascii, concat, u16 } from "./bytes.ts";
import { macBytes, udp } from "./packets.ts";

/** The same UDP datagram under some headers, and what is to be read of these beside it. */
export interface Stack {
  readonly name: string;
  readonly linkType: number;
  readonly bytes: Uint8Array;
  /** Name of the outermost tunnel. */
  readonly tunnel?: string;
  readonly vlans?: readonly number[];
  /** Source address of the frame, where the link layer has one. */
  readonly source?: string;
  readonly destination?: string;
  readonly outer?: readonly [string, string];
  readonly session?: number;
  readonly oddities?: readonly string[];
  readonly ipVersion?: 4 | 6;
  /** Why tshark reads it otherwise. */
  readonly tshark?: string;
}

export const PAYLOAD: Uint8Array = ascii("hello");
export const HOST = "00:00:5e:00:53:02";
export const ROUTER = "00:00:5e:00:53:01";

/** The datagram inside: 33 bytes of IPv4. */
export const INNER4: Uint8Array = udp(
  {
    source: "10.1.2.3",
    destination: "192.0.2.9",
    sourcePort: 51000,
    destinationPort: 3481,
    dscp: 46,
    ttl: 61,
    id: 77,
  },
  PAYLOAD,
);
export const INNER6: Uint8Array = udp(
  { source: "2001:db8::3", destination: "2001:db8:9::9", sourcePort: 51000, destinationPort: 3481, ttl: 61 },
  PAYLOAD,
);

export const mac = (text: string): Uint8Array => macBytes(text);

/** An Ethernet frame with other addresses than the outer one's, without padding. */
export const INNER_SOURCE = "02:00:00:00:00:0a";

export function innerFrame(type: number, payload: Uint8Array): Uint8Array {
  return concat(mac("02:00:00:00:00:0b"), mac(INNER_SOURCE), u16(type), payload);
}

export const FRAME4: Uint8Array = innerFrame(0x0800, INNER4);
