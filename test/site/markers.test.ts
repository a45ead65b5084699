import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import { siteFromText } from "../../src/site/load.ts";
import { type LinkContext, Markers } from "../../src/site/markers.ts";
import { AMBIGUOUS_PATH, NO_PATH, type Site } from "../../src/site/site.ts";
import { unmatchedMarkers } from "../../src/site/unmatched.ts";

const ROUTER = "00:00:5e:00:53:01";
const HOST = "02:00:00:00:00:01";

function context(changes: Partial<LinkContext> = {}): LinkContext {
  return {
    file: "a.pcapng",
    interfaceName: undefined,
    interfaceDescription: undefined,
    vlan: "",
    sourceMac: HOST,
    destinationMac: ROUTER,
    erspanSession: -1,
    mirrorHeaders: false,
    outerSource: undefined,
    outerDestination: undefined,
    ...changes,
  };
}

/** Path 0 is declared by `path`; path 1 is an Internet path with VLAN 200. */
function site(path: string): Site {
  return siteFromText(
    `version: 1\npaths:\n  - { name: er, kind: expressroute, ${path} }\n  - { name: isp, kind: internet, vlans: ["200"] }\n`,
    "site.yaml",
  );
}

function words(text: string): readonly [number, number, number, number] {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address.words;
}

describe("judge", () => {
  it.each<[string, string, Partial<LinkContext>, string, string]>([
    ["one tag", 'vlans: ["100"]', { vlan: "100" }, "vlan", "vlan"],
    ["another tag", 'vlans: ["100"]', { vlan: "101" }, "", ""],
    ["two tags", 'vlans: ["500.100"]', { vlan: "500.100" }, "vlan", "vlan"],
    ["the outer of two tags alone", 'vlans: ["500"]', { vlan: "500.100" }, "", ""],
    ["the inner of two tags alone", 'vlans: ["100"]', { vlan: "500.100" }, "", ""],
    ["a priority tag before the tag", 'vlans: ["100"]', { vlan: "0.100" }, "vlan", "vlan"],
    ["the router as destination", `next-hops: ["${ROUTER}"]`, {}, "next-hop", ""],
    [
      "the router as source",
      `next-hops: ["${ROUTER}"]`,
      { sourceMac: ROUTER, destinationMac: HOST },
      "",
      "next-hop",
    ],
    ["no Ethernet at all", `next-hops: ["${ROUTER}"]`, { sourceMac: "", destinationMac: "" }, "", ""],
    ["an interface name", 'interfaces: ["er-*"]', { interfaceName: "ER-1" }, "interface", "interface"],
    [
      "an interface description",
      'interfaces: ["er-*"]',
      { interfaceName: "eth0", interfaceDescription: "er-1" },
      "interface",
      "interface",
    ],
    ["no interface name", 'interfaces: ["*"]', {}, "", ""],
    ["an ERSPAN session", "erspan-sessions: [0]", { erspanSession: 0 }, "erspan-session", "erspan-session"],
    ["no ERSPAN", "erspan-sessions: [0]", {}, "", ""],
    ["a file name", 'files: ["A.*"]', {}, "file", "file"],
    [
      "the headers of a mirror",
      `vlans: ["100"], next-hops: ["${ROUTER}"]`,
      { vlan: "100", mirrorHeaders: true },
      "",
      "",
    ],
  ])("knows a path by %s", (_what, path, changes, out, back) => {
    const evidence = new Markers(site(path)).judge(context(changes), 0);
    expect(evidence.out.map((mark) => mark.kind).join()).toBe(out);
    expect(evidence.back.map((mark) => mark.kind).join()).toBe(back);
    for (const mark of [...evidence.out, ...evidence.back]) expect(mark.pathIndex).toBe(0);
  });

  it("lists what it finds strongest first, also of two paths", () => {
    const markers = new Markers(
      site(`files: ["a*"], next-hops: ["${ROUTER}"], interfaces: [x], erspan-sessions: [7]`),
    );
    const evidence = markers.judge(context({ vlan: "200", interfaceName: "x", erspanSession: 7 }), 0);
    expect(evidence.out).toEqual([
      { kind: "vlan", pathIndex: 1 },
      { kind: "next-hop", pathIndex: 0 },
      { kind: "interface", pathIndex: 0 },
      { kind: "erspan-session", pathIndex: 0 },
      { kind: "file", pathIndex: 0 },
    ]);
  });

  it("takes the outermost frame of a real tunnel as evidence of kind tunnel", () => {
    const markers = new Markers(site('vlans: ["100"], files: ["a*"]'));
    const inside = context({
      vlan: "100",
      outerSource: words("192.0.2.1"),
      outerDestination: words("192.0.2.2"),
    });
    expect(markers.judge(inside, 0).out.map((mark) => mark.kind)).toEqual(["file", "tunnel"]);
    // PPPoE has no outer IP header.
    const none = context({ vlan: "100", outerSource: [0, 0, 0, 0], outerDestination: [0, 0, 0, 0] });
    expect(markers.judge(none, 0).out.map((mark) => mark.kind)).toEqual(["vlan", "file"]);
  });

  it("takes an outer source in a NAT pool as evidence of kind tunnel for the way out only", () => {
    const markers = new Markers(site("nat: [203.0.113.0/28]"));
    const outer = { outerSource: words("203.0.113.5"), outerDestination: words("198.51.100.1") };
    expect(markers.judge(context(outer), 0)).toEqual({
      out: [{ kind: "tunnel", outer: "nat-pool", pathIndex: 0 }],
      back: [],
    });
    expect(markers.judge(context({ ...outer, mirrorHeaders: true }), 0).out).toEqual([]);
  });

  describe("with match items", () => {
    const item = `match: [{ file: "lon-*", vlan: "100", next-hop: "${ROUTER}", from: 2026-11-01, to: 2026-12-01 }]`;
    const from = Date.UTC(2026, 10, 1) / 1000;
    const to = Date.UTC(2026, 11, 1) / 1000;
    const fitting = context({ file: "lon-1.pcap", vlan: "100" });

    it("says when its answers change", () => {
      expect(new Markers(site(item)).timeBoundaries).toEqual([from, to]);
      expect(new Markers(site('vlans: ["100"]')).timeBoundaries).toEqual([]);
    });

    it.each<[string, Partial<LinkContext>, number, string]>([
      ["everything holds at the first instant", {}, from, "vlan"],
      ["everything holds until just before the end", {}, to - 1, "vlan"],
      ["it is too early", {}, from - 1, ""],
      ["it is over", {}, to, ""],
      ["the file differs", { file: "ams-1.pcap" }, from, ""],
      ["the VLAN differs", { vlan: "" }, from, ""],
      ["the next hop differs", { destinationMac: HOST }, from, ""],
    ])("answers when %s", (_what, changes, seconds, kinds) => {
      const { out, back } = new Markers(site(item)).judge({ ...fitting, ...changes }, seconds);
      expect(out.map((mark) => mark.kind).join()).toBe(kinds);
      expect(back).toEqual([]); // the next hop is the destination of these frames
    });

    it.each([
      ['{ next-hop: "00:00:5e:00:53:01", file: "a*" }', "next-hop"],
      ['{ interface: "x", file: "a*", erspan-session: 7 }', "interface"],
      ['{ erspan-session: 7, file: "a*" }', "erspan-session"],
      ['{ file: "a*" }', "file"],
    ])("gives %s the kind of its strongest key", (text, kind) => {
      const here = context({ interfaceName: "x", erspanSession: 7 });
      const evidence = new Markers(site(`match: [${text}]`)).judge(here, 0);
      expect(evidence.out).toEqual([{ kind, pathIndex: 0 }]);
    });
  });

  it("answers for any context", () => {
    const markers = new Markers(
      site('vlans: ["100"], files: ["*(a|b)*"], interfaces: ["[x"], nat: [203.0.113.0/28]'),
    );
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("100", "500.100", "..", "[x"));
    const some = fc.record({ file: text, interfaceName: fc.option(text, { nil: undefined }), vlan: text });
    fc.assert(
      fc.property(some, fc.boolean(), (changes, mirrorHeaders) => {
        const evidence = markers.judge(context({ ...changes, mirrorHeaders }), 0);
        expect(evidence.out.every((mark) => mark.pathIndex === 0 || mark.pathIndex === 1)).toBe(true);
      }),
    );
  });
});

describe("NAT pools and hops", () => {
  const declared = (first: string, second: string): Markers =>
    new Markers(
      siteFromText(
        `version: 1\npaths:\n  - { name: a, ${first} }\n  - { name: b, ${second} }\n`,
        "site.yaml",
      ),
    );

  it("name the path that holds an address", () => {
    const markers = declared(
      "kind: expressroute, nat: [203.0.113.0/28], hops: [192.0.2.0/30]",
      "kind: internet, nat: [203.0.113.64/28, 2001:db8:1::/48], hops: [192.0.2.4/30]",
    );
    expect(markers.natPathOf(...words("203.0.113.15"))).toBe(0);
    expect(markers.natPathOf(...words("203.0.113.64"))).toBe(1);
    expect(markers.natPathOf(...words("2001:db8:1::5"))).toBe(1);
    expect(markers.natPathOf(...words("203.0.113.16"))).toBe(NO_PATH);
    expect(markers.hopPathOf(...words("192.0.2.5"))).toBe(1);
    expect(markers.hopPathOf(...words("192.0.2.9"))).toBe(NO_PATH);
  });

  it("prove nothing where pools of two kinds overlap, and still prove the rest", () => {
    const markers = declared(
      "kind: expressroute, nat: [203.0.113.0/28]",
      "kind: internet, nat: [203.0.113.0/24]",
    );
    expect(markers.natPathOf(...words("203.0.113.1"))).toBe(AMBIGUOUS_PATH);
    expect(markers.natPathsOf(...words("203.0.113.1"))).toEqual([]);
    expect(markers.natPathOf(...words("203.0.113.16"))).toBe(1);
  });

  it("may name one pool very often", () => {
    const pools = '"203.0.113.1",'.repeat(200_000);
    const markers = declared(`kind: expressroute, nat: [${pools}]`, "kind: internet");
    expect(markers.natPathOf(...words("203.0.113.1"))).toBe(0);
    expect(markers.natPathsOf(...words("203.0.113.1"))).toEqual([0]);
  });

  it("are shared by the links of one circuit, not by two circuits", () => {
    const pool = "nat: [203.0.113.0/28]";
    const one = declared(
      `kind: expressroute, circuit: x, ${pool}`,
      `kind: expressroute, circuit: x, ${pool}`,
    );
    expect(one.natPathOf(...words("203.0.113.1"))).toBe(0);
    expect(one.natPathsOf(...words("203.0.113.1"))).toEqual([0, 1]);
    const two = declared(
      `kind: expressroute, circuit: x, ${pool}`,
      `kind: expressroute, circuit: y, ${pool}`,
    );
    expect(two.natPathOf(...words("203.0.113.1"))).toBe(AMBIGUOUS_PATH);
  });
});

describe("unmatchedMarkers", () => {
  const seen = {
    files: ["lon-er1-1.pcapng"],
    interfaces: ["expressroute-er1", "isp"],
    vlans: ["500.100", "200"],
    macs: ["00:00:5e:00:53:01"],
    erspanSessions: [7],
  };

  it("is empty when every marker was seen", () => {
    const declared = site(
      'files: ["lon-*"], interfaces: ["expressroute-*"], vlans: ["500.100"], next-hops: ["00:00:5e:00:53:01"], erspan-sessions: [7]',
    );
    expect(unmatchedMarkers(declared, seen)).toEqual([]);
  });

  it("names each marker that was not, and what was perhaps meant", () => {
    const declared = site(
      'interfaces: ["expresroute-er1"], vlans: ["100"], next-hops: ["00:00:5e:00:53:09"], erspan-sessions: [8], match: [{ file: "ams-*", vlan: "300" }]',
    );
    expect(unmatchedMarkers(declared, seen)).toEqual([
      { pathIndex: 0, key: "interfaces", value: "expresroute-er1", suggestion: "expressroute-er1" },
      { pathIndex: 0, key: "vlans", value: "100", suggestion: "500.100" },
      { pathIndex: 0, key: "next-hops", value: "00:00:5e:00:53:09", suggestion: "00:00:5e:00:53:01" },
      { pathIndex: 0, key: "erspan-sessions", value: "8", suggestion: "7" },
      { pathIndex: 0, key: "match[0].file", value: "ams-*", suggestion: undefined },
      // 200 is near, and another path's.
      { pathIndex: 0, key: "match[0].vlan", value: "300", suggestion: undefined },
    ]);
  });
});
