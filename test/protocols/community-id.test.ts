import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import { communityId } from "../../src/protocols/community-id.ts";

function idOf(
  source: string,
  destination: string,
  sourcePort: number,
  destinationPort: number,
  protocol: number,
): string {
  const a = parseAddress(source);
  const b = parseAddress(destination);
  if (a === undefined || b === undefined) throw new Error("no address");
  return communityId(a.version, a.words, b.words, sourcePort, destinationPort, protocol);
}

describe("communityId", () => {
  // Baseline values of the specification's own repository.
  it.each([
    ["128.232.110.120", "66.35.250.204", 34855, 80, 6, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="],
    ["192.168.1.52", "8.8.8.8", 54585, 53, 17, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="],
    ["192.168.170.8", "192.168.170.56", 7, 7, 132, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="],
    [
      "2001:470:e5bf:dead:4957:2174:e82c:4887",
      "2607:f8b0:400c:c03::1a",
      63943,
      25,
      6,
      "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
    ],
  ] as const)("%s to %s has the published value, in both directions", (a, b, aPort, bPort, protocol, id) => {
    expect(idOf(a, b, aPort, bPort, protocol)).toBe(id);
    expect(idOf(b, a, bPort, aPort, protocol)).toBe(id);
  });

  it("orders equal addresses by port", () => {
    expect(idOf("10.0.0.1", "10.0.0.1", 5000, 80, 6)).toBe(idOf("10.0.0.1", "10.0.0.1", 80, 5000, 6));
  });

  it("hashes an IPv4-mapped IPv6 address as IPv6", () => {
    const words = [0, 0, 0xffff, 0x0a000001] as const;
    expect(communityId(6, words, words, 1, 2, 6)).not.toBe(communityId(4, words, words, 1, 2, 6));
  });

  // By tshark 4.0.17 (protocol communityid): what nothing answers keeps its direction.
  it.each([
    ["10.0.0.2", "10.0.0.1", 11, 0, "1:c5iqfdGYsNWhMJVcYXWPNWbpnKs="],
    ["10.0.0.1", "10.0.0.2", 11, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM="],
    ["10.0.0.2", "10.0.0.1", 8, 0, "1:E5tNYkCqpM09ZPfoLcq+JJj0QuQ="],
    ["10.0.0.1", "10.0.0.2", 0, 0, "1:E5tNYkCqpM09ZPfoLcq+JJj0QuQ="],
    ["10.0.0.2", "10.0.0.1", 13, 0, "1:th9CqcxflNss8X17pecPidKDzKw="],
    ["10.0.0.1", "10.0.0.2", 14, 0, "1:th9CqcxflNss8X17pecPidKDzKw="],
  ] as const)("ICMP from %s to %s, type %d", (a, b, type, code, id) => {
    expect(idOf(a, b, type, code, 1)).toBe(id);
  });
});
