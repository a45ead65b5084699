import { sha1OfShort } from "../hash/sha1.ts";

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
  seed = 0,
): string {
  const answer = icmpAnswer(protocol, sourcePort);
  const isOneWay = answer === undefined && (protocol === ICMP || protocol === ICMP6);
  const farPort = answer ?? destinationPort;
  // The smaller address comes first; with equal addresses the smaller port.
  const order =
    source0 - destination0 ||
    source1 - destination1 ||
    source2 - destination2 ||
    source3 - destination3 ||
    sourcePort - farPort;
  const swapped = order > 0 && !isOneWay;
  view.setUint16(0, seed);
  let at: number;
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
