import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { concat, u32, u8 } from "../support/bytes.ts";
import { at, milliseconds, Tape, TcpConversation, UdpConversation } from "../support/conversation.ts";
import { ethernetIp, ip } from "../support/packets.ts";
import { icmpError } from "../support/payloads.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** A flow that an ICMP error calls prohibited is suspect, unless it goes on both ways as if nothing had been said. */

const folder = temporaryFolder();
const START = at("2026-03-05T12:00:00Z");
const CLIENT = { address: "10.20.30.41", port: 50_040 };
const SERVER = { address: "52.113.194.132", port: 443 };
const RELAY = { ...SERVER, port: 3479 };
const SITE = siteFromText('version: 1\npaths:\n  - { name: er, kind: expressroute, files: ["*"] }\n', "s");

/** Quotes a packet of the tape, ms after it. */
function prohibit(tape: Tape, index: number, ms: number, id = 1): void {
  const about = tape.packets[index];
  if (about === undefined) throw new Error("no such packet");
  const report = icmpError(3, 13, about.bytes.subarray(14));
  const packet = ip({ source: "192.0.2.1", destination: CLIENT.address, protocol: 1, id, ttl: 254 }, report);
  tape.add(about.time + milliseconds(ms), ethernetIp({}, packet), 0);
}

async function symmetryOf(tape: Tape): Promise<string | undefined> {
  const path = join(folder, "a.pcap");
  writeFileSync(path, tape.pcap());
  return (await classifyFiles([path], SITE)).rows[0]?.symmetry;
}

/** A connection that says something each second, each way, and has no end in the capture. */
function connection(tape: Tape, seconds: number): void {
  const taps = [{ tape }];
  const talk = new TcpConversation({
    client: CLIENT,
    server: SERVER,
    start: START,
    forward: taps,
    backward: taps,
  });
  talk.connect();
  for (let i = 0; i < seconds; i++)
    talk
      .until(START + milliseconds(1000 * i + 100))
      .send("client", new Uint8Array(99).fill(i), "acknowledged")
      .send("server", new Uint8Array(99).fill(i), "acknowledged");
}

/** Audio of both sides, which neither stops sending for want of the other's. */
function audio(tape: Tape, seconds: number): void {
  const taps = [{ tape }];
  const talk = new UdpConversation({
    client: CLIENT,
    server: RELAY,
    start: START,
    forward: taps,
    backward: taps,
  });
  for (let i = 0; i < 50 * seconds; i++) {
    talk.until(START + milliseconds(20 * i));
    for (const side of ["client", "server"] as const)
      talk.send(
        side,
        concat(u8(0x80, 0, i >>> 8, i & 255), u32(160 * i), u32(side.length), new Uint8Array(160)),
      );
  }
}

test.each([
  ["a connection", connection],
  ["audio", audio],
])("%s that goes on for seconds is not suspect", async (_, talk) => {
  const tape = new Tape();
  talk(tape, 9);
  prohibit(tape, 0, 1);
  expect(await symmetryOf(tape)).toBe("symmetric");
});

test.each([
  ["a connection", connection],
  ["audio", audio],
])("%s that is prohibited at its end is", async (_, talk) => {
  const tape = new Tape();
  talk(tape, 9);
  prohibit(tape, tape.packets.length - 2, 1);
  expect(await symmetryOf(tape)).toBe("suspect");
});

test("audio that is prohibited again and again is", async () => {
  const tape = new Tape();
  audio(tape, 9);
  const { length } = tape.packets;
  for (let i = 0; i < 8; i++) prohibit(tape, Math.round((length * i) / 8), 1, i + 1);
  expect(await symmetryOf(tape)).toBe("suspect");
});

test("a connection of which one side has nothing to say any more is", async () => {
  const tape = new Tape();
  connection(tape, 2);
  prohibit(tape, tape.packets.length - 1, 1);
  expect(await symmetryOf(tape)).toBe("suspect");
});
