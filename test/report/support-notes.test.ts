import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { supportLines } from "../../src/report/support-notes.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { at, type Tap, Tape } from "../support/conversation.ts";
import { tlsSession } from "../support/scenarios.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();

/** What is told beside the evidence of one TLS connection whose directions are marked so. */
async function linesOf(out: Partial<Tap>, back: Partial<Tap>, isIpv6 = false): Promise<string[]> {
  const tape = new Tape();
  tlsSession({
    client: { address: isIpv6 ? "2001:db8::5" : "10.1.1.5", port: 50123 },
    server: { address: isIpv6 ? "2603:1006::1" : "52.96.1.1", port: 443 },
    host: "outlook.office365.com",
    start: at("2025-12-03T09:00:00Z"),
    seed: 5,
    forward: [{ tape, ...out }],
    backward: [{ tape, ...back }],
  });
  const path = join(folder, "one.pcap");
  writeFileSync(path, tape.pcap());
  const { flows } = await classifyFiles([path], undefined);
  expect(flows).toHaveLength(1);
  return flows.flatMap(supportLines);
}

test.each([
  [64, "time to live 64, about 0 hops from the sender if it began at 64"],
  [63, "time to live 63, about 1 hop from the sender if it began at 64"],
  [65, "time to live 65, about 63 hops from the sender if it began at 128"],
  [126, "time to live 126, about 2 hops from the sender if it began at 128"],
  [254, "time to live 254, about 1 hop from the sender if it began at 255"],
])("hops are counted from the nearest number that senders begin with: %i", async (ttl, line) => {
  expect(await linesOf({ ttl }, { ttl: 55 })).toEqual([
    `out: ${line}`,
    "back: time to live 55, about 9 hops from the far end if it began at 64",
  ]);
});

test("IPv6 has a hop limit", async () => {
  const lines = await linesOf({ ttl: 63 }, { ttl: 120 }, true);
  expect(lines).toEqual([
    "out: hop limit 63, about 1 hop from the sender if it began at 64",
    "back: hop limit 120, about 8 hops from the far end if it began at 128",
  ]);
});

test("a mark on the way back supports ExpressRoute, one that Microsoft does not document is named", async () => {
  const [out, back] = await linesOf({ dscp: 12 }, { dscp: 46 });
  expect(out).toBe("out: DSCP 12 is none of Microsoft's values; it should be 0 before ExpressRoute");
  expect(back).toMatch(/^back: DSCP 46 \(EF\) came from Microsoft's side, .* supports ExpressRoute/);
});

test("without marks nothing is said of marks", async () => {
  expect((await linesOf({}, {})).filter((line) => line.includes("DSCP"))).toEqual([]);
});
