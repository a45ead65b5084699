import { createHash } from "node:crypto";

/** Room for seed, two IPv6 addresses, protocol, a zero byte and two ports. */
const bytes = new Uint8Array(2 + 32 + 2 + 4);
const view = new DataView(bytes.buffer);
const ipv4Input = bytes.subarray(0, 2 + 8 + 2 + 4);

/**
 * Community ID version 1 with seed 0 of a 5-tuple: "1:" and the Base64 of a SHA-1, the same for both directions.
 * Addresses are four words each, IPv4 in its mapped form as in `Packet`; `ipVersion` says how many bytes are hashed.
 * For protocols that have ports (TCP 6, UDP 17, SCTP 132); ICMP's mapping of types to ports is not applied.
 *
 * @see https://github.com/corelight/community-id-spec
 */
export function communityId(
  ipVersion: number,
  source0: number,
  source1: number,
  source2: number,
  source3: number,
  destination0: number,
  destination1: number,
  destination2: number,
  destination3: number,
  sourcePort: number,
  destinationPort: number,
  protocol: number,
): string {
  // The smaller address comes first; with equal addresses the smaller port.
  const order =
    source0 - destination0 ||
    source1 - destination1 ||
    source2 - destination2 ||
    source3 - destination3 ||
    sourcePort - destinationPort;
  const swapped = order > 0;
  let at = 2;
  if (ipVersion === 4) {
    view.setUint32(2, swapped ? destination3 : source3);
    view.setUint32(6, swapped ? source3 : destination3);
    at = 10;
  } else {
    const first = swapped ? 18 : 2;
    const second = swapped ? 2 : 18;
    view.setUint32(first, source0);
    view.setUint32(first + 4, source1);
    view.setUint32(first + 8, source2);
    view.setUint32(first + 12, source3);
    view.setUint32(second, destination0);
    view.setUint32(second + 4, destination1);
    view.setUint32(second + 8, destination2);
    view.setUint32(second + 12, destination3);
    at = 34;
  }
  view.setUint8(at, protocol);
  view.setUint8(at + 1, 0);
  view.setUint16(at + 2, swapped ? destinationPort : sourcePort);
  view.setUint16(at + 4, swapped ? sourcePort : destinationPort);
  return `1:${createHash("sha1")
    .update(ipVersion === 4 ? ipv4Input : bytes)
    .digest("base64")}`;
}
