import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Oddities, ODDITIES } from "../../src/wire/oddities.ts";
import { ROOT } from "../support/shared.ts";

describe("oddities", () => {
  it("are counted by name, with the capture and the packet of the first", () => {
    const oddities = new Oddities();
    oddities.capture = "a.pcap";
    oddities.note("tcp-header-cut", 7);
    oddities.capture = "b.pcap";
    oddities.note("udp-header-cut", 1);
    oddities.note("tcp-header-cut", 2);
    expect(oddities.list()).toEqual([
      {
        name: "tcp-header-cut",
        meaning: ODDITIES["tcp-header-cut"],
        packets: 2,
        firstCapture: "a.pcap",
        firstPacket: 7,
      },
      {
        name: "udp-header-cut",
        meaning: ODDITIES["udp-header-cut"],
        packets: 1,
        firstCapture: "b.pcap",
        firstPacket: 1,
      },
    ]);
    expect(oddities.count("esp-encrypted")).toBe(0);
  });

  it("of two runs add up, the first run's places first", () => {
    const one = new Oddities();
    one.capture = "a.pcap";
    one.note("tcp-header-cut", 7);
    const two = new Oddities();
    two.capture = "b.pcap";
    two.note("tcp-header-cut", 2);
    two.note("esp-encrypted", 3);
    one.merge(two.list());
    expect(one.list().map((count) => [count.name, count.packets, count.firstCapture])).toEqual([
      ["tcp-header-cut", 2, "a.pcap"],
      ["esp-encrypted", 1, "b.pcap"],
    ]);
  });

  it("are each described in docs/decoding.md", () => {
    const whole = readFileSync(join(ROOT, "docs", "decoding.md"), "utf8");
    const page = whole.slice(whole.indexOf("## Oddities"));
    const rows = new Map(
      [...page.matchAll(/^\| `([a-z0-9-]+)` +\| (.*?) +\|$/gm)].map((row) => [row[1], row[2]]),
    );
    expect(Object.fromEntries(rows)).toEqual(ODDITIES);
  });
});
