import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { at, Tape, TcpConversation, UdpConversation } from "../support/conversation.ts";
import { dnsQuery, dnsResponse, sipRequest, sipResponse } from "../support/payloads.ts";
import { call, tlsSession } from "../support/scenarios.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { audit, classified, rowsOf, settingsFor } from "./pipeline.ts";

/** What is taught on other ports than its own: what it teaches holds in later windows, as in `classify`. */

const folder = temporaryFolder();
const settings = settingsFor();
const START = at("2026-03-05T12:00:00Z");
const BORDER = Number(START / 1_000_000_000n) + 5;
const CLIENT = "10.20.30.41";
const GATEWAY = "10.20.6.20";

function offer(address: string, port: number): string {
  const lines = [
    "v=0",
    `o=- 1 1 IN IP4 ${address}`,
    "s=-",
    `c=IN IP4 ${address}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP 98`,
    "a=rtpmap:98 iLBC/8000",
    "",
  ];
  return lines.join("\r\n");
}

/** Request and answer of a dialog about audio at 50010 and 20000; `more` makes the request longer. */
function messages(transport: "TCP" | "UDP", more = ""): readonly [Uint8Array, Uint8Array] {
  const dialog = {
    callId: "1@contoso.com",
    from: "adele@contoso.com",
    to: "pstn@contoso.com",
    fromTag: "a1",
    branch: "776",
    host: `${CLIENT}:5068`,
    transport,
  };
  return [
    sipRequest("INVITE", { ...dialog, userAgent: `phone${more}`, sdp: offer(CLIENT, 50_010) }),
    sipResponse(200, "OK", "INVITE", { ...dialog, toTag: "b2", sdp: offer(GATEWAY, 20_000) }),
  ];
}

/** The rows of an audit with a border before the media; they are those of `classify`. */
async function audited(name: string, tapes: readonly Tape[]): Promise<Record<string, string>[]> {
  const place = join(folder, name);
  mkdirSync(place);
  const paths = tapes.map((tape, i) => {
    const path = join(place, `tap${i}.pcap`);
    writeFileSync(path, tape.pcap());
    return path;
  });
  const { csv } = await audit(paths, settings, { extraBorders: [BORDER] }, join(place, "audit"));
  expect(csv).toBe(await classified(paths, settings));
  return rowsOf(csv);
}

function media(tape: Tape): void {
  call({
    client: { address: CLIENT, port: 50_010 },
    server: { address: GATEWAY, port: 20_000 },
    start: START + 6_000_000_000n,
    forward: [{ tape }],
    backward: [{ tape }],
    seed: 7,
    checks: 0,
    packets: 60,
    payloadType: 98,
    step: 160,
  });
}

const ends = { client: { address: CLIENT, port: 51_000 }, server: { address: GATEWAY, port: 5068 } };

it.each([
  ["whole", false],
  ["in segments", true],
])(
  "codecs that SIP over TCP offers at port 5068 are known in the next window, its messages %s",
  async (name, cut) => {
    const tape = new Tape();
    const taps = { forward: [{ tape }], backward: [{ tape }] };
    const trunk = new TcpConversation({ ...ends, start: START, ...taps }).connect();
    for (const [i, message] of messages("TCP").entries()) {
      const side = i === 0 ? "client" : "server";
      const half = cut ? 200 : message.length;
      trunk.send(side, message.subarray(0, half));
      if (cut) trunk.send(side, message.subarray(half));
    }
    trunk.finish();
    media(tape);
    const rows = await audited(`tcp ${name}`, [tape]);
    expect(rows.map((row) => [row["application"], row["codec"]])).toEqual([
      ["sip", ""],
      ["rtp", "iLBC"],
    ]);
  },
);

it.each([[[0, 1, 2]], [[2, 0, 1]]])(
  "codecs that SIP over UDP offers at port 5070 in fragments %j are known in the next window",
  async (order) => {
    const tape = new Tape();
    const taps = { forward: [{ tape }], backward: [{ tape }] };
    const server = { address: GATEWAY, port: 5070 };
    const [request, answer] = messages("UDP", "y".repeat(3000));
    new UdpConversation({ client: ends.client, server, start: START, ...taps })
      .sendFragmented("client", request, 1400, order)
      .send("server", answer);
    media(tape);
    const rows = await audited(`udp ${order.join("")}`, [tape]);
    expect(rows.map((row) => [row["application"], row["codec"]])).toEqual([
      ["sip", ""],
      ["rtp", "iLBC"],
    ]);
  },
);

it("names that DNS over TCP tells at port 5300 are known in the next window", async () => {
  const tape = new Tape();
  const taps = { forward: [{ tape }], backward: [{ tape }] };
  const name = "outlook.office365.com";
  const framed = (message: Uint8Array): Uint8Array =>
    Uint8Array.of(message.length >>> 8, message.length & 0xff, ...message);
  new TcpConversation({ ...ends, server: { address: "10.20.0.53", port: 5300 }, start: START, ...taps })
    .connect()
    .send("client", framed(dnsQuery(77, name)))
    .send("server", framed(dnsResponse(77, { name, addresses: ["52.96.7.9"] })))
    .finish();
  tlsSession({
    client: { address: CLIENT, port: 51_002 },
    server: { address: "52.96.7.9", port: 443 },
    start: START + 6_000_000_000n,
    ...taps,
    seed: 3,
  });
  const rows = await audited("dns", [tape]);
  expect(rows.map((row) => [row["application"], row["host"]])).toEqual([
    ["dns", ""],
    ["tls", name],
  ]);
});
