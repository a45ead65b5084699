import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIPv4, parseAddress } from "../../src/address/address.ts";
import { askEndpoints } from "../../src/endpoints/ask.ts";
import { takenFor } from "../../src/endpoints/asked-text.ts";
import { advertisementsOf, communityName, communityOf } from "../../src/endpoints/communities.ts";
import { CLOUDS } from "../../src/words.ts";
import type { EndpointSet } from "../../src/endpoints/endpoint-set.ts";
import { EndpointHistory, loadEndpoints } from "../../src/endpoints/history.ts";
import { parsePrefix } from "../../src/address/prefix.ts";
import { SHARED, sharedJson } from "../support/shared.ts";

const SET: EndpointSet = {
  id: 1,
  serviceArea: "Exchange",
  category: "Allow",
  required: true,
  expressRoute: true,
  tcpPorts: "443",
  udpPorts: "",
  names: ["a.example", "*.a.example"],
  prefixes: ["192.0.2.0/24"],
};
const NARROW: EndpointSet = {
  ...SET,
  id: 2,
  category: "Optimize",
  expressRoute: false,
  names: [],
  prefixes: ["192.0.2.0/28"],
};

/** Three versions: set 1 in all, set 2 in the last two, another set in the first only. */
const history = new EndpointHistory(
  "worldwide",
  [
    ["2020010100", [SET, { ...SET, id: 3, prefixes: ["198.51.100.0/24"], names: ["old.example"] }]],
    ["2021010100", [SET, NARROW]],
    ["2022010100", [SET, NARROW]],
  ].map(([version, sets]) => ({
    version: version as string,
    reading: false,
    origin: "shipped" as const,
    sets: () => sets as EndpointSet[],
  })),
);

describe("an answer about addresses", () => {
  it.each([
    ["::ffff:192.0.2.20", "192.0.2.20"],
    ["::FFFF:c000:214", "192.0.2.20"],
    ["::ffff:192.0.2.0/121", "192.0.2.0/25"],
    ["::ffff:192.0.2.77/121", "192.0.2.0/25"],
    ["https://192.0.2.20/path?q=a@b/24", "192.0.2.20"],
    ["https://user@192.0.2.20:8443", "192.0.2.20"],
    ["192.0.2.20:443", "192.0.2.20"],
    ["sip://[::ffff:192.0.2.20]:5061", "192.0.2.20"],
  ])("takes %s for %s", (text, plain) => {
    const wanted = askEndpoints(history, "latest", plain);
    expect(wanted).toMatchObject({ listed: true, chosen: 1 });
    expect(askEndpoints(history, "latest", text)).toEqual({ ...wanted, asked: text });
  });

  it("takes the IPv6 address in a URL for itself, and a mapped prefix above all IPv4 for none of it", () => {
    const address = askEndpoints(history, "latest", "https://[2001:db8::1]/x");
    expect(address).toMatchObject({ kind: "address", listed: false });
    expect(askEndpoints(history, "latest", "::ffff:0:0/95")).toMatchObject({ sets: [] });
    expect(askEndpoints(history, "latest", "https://[192.0.2.1/x")).toBeUndefined();
  });

  it("of an address or prefix of NAT64 is that of the IPv4 behind it", () => {
    for (const [asked, plain, shown] of [
      ["64:ff9b::c000:201", "192.0.2.1", "192.0.2.1"],
      ["64:ff9b::c000:200/121", "192.0.2.0/25", "192.0.2.0/25"],
    ] as const) {
      const wanted = askEndpoints(history, "latest", plain);
      expect(wanted?.listed).toBe(true);
      expect(askEndpoints(history, "latest", asked)).toEqual({
        ...wanted,
        asked,
        why: `by NAT64 to ${shown}: ${wanted?.why ?? ""}`,
      });
    }
  });

  it("has since and until, and for a prefix chooses what holds all of it", () => {
    const address = askEndpoints(history, "latest", "192.0.2.1");
    expect(address).toMatchObject({ kind: "address", listed: true, chosen: 2, erEligible: false });
    expect(
      address?.sets.map(({ set, since, sinceOrEarlier, until }) => [set, since, sinceOrEarlier, until]),
    ).toEqual([
      [2, "2021010100", false, undefined],
      [1, "2020010100", true, undefined],
    ]);
    const prefix = askEndpoints(history, "latest", "192.0.2.0/25");
    expect(prefix).toMatchObject({ kind: "prefix", listed: true, chosen: 1, erEligible: true });
    expect(prefix?.sets.map(({ set, relation }) => [set, relation])).toEqual([
      [2, "lies-inside"],
      [1, "holds"],
    ]);
  });

  it("listed in part is not listed", () => {
    const answer = askEndpoints(history, "latest", "192.0.0.0/16");
    expect(answer).toMatchObject({ listed: false, chosen: undefined, erEligible: undefined });
    expect(answer?.why).toBe("only a part is listed: 2 prefixes inside it");
  });

  it("listed in other versions is said, before and after", () => {
    const gone = askEndpoints(history, "latest", "198.51.100.9");
    expect(gone).toMatchObject({ listed: false, erEligible: undefined });
    expect(gone?.sets).toMatchObject([{ set: 3, listed: false, since: "2020010100", until: "2020010100" }]);
    expect(gone?.why).toContain("Set 3 had it in other versions, from 2020010100 to 2020010100");
    const coming = askEndpoints(history, "2020-05-05", "192.0.2.1", { allVersions: true });
    expect(coming?.sets.map(({ set, listed }) => [set, listed])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(askEndpoints(history, "2020-05-05", "192.0.2.1")?.sets.map(({ set }) => set)).toEqual([1]);
  });

  it("agrees with the list on every address", () => {
    const real = loadEndpoints("worldwide", { userData: null });
    const list = real.at("latest");
    const bases = list.sets.flatMap((set) => set.prefixes).filter((text) => !text.includes(":"));
    fc.assert(
      fc.property(fc.constantFrom(...bases), fc.integer({ min: -70_000, max: 70_000 }), (base, offset) => {
        const start = parsePrefix(base)?.words[3] ?? 0;
        const text = formatIPv4((start + offset) >>> 0);
        const match = list.match({ words: parseAddress(text)?.words });
        const answer = askEndpoints(real, "latest", text);
        expect([answer?.listed, answer?.chosen, answer?.erEligible]).toEqual([
          match.chosen !== undefined,
          match.chosen,
          match.erEligible,
        ]);
      }),
      { numRuns: 30 },
    );
  });
});

describe("an answer about names", () => {
  it.each([
    ["a.example", true, 1],
    ["https://user@x.A.example:8443/path?q", true, 1],
    ["x.A.example:443", true, 1],
    ["*.a.example", true, 1],
    ["x.a.example.", true, 1],
    ["old.example", false, undefined],
    ["b.example", false, undefined],
  ])("%s", (text, listed, chosen) => {
    expect(askEndpoints(history, "latest", text)).toMatchObject({ kind: "name", listed, chosen });
  });

  it("has the names that lie inside one with a wildcard, and no one answer where they are told otherwise", () => {
    const names = (list: string[], changes: Partial<EndpointSet>): EndpointSet => ({
      ...SET,
      prefixes: [],
      names: list,
      ...changes,
    });
    const nested = new EndpointHistory("worldwide", [
      {
        version: "2022010100",
        reading: false,
        origin: "shipped",
        sets: () => [
          names(["*.b.example", "*.d.example"], { id: 4, expressRoute: false, category: "Default" }),
          names(["x.b.example", "y.c.example", "*.d.d.example"], { id: 5 }),
          names(["z.d.d.example"], { id: 6, expressRoute: false, category: "Default" }),
        ],
      },
    ]);
    const ask = (text: string): unknown => {
      const answer = askEndpoints(nested, "latest", text);
      return [
        answer?.listed,
        answer?.erEligible,
        answer?.sets.map(({ set, matched, relation }) => `${set} ${matched} ${relation}`),
      ];
    };
    expect(ask("*.b.example")).toEqual([
      true,
      undefined,
      ["5 x.b.example lies-inside", "4 *.b.example holds"],
    ]);
    expect(ask("x.b.example")).toEqual([true, true, ["5 x.b.example holds", "4 *.b.example holds"]]);
    expect(ask("*.c.example")).toEqual([false, undefined, ["5 y.c.example lies-inside"]]);
    expect(askEndpoints(nested, "latest", "*.c.example")?.why).toBe(
      "only a part is listed: 1 name inside it",
    );
    expect(ask("*.e.example")).toEqual([false, undefined, []]);
  });

  it("takes letters of other scripts as DNS writes them", () => {
    expect(askEndpoints(history, "latest", "b\u00fccher.a.example")).toMatchObject({
      kind: "name",
      chosen: 1,
    });
    expect(askEndpoints(history, "latest", "https://b\u00fccher.a.example/x")).toMatchObject({ chosen: 1 });
    // Digits of another script would be an address behind a name's back.
    expect(askEndpoints(history, "latest", "\uff11\uff10.0.0.1")).toBeUndefined();
  });

  it("is wanted for names only", () => {
    for (const text of [
      "300.1.1.1",
      "10.0.0",
      "a b.example",
      "",
      "example",
      "a..example",
      "-",
      "1.2.3.4.5",
      "x/y",
    ]) {
      expect(askEndpoints(history, "latest", text), text).toBeUndefined();
    }
    expect(takenFor("10.1.2.3/8")).toBe("10.0.0.0/8");
    expect(takenFor("10.0.0.0/8")).toBeUndefined();
    expect(takenFor("a.example")).toBeUndefined();
  });
});

describe("communities", () => {
  it.each([
    ["worldwide", "Exchange", "12076:5010"],
    ["worldwide", "SharePoint", "12076:5020"],
    ["worldwide", "Skype", "12076:5030"],
    ["worldwide", "Common", "12076:5100"],
    ["usgovdod", "Exchange", "12076:5110"],
    ["usgovgcchigh", "Common", "12076:5200"],
    ["china", "Exchange", undefined],
    ["germany", "Skype", undefined],
  ] as const)("of %s %s: %s", (cloud, area, wanted) => {
    expect(communityOf(cloud, area)).toBe(wanted);
  });

  it("have names, regions too", () => {
    expect(communityName("12076:5030")).toBe("Skype for Business Online and Microsoft Teams");
    expect(communityName("12076:51004")).toBe("East US");
    expect(communityName("12076:1")).toBeUndefined();
  });

  interface Facts {
    readonly communities: readonly {
      readonly communityValue: string;
      readonly communityPrefixes: readonly string[];
    }[];
  }
  it.skipIf(SHARED === undefined)("have every stored advertisement of the facts", () => {
    for (const { communityValue, communityPrefixes } of sharedJson<Facts>(
      "facts",
      "er-community-prefixes.json",
    ).communities) {
      for (const text of communityPrefixes) {
        const prefix = parsePrefix(text);
        if (prefix === undefined) throw new Error(text);
        const found = advertisementsOf("worldwide", prefix).filter(
          (each) => each.community === communityValue,
        );
        expect(
          found.some((each) => parsePrefix(each.prefix)?.length === prefix.length),
          text,
        ).toBe(true);
      }
    }
  });

  it("are those of the cloud that is asked for", () => {
    const prefix = parsePrefix("13.107.6.152/32");
    if (prefix === undefined) throw new Error("no prefix");
    expect(CLOUDS.filter((cloud) => advertisementsOf(cloud, prefix).length > 0)).toEqual(["worldwide"]);
  });
});
