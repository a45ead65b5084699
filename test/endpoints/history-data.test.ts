import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import {
  type Prefix,
  lastAddress,
  parsePrefix,
  prefixContains,
  prefixText,
} from "../../src/address/prefix.ts";
import { CLOUDS } from "../../src/words.ts";
import { dataFileText, packData, unpackData } from "../../src/endpoints/data-build.ts";
import { shippedData } from "../../src/endpoints/data-file.ts";
import { loadEndpoints } from "../../src/endpoints/history.ts";
import { ROOT, SHARED, sharedJson } from "../support/shared.ts";

interface FactSpan {
  readonly first: string;
  readonly last: string;
  readonly serviceArea: string;
  readonly category: string;
  readonly required: boolean;
  readonly expressRoute: boolean;
  readonly tcpPorts: string;
  readonly udpPorts: string;
  readonly urls: readonly string[];
  readonly ips: readonly string[];
}
interface Facts {
  readonly versions: readonly string[];
  readonly sets: readonly { readonly id: number; readonly spans: readonly FactSpan[] }[];
}

/** A fact may stand twice in one set. */
const sorted = (list: readonly string[]): string[] => [...new Set(list)].toSorted();
const ports = (text: string): string[] =>
  text
    .split(",")
    .filter((each) => each !== "")
    .toSorted();
const FAMILIES = [4, 6] as const;

function canonical(text: string): string {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`no prefix: ${text}`);
  return prefixText(prefix);
}

type Words = readonly [number, number, number, number];

// Arithmetic on big numbers, not the library's.
function toNumber(words: Words): bigint {
  return words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
}

function toWords(address: bigint): Words {
  const word = (i: bigint): number => Number((address >> (32n * i)) & 0xffffffffn);
  return [word(3n), word(2n), word(1n), word(0n)];
}

/** The addresses next to a prefix on both sides, where there are such. */
function outside(prefix: Prefix): Words[] {
  const edges = [toNumber(prefix.words) - 1n, toNumber(lastAddress(prefix)) + 1n];
  return edges
    .filter((edge) => (prefix.version === 6 ? edge >= 0n && edge < 1n << 128n : edge >> 32n === 0xffffn))
    .map(toWords);
}

/** The words of an address in text. */
function words(text: string): Words {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address.words;
}

describe.skipIf(SHARED === undefined).each(CLOUDS)("endpoint data of %s", (cloud) => {
  const facts =
    SHARED === undefined
      ? { versions: [], sets: [] }
      : sharedJson<Facts>("facts", "endpoints", `history-${cloud}.json`);
  const history = loadEndpoints(cloud, { userData: null });

  it("has the versions of the facts and no other", () => {
    expect(history.versions).toEqual(facts.versions);
  });

  it("has lost and added no set, prefix, name, port or flag in any version", () => {
    for (const version of facts.versions) {
      const wanted = facts.sets.flatMap(({ id, spans }) =>
        spans
          .filter((span) => span.first <= version && version <= span.last)
          .map((span) => ({
            id,
            serviceArea: span.serviceArea,
            category: span.category,
            required: span.required,
            expressRoute: span.expressRoute,
            tcpPorts: ports(span.tcpPorts),
            udpPorts: ports(span.udpPorts),
            names: sorted(span.urls.map((name) => name.toLowerCase())),
            prefixes: sorted(span.ips.map(canonical)),
          })),
      );
      const found = history.at(version).sets.map((set) => ({
        ...set,
        tcpPorts: ports(set.tcpPorts),
        udpPorts: ports(set.udpPorts),
        names: sorted(set.names),
        prefixes: sorted(set.prefixes),
      }));
      expect(found, version).toEqual(wanted.toSorted((a, b) => a.id - b.id));
    }
  });

  it("judges the first and last address of every prefix, and those one outside, as the facts say", () => {
    for (const version of facts.versions) {
      const list = history.at(version);
      const wanted: unknown[] = [];
      const found: unknown[] = [];
      const spans = facts.sets.flatMap(({ id, spans: all }) =>
        all.filter((span) => span.first <= version && version <= span.last).map((span) => ({ id, span })),
      );
      const entries = spans.flatMap(({ id, span }) =>
        span.ips.map((ip) => ({ id, span, prefix: parsePrefix(ip) })),
      );
      const prefixes = [
        ...new Map(
          entries.map(({ prefix }) => [prefix === undefined ? "" : prefixText(prefix), prefix]),
        ).values(),
      ];
      for (const prefix of prefixes) {
        if (prefix === undefined) throw new Error("a fact is no prefix");
        for (const edge of [prefix.words, lastAddress(prefix), ...outside(prefix)]) {
          const holding = entries.filter(
            (each) => each.prefix !== undefined && prefixContains(each.prefix, ...edge),
          );
          const ids = [...new Set(holding.map((each) => each.id))].toSorted((a, b) => a - b);
          const longest = Math.max(-1, ...holding.map((each) => each.prefix?.length ?? -1));
          const match = list.match({ words: edge });
          const chosen = holding.find((each) => each.id === match.chosen);
          wanted.push([
            edge.join(" "),
            ids,
            ids.length > 0,
            longest,
            chosen?.span.expressRoute,
            chosen?.span.serviceArea,
          ]);
          found.push([
            edge.join(" "),
            match.sets,
            list.isMicrosoft(...edge),
            Number(match.matchedPrefix?.split("/")[1] ?? -1),
            match.erEligible,
            match.serviceArea,
          ]);
        }
      }
      expect(found.length).toBeGreaterThan(prefixes.length * 2);
      expect(found, version).toEqual(wanted);
    }
  });

  it("leaves out the sets of device management in the newest list", () => {
    if (cloud === "germany") return expect(history.versions.at(-1)).toBe("2021102900"); // it ended
    interface Raw {
      readonly endpoints: readonly {
        readonly id: number;
        readonly serviceArea: string;
        readonly ips?: readonly string[];
      }[];
    }
    const raw = sharedJson<Raw>("facts", "endpoints", `${cloud}-2025-12.json`).endpoints;
    const kept = raw.filter((set) => set.serviceArea !== "MEM");
    const newest = history.at("latest").sets;
    expect(newest.map((set) => set.id)).toEqual(kept.map((set) => set.id).toSorted((a, b) => a - b));
    for (const set of kept) {
      const found = newest.find((each) => each.id === set.id);
      expect(sorted(found?.prefixes ?? []), String(set.id)).toEqual(sorted((set.ips ?? []).map(canonical)));
    }
  });
});

describe.each(CLOUDS)("the file of %s", (cloud) => {
  it("is as the build script writes it, so that an extension changes only what is new", () => {
    const text = readFileSync(join(ROOT, "data", "endpoints", `${cloud}.json`), "utf8");
    expect(dataFileText(packData(cloud, unpackData(shippedData(cloud)))) === text).toBe(true);
  });

  it("has only prefixes in canonical form, of both families where the cloud has both", () => {
    const prefixes = shippedData(cloud).prefixes.map((text) => ({ text, prefix: parsePrefix(text) }));
    for (const { text, prefix } of prefixes) {
      expect(prefix === undefined ? "" : prefixText(prefix)).toBe(text);
    }
    for (const version of FAMILIES) {
      expect(prefixes.some(({ prefix }) => prefix?.version === version)).toBe(true);
    }
  });
});

describe("the examples of the endpoint issue", () => {
  const history = loadEndpoints("worldwide", { userData: null });
  it("52.114.77.33 lies in 52.112.0.0/14 in every stored version and is eligible", () => {
    for (const version of history.versions) {
      expect(
        history.at(version).match({ words: words("52.114.77.33"), port: 3478, transport: "udp" }),
      ).toMatchObject({
        matchedPrefix: "52.112.0.0/14",
        serviceArea: "Skype",
        category: "Optimize",
        erEligible: true,
      });
    }
  });

  it("52.120.0.0/15 was Teams media from 2020-03-25 to 2022-10-31 and is not today", () => {
    const listed = history.versions.filter((version) =>
      history.at(version).isMicrosoft(...words("52.120.0.1")),
    );
    expect([listed[0], listed.at(-1)]).toEqual(["2020032500", "2022103100"]);
    expect(listed).toEqual(
      history.versions.filter((version) => version >= "2020032500" && version <= "2022103100"),
    );
    expect(history.at("latest").match({ words: words("52.121.255.255") }).chosen).toBeUndefined();
    expect(history.at("latest").match({ words: words("52.122.0.0") }).chosen).toBe(11);
  });

  it("13.107.64.0/18 left the list between 2022-10-31 and 2024-07-31, and a flow between them is told so", () => {
    const query = { words: words("13.107.64.2"), port: 443, transport: "tcp" } as const;
    expect(history.at("2022103100").match(query)).toMatchObject({ erEligible: true, conflict: undefined });
    expect(history.at("2024073100").match(query).chosen).toBeUndefined();
    expect(history.at("2023-05-01").match(query)).toMatchObject({
      version: "2022103100",
      matchedPrefix: "13.107.64.0/18",
      conflict: "list 2024073100 says not listed",
    });
  });
});
