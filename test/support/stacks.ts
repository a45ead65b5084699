import { concat, hex, u16, u32, u8 } from "./bytes.ts";
import { LINK_STACKS } from "./link-stacks.ts";
import { ethernet, ip } from "./packets.ts";
import { HOST, INNER4, INNER6, mac, ROUTER, type Stack } from "./stack.ts";
import { TUNNEL_STACKS } from "./tunnel-stacks.ts";

/** Behind the extension headers of IP. */
const extensions: Stack[] = [
  {
    name: "authentication header",
    linkType: 1,
    bytes: overOwnIp4(
      51,
      concat(hex("11 04 0000 00000001 00000001"), new Uint8Array(12), INNER4.subarray(20)),
    ),
  },
  {
    name: "IPv6 with every extension header",
    linkType: 1,
    bytes: overOwnIp6(
      0,
      concat(
        hex("3c 00 0104 00000000"), // hop-by-hop
        hex("2b 00 0104 00000000"), // destination options
        hex("2c 00 0000 00000000"), // routing
        hex("33 00 0000 00000001"), // fragment, atomic
        hex("87 04 0000 00000001 00000001"), // authentication
        new Uint8Array(12),
        hex("11 00 0000 0000 0000"), // mobility
        INNER6.subarray(40),
      ),
    ),
    ipVersion: 6,
    tshark: "ends at the mobility header",
  },
];

function overOwnIp4(protocol: number, payload: Uint8Array): Uint8Array {
  const options = { source: "10.1.2.3", destination: "192.0.2.9", dscp: 46, ttl: 61, id: 77 };
  return ethernet({ etherType: 0x0800 }, ip({ ...options, protocol }, payload));
}

function overOwnIp6(protocol: number, payload: Uint8Array): Uint8Array {
  const packet = ip({ source: "2001:db8::3", destination: "2001:db8:9::9", ttl: 61, protocol }, payload);
  return ethernet({ etherType: 0x86dd }, packet);
}

/**
 * One datagram under every header that the decoder follows. All carry the same UDP datagram, so that each must decode
 * to the same flow; tshark 4.0.17 reads them alike (where `tshark` does not say otherwise).
 */
export const STACKS: readonly Stack[] = [...LINK_STACKS, ...extensions, ...TUNNEL_STACKS];

/** A packet of 65,536 bytes and more behind the IPv6 header (RFC 2675), with a UDP length of zero. */
export function jumbogram(): Uint8Array {
  const datagram = concat(u16(51000), u16(3481), u16(0), u16(0), new Uint8Array(70_000));
  const payload = concat(hex("11 00 c204"), u32(8 + datagram.length), datagram);
  const header = concat(u32(0x60000000), u16(0), u8(0, 61));
  return concat(mac(ROUTER), mac(HOST), u16(0x86dd), header, INNER6.subarray(8, 40), payload);
}
