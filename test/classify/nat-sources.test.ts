import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { sharedSourceNotes } from "../../src/classify/nat-sources.ts";
import { ROOT } from "../support/shared.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));
const FIXTURE = join(ROOT, "fixtures/source-nat-two-taps");
const site = join(FIXTURE, "site.yaml");
const files = (isp: string): string[] => [
  join(FIXTURE, "inside.pcap"),
  join(FIXTURE, "outside-er.pcap"),
  isp,
];

it("names no address where each path has a pool of its own", async () => {
  const { summary } = await classifyFiles(files(join(FIXTURE, "outside-isp.pcap")), site);
  expect(summary.sharedSources).toEqual([]);
});

it("names a NAT address that went out on both paths, and says so in the later flow's reason", async () => {
  // 203.0.113.66 becomes 203.0.113.5 in the Internet tap: one pool for both paths.
  const bytes = Buffer.from(readFileSync(join(FIXTURE, "outside-isp.pcap")));
  for (let at = bytes.indexOf("cb007142", 0, "hex"); at >= 0; at = bytes.indexOf("cb007142", at + 1, "hex"))
    bytes[at + 3] = 5;
  const isp = join(folder, "outside-isp.pcap");
  writeFileSync(isp, bytes);
  const { summary, rows } = await classifyFiles(files(isp), site);
  expect(summary.sharedSources).toMatchObject([{ address: "203.0.113.5", internet: 1 }]);
  expect(sharedSourceNotes(summary.sharedSources)[0]).toMatch(
    /^source address 203\.0\.113\.5 was seen on both paths: \d flows? over ExpressRoute, 1 flow over the Internet/,
  );
  expect(rows.some((row) => row.reason.includes("source 203.0.113.5 was seen on both paths"))).toBe(true);
});

it("names ten of many addresses, those with most flows, and counts the others", () => {
  const shared = Array.from({ length: 300 }, (_, i) => ({
    address: `2001:db8::${i}`,
    expressroute: 1,
    internet: i === 200 ? 9 : 1,
  }));
  const notes = sharedSourceNotes(shared);
  expect(notes).toHaveLength(11);
  expect(notes[0]).toContain("2001:db8::200 was seen on both paths");
  expect(notes[1]).toContain("2001:db8::0 was seen on both paths");
  expect(notes[10]).toBe("290 more source addresses were seen on both paths, none with more flows");
  expect(sharedSourceNotes(shared.slice(0, 11))[10]).toBe(
    "1 more source address was seen on both paths, none with more flows",
  );
});
