import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { at, Tape, UdpConversation } from "../support/conversation.ts";
import { Noise } from "../support/bytes.ts";
import { siteWithMarkers } from "../../src/site/options.ts";
import { defaultSite } from "../../src/site/site.ts";

/** Fragments count as IP packets, and copies of them once. */

const folder = mkdtempSync(join(tmpdir(), "o365flow-fragments-"));
afterAll(() => rmSync(folder, { recursive: true }));
const SITE = siteWithMarkers(defaultSite(), {
  expressroute: ["file=er*"],
  internet: [],
  internal: [],
  remote: [],
});

test.each([
  ["in order", [0, 1, 2], 1],
  ["out of order", [0, 2, 1], 1],
  ["one tap after the other", [0, 1, 2], 400],
])("three fragments seen at two taps are three packets, %s", async (_name, order, laterMs) => {
  const [inside, er] = [new Tape(), new Tape()];
  const flow = new UdpConversation({
    client: { address: "10.1.1.5", port: 50123 },
    server: { address: "52.112.10.20", port: 3479 },
    start: at("2026-11-10T09:00:00Z"),
    forward: [{ tape: inside }, { tape: er, laterMs }],
    backward: [],
  });
  flow.sendFragmented("client", new Noise(7).bytes(3000), 1480, order);
  flow.wait(5).sendFragmented("client", new Noise(8).bytes(3000), 1480, order);
  const paths = [join(folder, "inside.pcap"), join(folder, "er.pcap")];
  writeFileSync(paths[0] ?? "", inside.pcap());
  writeFileSync(paths[1] ?? "", er.pcap());
  const { rows } = await classifyFiles(paths, SITE);
  expect(rows).toHaveLength(1);
  // 1,480, 1,480 and 48 bytes behind headers of 20, twice.
  expect(rows[0]).toMatchObject({ packets_out: 6, bytes_out: 2 * 3068, path_out: "expressroute" });
});
