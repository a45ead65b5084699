import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Noise } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds, type Tap, Tape } from "../support/conversation.ts";
import { tlsData } from "../support/payloads.ts";
import { call, tlsSession } from "../support/scenarios.ts";

/** What an archive holds, known from how it is made. */
export interface Truth {
  readonly captures: number;
  readonly flows: number;
  readonly asymmetric: number;
  /** Flows that lie in more than one file of a tap. */
  readonly crossing: number;
}

export interface ArchiveOptions {
  /** Files of each of the two taps, a minute each. */
  readonly minutes: number;
  readonly sessions: number;
  readonly calls: number;
}

const START = at("2026-11-02T08:00:00Z");
const MINUTE = 60_000_000_000n;

/**
 * Writes an archive of two taps, whose files are rotated each minute, and its site description. Every fourth session
 * lasts over a minute; every fifth goes out by ExpressRoute and comes back by the Internet.
 */
export function writeArchive(folder: string, { minutes, sessions, calls }: ArchiveOptions): Truth {
  const er = new Tape();
  const isp = new Tape();
  const forward = (tape: Tape): readonly Tap[] => [{ tape, ttl: 126 }];
  const back = (tape: Tape): readonly Tap[] => [{ tape, ttl: 58 }];
  const spacing = (minutes * 60_000 - 80_000) / sessions;
  let asymmetric = 0;
  let crossing = 0;
  for (let i = 0; i < sessions; i++) {
    const returns = i % 5 === 0 ? isp : er;
    if (i % 5 === 0) asymmetric += 1;
    const start = START + milliseconds(i * spacing);
    const open = i % 4 === 0;
    const session = tlsSession({
      client: { address: `10.1.${i % 40}.${(i % 200) + 1}`, port: 49_152 + (i % 16_000) },
      server: { address: `13.107.6.${152 + (i % 2)}`, port: 443 },
      host: i % 3 === 0 ? "outlook.office365.com" : "contoso.sharepoint.com",
      start,
      seed: i + 1,
      forward: forward(er),
      backward: back(returns),
      requests: [300, 420, 180],
      responses: [1200, 2600, 900],
      open,
    });
    if (!open) continue;
    crossing += 1;
    session
      .wait(65_000)
      .send("client", tlsData(new Noise(i), 500), "acknowledged")
      .wait(20)
      .finish();
  }
  for (let i = 0; i < calls; i++) {
    call({
      client: { address: `10.2.0.${i + 1}`, port: 50_000 + i },
      server: { address: "52.113.200.10", port: 3479 },
      start: START + milliseconds(30_000 + i * 7000),
      seed: 1000 + i,
      forward: forward(er),
      backward: back(er),
      mapped: ["203.0.113.5", 40_000 + i],
      packets: 2500,
    });
    crossing += 1;
  }
  mkdirSync(folder, { recursive: true });
  let captures = 0;
  for (const [name, tape] of [
    ["lon-er1", er],
    ["lon-isp", isp],
  ] as const)
    for (const [minute, packets] of rotated(tape.packets)) {
      writeFileSync(join(folder, `${name}-${String(minute).padStart(3, "0")}.pcap`), pcap(packets));
      captures += 1;
    }
  writeFileSync(
    join(folder, "site.yaml"),
    `version: 1\nname: London\npaths:\n  - { name: er, kind: expressroute, files: ["lon-er1-*"] }\n  - { name: isp, kind: internet, files: ["lon-isp-*"] }\n`,
  );
  return { captures, flows: sessions + calls, asymmetric, crossing };
}

function rotated(packets: readonly CapturedPacket[]): Map<number, CapturedPacket[]> {
  const files = new Map<number, CapturedPacket[]>();
  for (const packet of packets) {
    const minute = Number((packet.time - START) / MINUTE);
    const file = files.get(minute);
    if (file === undefined) files.set(minute, [packet]);
    else file.push(packet);
  }
  return files;
}
