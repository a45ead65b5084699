import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { o365flow } from "../cli/run.ts";
import { concat, u32 } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { milliseconds } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { rtp, stun, stunXorAddress } from "../support/payloads-media.ts";
import { folder, START } from "./stage-work.ts";

/** As many as did not fit, when all that begin at about one time were held for the sake of calls. */
const FLOWS = 45_000;
const CALLS = 20;
const FOREVER = 24 * 3_600_000;

const NEAR_MAC = "02:00:00:00:00:01";
const FAR_MAC = "02:00:00:00:00:02";
const SERVER = "52.112.7.9";

function addressOf(client: number): string {
  return `10.1.${client >> 8}.${client & 255}`;
}

/** A datagram between a client and the server. */
function datagram(
  client: string,
  port: number,
  serverPort: number,
  out: boolean,
  payload: Uint8Array,
): Uint8Array {
  const [source, destination] = out ? [client, SERVER] : [SERVER, client];
  const [sourcePort, destinationPort] = out ? [port, serverPort] : [serverPort, port];
  const ends = { source, destination };
  const [from, to] = out ? [NEAR_MAC, FAR_MAC] : [FAR_MAC, NEAR_MAC];
  const packet = udp({ ...ends, sourcePort, destinationPort }, payload);
  return ethernetIp({ source: from, destination: to }, packet);
}

/** A Binding request and its answer for each flow, 50,000 a second, and amid them calls of clients that made some, too. */
function packets(): CapturedPacket[] {
  const made: CapturedPacket[] = [];
  const add = (ms: number, bytes: Uint8Array): void => {
    made.push({ time: START + milliseconds(ms), bytes });
  };
  for (let flow = 0; flow < FLOWS; flow++) {
    const client = addressOf(flow % 9000);
    const port = 20_000 + Math.floor(flow / 9000);
    const transaction = concat(u32(flow), u32(flow * 7), u32(99));
    const mapped = stunXorAddress("203.0.113.9", 1024 + (flow % 60_000), transaction);
    add(flow / 50, datagram(client, port, 3478, true, stun(0x0001, [], { transaction })));
    add(
      flow / 50 + 15,
      datagram(client, port, 3478, false, stun(0x0101, [[0x0020, mapped]], { transaction })),
    );
  }
  for (let call = 0; call < CALLS; call++)
    for (let packet = 0; packet < 8; packet++)
      for (const out of [true, false]) {
        const payload = rtp({
          payloadType: 111,
          sequence: packet,
          timestamp: packet * 960,
          ssrc: 0x100000 + 2 * call + (out ? 1 : 0),
          payload: new Uint8Array(60).fill(packet),
        });
        add(
          call * 30 + packet * 20 + (out ? 0 : 5),
          datagram(addressOf(call * 7), 50_000, 3479, out, payload),
        );
      }
  return made.sort((x, y) => (x.time < y.time ? -1 : x.time > y.time ? 1 : 0));
}

it(
  "an audit of many look-ups of one's own address at a time holds those together that may be of a call",
  { timeout: FOREVER },
  () => {
    const place = folder();
    const archive = join(place, "archive");
    mkdirSync(archive);
    writeFileSync(join(archive, "stun.pcap"), pcap(packets()));
    const out = join(place, "out");
    const run = o365flow(["audit", archive, "--out", out, "--memory", "256MB"]);
    expect(run.stderr).toContain(`${CALLS} calls`);
    expect(run.status).toBe(0);
    const rows = join(place, "rows.csv");
    expect(o365flow(["classify", archive, "-o", rows]).status).toBe(0);
    expect(readFileSync(join(out, "flows.csv")).equals(readFileSync(rows))).toBe(true);
  },
);
