import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { load } from "./reading.ts";

interface PathOfPools {
  readonly kind: "expressroute" | "internet";
  readonly circuit: string;
  readonly nat: readonly string[];
}

function warningsOf(paths: readonly PathOfPools[]): readonly string[] {
  const named = paths.map((path, index) => ({ name: `p${index}`, hops: [`192.0.2.${index}`], ...path }));
  return load(JSON.stringify({ version: 1, paths: named })).warnings;
}

/** "p1 203.0.113.0/28 p0 203.0.113.0/24": path and pool, then those declared before. */
function pairsOf(warnings: readonly string[]): string[] {
  return warnings.map((warning) =>
    warning.replace(/^.*NAT pool (\S+) of "(\w+)" overlaps (\S+) of "(\w+)" at .*$/, "$2 $1 $4 $3"),
  );
}

/** The pairs as they come from holding each pool against each one before it; only for prefixes of /0, /1, /2 and /3. */
function pairsOneByOne(paths: readonly PathOfPools[]): string[] {
  const pools = paths.flatMap(({ nat, ...path }, index) =>
    nat.map((text) => ({ ...path, text, name: `p${index}` })),
  );
  const bits = (text: string): string => {
    const [address = "", length = ""] = text.split("/");
    const first = address.includes(":")
      ? Number.parseInt(address.slice(0, 2) || "0", 16)
      : Number.parseInt(address, 10);
    return `${address.includes(":") ? 6 : 4}${first.toString(2).padStart(8, "0").slice(0, Number(length))}`;
  };
  return pools.flatMap((later, index) =>
    pools
      .slice(0, index)
      .filter((earlier) => later.kind !== earlier.kind || later.circuit !== earlier.circuit)
      .filter(
        ({ text }) => bits(text).startsWith(bits(later.text)) || bits(later.text).startsWith(bits(text)),
      )
      .map((earlier) => `${later.name} ${later.text} ${earlier.name} ${earlier.text}`),
  );
}

describe("warnings of NAT pools that overlap", () => {
  it("are those of comparing each pool with each, in the order of the file", () => {
    const pool = fc.constantFrom(
      ...["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "128.0.0.0/2", "192.0.0.0/2", "32.0.0.0/3", "224.0.0.0/3"],
      ...["::/0", "8000::/1", "4000::/2", "2000::/3"],
    );
    const path = fc.record({
      kind: fc.constantFrom("expressroute" as const, "internet" as const),
      circuit: fc.constantFrom("", "one", "two"),
      nat: fc.array(pool, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(path, { maxLength: 4 }), (paths) => {
        const wanted = pairsOneByOne(paths);
        fc.pre(wanted.length <= 100);
        expect(pairsOf(warningsOf(paths))).toEqual(wanted);
      }),
    );
  });

  it("name the two of 50,000 pools that do not lie apart", () => {
    const pools = Array.from(
      { length: 50_000 },
      (_, i) => `100.${64 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`,
    );
    const paths: PathOfPools[] = [
      { kind: "internet", circuit: "", nat: pools },
      { kind: "expressroute", circuit: "", nat: ["203.0.113.0/24", "100.64.195.0/32"] },
    ];
    expect(pairsOf(warningsOf(paths))).toEqual(["p1 100.64.195.0/32 p0 100.64.195.0/32"]);
  });

  it("say nothing of 50,000 times the same pool on one circuit", () => {
    expect(
      warningsOf([{ kind: "internet", circuit: "", nat: Array<string>(50_000).fill("203.0.113.1") }]),
    ).toEqual([]);
  });

  it("are counted beyond the first 100", () => {
    const nat = Array<string>(20_000).fill("203.0.113.1");
    const warnings = warningsOf([
      { kind: "internet", circuit: "", nat },
      { kind: "expressroute", circuit: "", nat },
    ]);
    expect(warnings).toHaveLength(101);
    expect(pairsOf(warnings).slice(0, 100)).toEqual(
      Array<string>(100).fill("p1 203.0.113.1/32 p0 203.0.113.1/32"),
    );
    expect(warnings[100]).toMatch(
      /^site\.yaml:1:\d+: paths\[1\]\.nat\[0\]: and 399,999,900 more overlaps of NAT pools$/,
    );
  });

  it("keep IPv6 in IPv4-mapped form apart from what lies around it by number alone", () => {
    const paths: PathOfPools[] = [
      { kind: "internet", circuit: "", nat: ["::/0", "::ffff:203.0.113.0/120", "203.0.113.0/24"] },
      { kind: "expressroute", circuit: "", nat: ["::/64"] },
    ];
    expect(pairsOf(warningsOf(paths))).toEqual(["p1 ::/64 p0 ::/0"]);
  });
});
