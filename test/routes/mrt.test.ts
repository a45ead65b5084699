import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { asPath, attribute, communities, mrtPeers, mrtRecord, mrtRib, nextHop } from "../support/bgp.ts";
import { concat, u8 } from "../support/bytes.ts";
import { ipBytes } from "../support/packets.ts";
import { fault, read, routes } from "./reading.ts";

describe("MRT", () => {
  const said = [asPath([12_076, 4_200_000_001], 4), nextHop("192.0.2.2"), communities("12076:5030")];

  it("reads TABLE_DUMP_V2 for IPv4 and IPv6 (RFC 6396)", () => {
    // In a table dump MP_REACH_NLRI holds the next hop's length and the next hop alone (section 4.3.4).
    const hop6 = attribute(0x80, 14, concat(u8(16), ipBytes("2001:db8::2")));
    const table = read(
      concat(
        mrtPeers(),
        mrtRib(2, "198.51.100.0/24", said, [asPath([64_500], 4), nextHop("192.0.2.6")]),
        mrtRib(4, "2001:db8:1000::/36", [asPath([12_076], 4), hop6]),
        mrtRib(8, "203.0.113.0/25", said),
      ),
    );
    expect(table.format).toBe("mrt");
    expect(routes(table)).toEqual([
      "198.51.100.0/24 192.0.2.2 12076 4200000001",
      "2001:db8:1000::/36 2001:db8::2 12076",
      "203.0.113.0/25 192.0.2.2 12076 4200000001",
    ]);
    expect(table.routes[0]?.communities).toEqual(["12076:5030"]);
    expect(table.unreadableCount).toBe(0);
  });

  it("reads it packed with gzip", () => {
    expect(routes(read(gzipSync(concat(mrtPeers(), mrtRib(2, "192.0.2.0/24", said)))))).toHaveLength(1);
  });

  it("keeps the routes before a record that is cut", () => {
    const bytes = concat(mrtPeers(), mrtRib(2, "198.51.100.0/24", said), mrtRib(2, "203.0.113.0/24", said));
    const table = read(bytes.slice(0, -1));
    expect(routes(table)).toHaveLength(1);
    expect(table.unreadable[0]).toMatchObject({ line: 3 });
    expect(table.completeness).toBe("part");
    expect(read(bytes).completeness).toBe("whole");
  });

  it("says what it wants where there is no table", () => {
    expect(fault(mrtRecord(16, 4, new Uint8Array(40)))).toBe(
      "t.txt: MRT records of type 16, wanted 13 (TABLE_DUMP_V2)",
    );
    expect(fault(mrtPeers())).toBe("t.txt: no route found, read as MRT TABLE_DUMP_V2");
  });

  it("reads bgpdump -m", () => {
    const table = read(
      "TABLE_DUMP2|1700000000|B|192.0.2.2|12076|198.51.100.0/24|12076 8075|IGP|192.0.2.2|0|0|12076:5010 12076:5030|NAG||\n",
    );
    expect(table.format).toBe("bgpdump");
    expect(routes(table)).toEqual(["198.51.100.0/24 192.0.2.2 12076 8075"]);
    expect(table.routes[0]?.communities).toEqual(["12076:5010", "12076:5030"]);
  });
});
