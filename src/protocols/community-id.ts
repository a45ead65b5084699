import type { Address } from "../address/address.ts";
import { sha1OfShort } from "../hash/sha1.ts";

type Words = Address["words"];

/** Room for seed, two IPv6 addresses, protocol, a zero byte and two ports. */
const bytes = new Uint8Array(2 + 32 + 2 + 4);
const view = new DataView(bytes.buffer);

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMP6 = 58;
const SCTP = 132;

/** Types of ICMP and the type that answers each; the specification leaves all others one-way. */
const ICMP_ANSWERS: ReadonlyMap<number, number> = new Map(
  bothWays([8, 0], [13, 14], [15, 16], [17, 18], [10, 9]),
);
const ICMP6_ANSWERS: ReadonlyMap<number, number> = new Map(
  bothWays([128, 129], [133, 134], [135, 136], [130, 131], [139, 140], [144, 145]),
);

function bothWays(...pairs: readonly (readonly [number, number])[]): [number, number][] {
  return pairs.flatMap(([one, other]) => [
    [one, other],
    [other, one],
  ]);
}

/**
 * Community ID version 1 of a 5-tuple: "1:" and the Base64 of a SHA-1, the same for both directions. Addresses are
 * four words each, IPv4 in its mapped form as in `Packet`; `ipVersion` says how many bytes are hashed. For ICMP the
 * ports are type and code: a type that another one answers is hashed like a pair of ports, any other with its code and
 * in its own direction only. Protocols other than TCP, UDP, SCTP and ICMP are hashed without ports.
 *
 * @see https://github.com/corelight/community-id-spec
 */
export function communityId(
  ipVersion: number,
  source: Words,
  destination: Words,
  sourcePort: number,
  destinationPort: number,
  protocol: number,
  seed = 0,
): string {
  const answer = icmpAnswer(protocol, sourcePort);
  const isOneWay = answer === undefined && (protocol === ICMP || protocol === ICMP6);
  const farPort = answer ?? destinationPort;
  // The smaller address comes first; with equal addresses the smaller port.
  const order =
    source[0] - destination[0] ||
    source[1] - destination[1] ||
    source[2] - destination[2] ||
    source[3] - destination[3] ||
    sourcePort - farPort;
  const swapped = order > 0 && !isOneWay;
  view.setUint16(0, seed);
  // Of IPv4, the last word is the address.
  let at = 2;
  for (let word = ipVersion === 4 ? 3 : 0; word < 4; word++, at += 4)
    view.setUint32(at, (swapped ? destination[word] : source[word]) ?? 0);
  for (let word = ipVersion === 4 ? 3 : 0; word < 4; word++, at += 4)
    view.setUint32(at, (swapped ? source[word] : destination[word]) ?? 0);
  view.setUint8(at, protocol);
  view.setUint8(at + 1, 0);
  at += 2;
  if (hasPorts(protocol)) {
    view.setUint16(at, swapped ? farPort : sourcePort);
    view.setUint16(at + 2, swapped ? sourcePort : farPort);
    at += 4;
  }
  return `1:${sha1OfShort(bytes, at).toString("base64")}`;
}

function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === SCTP || protocol === ICMP || protocol === ICMP6;
}

function icmpAnswer(protocol: number, type: number): number | undefined {
  if (protocol === ICMP) return ICMP_ANSWERS.get(type);
  return protocol === ICMP6 ? ICMP6_ANSWERS.get(type) : undefined;
}
