import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import { EndpointList } from "../../src/endpoints/endpoint-list.ts";
import { EndpointDataError, type EndpointSet, parsePorts, portIn } from "../../src/endpoints/endpoint-set.ts";
import { ListLookup } from "../../src/endpoints/list-lookup.ts";
import type { EndpointQuery } from "../../src/endpoints/match.ts";

const SET: EndpointSet = {
  id: 0,
  serviceArea: "Common",
  category: "Default",
  required: false,
  expressRoute: false,
  tcpPorts: "80,443",
  udpPorts: "",
  names: [],
  prefixes: [],
};

// Made up, so that each rule can be seen alone.
const SETS: readonly EndpointSet[] = [
  {
    ...SET,
    id: 1,
    serviceArea: "Exchange",
    category: "Optimize",
    required: true,
    expressRoute: true,
    names: ["outlook.example"],
    prefixes: ["192.0.2.0/24", "2001:db8:1::/48"],
  },
  {
    ...SET,
    id: 2,
    serviceArea: "Exchange",
    category: "Allow",
    expressRoute: true,
    tcpPorts: "25,143",
    names: ["outlook.example", "*.mail.example"],
    prefixes: ["192.0.2.0/24"],
  },
  {
    ...SET,
    id: 3,
    serviceArea: "Skype",
    category: "Optimize",
    required: true,
    expressRoute: true,
    tcpPorts: "",
    udpPorts: "3478-3481",
    prefixes: ["198.51.100.0/24"],
  },
  {
    ...SET,
    id: 4,
    serviceArea: "Skype",
    category: "Allow",
    required: true,
    expressRoute: true,
    udpPorts: "443",
    names: ["*.teams.example", "teams.example"],
    prefixes: ["198.51.100.0/24"],
  },
  { ...SET, id: 5, tcpPorts: "443", names: ["*.example"], prefixes: [] },
  { ...SET, id: 6, category: "Allow", prefixes: ["198.51.100.128/25"] },
  { ...SET, id: 7, tcpPorts: "", names: ["anyport.example"] },
];

function list(sets: readonly EndpointSet[] = SETS, next?: readonly EndpointSet[]): EndpointList {
  const later = next === undefined ? undefined : new ListLookup("2025020100", next);
  return new EndpointList("worldwide", new ListLookup("2025010100", sets), () => later);
}

function ask(address: string | undefined, rest: Omit<EndpointQuery, "words"> = {}): EndpointQuery {
  return { ...rest, words: address === undefined ? undefined : parseAddress(address)?.words };
}

describe("a match by address", () => {
  it("names every set, and chooses one whose ports fit", () => {
    expect(list().match(ask("192.0.2.9", { port: 443, transport: "tcp" }))).toEqual({
      sets: [1, 2],
      chosen: 1,
      serviceArea: "Exchange",
      category: "Optimize",
      required: true,
      erEligible: true,
      matchedPrefix: "192.0.2.0/24",
      basis: "ip",
      conflict: undefined,
      version: "2025010100",
    });
    expect(list().match(ask("192.0.2.9", { port: 25, transport: "tcp" })).chosen).toBe(2);
  });

  it("prefers the longest prefix, then Optimize before Allow, where ports decide nothing", () => {
    expect(list().match(ask("198.51.100.200", { port: 80, transport: "tcp" }))).toMatchObject({
      chosen: 6,
      matchedPrefix: "198.51.100.128/25",
      sets: [3, 4, 6],
    });
    expect(list().match(ask("198.51.100.1")).chosen).toBe(3);
  });

  it("says that a port is none of the set's", () => {
    expect(list().match(ask("192.0.2.9", { port: 3478, transport: "udp" }))).toMatchObject({
      chosen: 1,
      conflict: "udp 3478 is no port of set 1",
    });
    expect(list().match(ask("192.0.2.9", { port: 443, transport: "udp" })).conflict).toBe(
      "udp 443 is no port of set 1",
    );
    expect(list().match(ask("192.0.2.9", { port: 443 })).conflict).toBeUndefined();
    expect(list().match(ask("192.0.2.9", { port: -1, transport: "udp" })).conflict).toBeUndefined();
  });

  it("takes an IPv4-mapped address for the IPv4 that it means", () => {
    expect(list().match(ask("::ffff:192.0.2.9")).sets).toEqual([1, 2]);
    expect(list().match(ask("2001:db8:1:ffff::1")).sets).toEqual([1]);
  });

  it("has no answer, which is not a no, for an address in no set", () => {
    expect(list().match(ask("203.0.113.1", { port: 443, transport: "tcp" }))).toMatchObject({
      sets: [],
      chosen: undefined,
      erEligible: undefined,
      basis: undefined,
      conflict: undefined,
    });
    expect(list().isMicrosoft(0, 0, 0xffff, 0xcb007101)).toBe(false);
    expect(list().isMicrosoft(0, 0, 0xffff, 0xc0000201)).toBe(true);
  });
});

describe("a match by name", () => {
  it("decides before the address, also where only the name is known", () => {
    expect(
      list().match(ask(undefined, { host: "a.teams.example", port: 443, transport: "tcp" })),
    ).toMatchObject({
      sets: [4, 5],
      chosen: 4,
      erEligible: true,
      basis: "host",
      matchedPrefix: undefined,
      conflict: undefined,
    });
    expect(
      list().match(ask("198.51.100.200", { host: "teams.example", port: 443, transport: "tcp" })),
    ).toMatchObject({
      sets: [3, 4, 5, 6],
      chosen: 4,
      erEligible: true,
      basis: "ip+host",
      matchedPrefix: "198.51.100.128/25",
      conflict: undefined,
    });
  });

  it("of two sets with the same name takes the one whose ports fit", () => {
    expect(
      list().match(ask("192.0.2.1", { host: "outlook.example", port: 143, transport: "tcp" })).chosen,
    ).toBe(2);
    expect(
      list().match(ask("192.0.2.1", { host: "outlook.example", port: 443, transport: "tcp" })).chosen,
    ).toBe(1);
  });

  it("is no more eligible on an address in none of the ranges, and says so", () => {
    expect(
      list().match(ask("203.0.113.1", { host: "teams.example", port: 443, transport: "tcp" })),
    ).toMatchObject({
      chosen: 4,
      serviceArea: "Skype",
      erEligible: false,
      basis: "host",
      conflict: "name in eligible set 4, address in no range of the list: not eligible",
    });
  });

  it("in one set with the address in another decides the area, eligible only if both say so", () => {
    const both = list().match(ask("192.0.2.1", { host: "teams.example", port: 443, transport: "tcp" }));
    expect(both).toMatchObject({
      chosen: 4,
      serviceArea: "Skype",
      erEligible: true,
      conflict: "name in set 4, address in set 1",
    });
    const one = list().match(ask("192.0.2.1", { host: "www.example", port: 443, transport: "tcp" }));
    expect(one).toMatchObject({
      chosen: 5,
      serviceArea: "Common",
      erEligible: false,
      conflict: "name in set 5, address in set 1",
    });
  });

  it("of a set without any address says nothing about addresses in no range", () => {
    expect(
      list().match(ask("203.0.113.1", { host: "www.example", port: 443, transport: "tcp" })),
    ).toMatchObject({
      chosen: 5,
      erEligible: false,
      basis: "host",
      conflict: undefined,
    });
  });

  it("lets every port fit a set that lists none", () => {
    expect(
      list().match(ask(undefined, { host: "anyport.example", port: 9, transport: "udp" })).conflict,
    ).toBeUndefined();
  });

  it("gives several reasons, one after the other", () => {
    expect(
      list().match(ask("203.0.113.1", { host: "teams.example", port: 9, transport: "tcp" })).conflict,
    ).toBe(
      "name in eligible set 4, address in no range of the list: not eligible; tcp 9 is no port of set 4",
    );
  });
});

describe("the stored list behind it", () => {
  const later = SETS.map((set) =>
    set.id === 6 ? { ...set, id: 60 } : set.id === 3 ? { ...set, prefixes: [] } : set,
  );

  it("is said where it would answer otherwise", () => {
    const media = ask("198.51.100.1", { port: 3478, transport: "udp" });
    expect(list(SETS, later).match(media).conflict).toBe("list 2025020100 says Skype Allow, eligible");
    expect(
      list(SETS, later).match(ask("192.0.2.1", { port: 443, transport: "tcp" })).conflict,
    ).toBeUndefined();
  });

  it("is not said where only set numbers changed", () => {
    const query = ask("198.51.100.200", { port: 80, transport: "tcp" });
    expect(list(SETS, later).match(query)).toMatchObject({ chosen: 6, conflict: undefined });
  });

  it("is said where this list has nothing", () => {
    const more = [...SETS, { ...SET, id: 8, prefixes: ["203.0.113.0/24"] }];
    expect(list(SETS, more).match(ask("203.0.113.1"))).toMatchObject({
      sets: [],
      erEligible: undefined,
      conflict: "list 2025020100 says Common Default, not eligible",
    });
  });
});

describe("answers", () => {
  it("are the same object for flows that are alike, and frozen", () => {
    const shared = list();
    const first = shared.match(ask("192.0.2.1", { host: "a.teams.example", port: 443, transport: "tcp" }));
    expect(shared.match(ask("192.0.2.200", { host: "b.teams.example", port: 443, transport: "tcp" }))).toBe(
      first,
    );
    expect(Object.isFrozen(first) && Object.isFrozen(first.sets)).toBe(true);
  });

  it("do not depend on what was asked before", () => {
    const ports = [undefined, 25, 80, 443, 3478, 65535];
    const queries = [
      undefined,
      "192.0.2.1",
      "198.51.100.1",
      "198.51.100.200",
      "203.0.113.1",
      "2001:db8:1::1",
    ].flatMap((address) =>
      [undefined, "teams.example", "outlook.example", "www.example", "x.invalid"].flatMap((host) =>
        ports.flatMap((port) =>
          ([undefined, "tcp", "udp"] as const).map((transport) => ask(address, { host, port, transport })),
        ),
      ),
    );
    const shared = list();
    for (const query of queries) shared.match(query);
    for (const query of queries.toReversed()) expect(shared.match(query)).toEqual(list().match(query));
  });

  it("come out of no list with a prefix or a port that is none", () => {
    expect(() => new ListLookup("x", [{ ...SET, prefixes: ["300.1.1.1/8"] }])).toThrow(EndpointDataError);
    expect(() => new ListLookup("x", [{ ...SET, prefixes: ["10.0.0.1/8"] }])).toThrow(EndpointDataError);
    expect(() => new ListLookup("x", [{ ...SET, udpPorts: "70000" }])).toThrow(EndpointDataError);
  });
});

describe("ports", () => {
  it.each([
    ["80,443", [80, 80, 443, 443]],
    ["143, 587, 993", [143, 143, 587, 587, 993, 993]],
    ["50000-59999", [50000, 59999]],
    ["", []],
    ["0", [0, 0]],
  ])("%j are %j", (text, wanted) => {
    expect(parsePorts(text)).toEqual(wanted);
  });

  it.each(["http", "1-", "5-4", "65536", "-1", "80;443", "1e3"])("%j are none", (text) => {
    expect(parsePorts(text)).toBeUndefined();
  });

  it("fit at both ends of a range and not beside it", () => {
    const ranges = parsePorts("443,3478-3481") ?? [];
    expect([442, 443, 444, 3477, 3478, 3481, 3482].map((port) => portIn(ranges, port))).toEqual([
      false,
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
  });
});
