import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { pcap } from "../support/captures.ts";
import { at } from "../support/conversation.ts";
import { ethernetIp, ip } from "../support/packets.ts";
import { o365flow } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(["2024-03-01T12:00:00Z", "2031-03-01T12:00:00Z"])(
  "of a capture without flows, of %s, no endpoint list is said to judge it",
  (time) => {
    const capture = join(folder, "pings.pcap");
    const ping = ip({ source: "10.1.1.1", destination: "10.1.1.2", protocol: 1 }, new Uint8Array([8, 0]));
    writeFileSync(capture, pcap([{ time: at(time), bytes: ethernetIp({}, ping) }]));
    const { status, stderr } = o365flow(["classify", capture]);
    expect(status).toBe(0);
    expect(stderr).toContain("1 packet, 0 flows");
    expect(stderr).not.toContain("endpoint list");
  },
);
