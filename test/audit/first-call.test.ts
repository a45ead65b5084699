import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { at, type Address, Tape, UdpConversation } from "../support/conversation.ts";
import { audioSdp, sipRequest, sipResponse } from "../support/payloads.ts";
import { call, lookup } from "../support/scenarios.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { audit, classified, rowsOf, settingsFor } from "./pipeline.ts";

const START = at("2026-03-05T12:00:00Z");
const CLIENT = "10.20.30.41";
const GATEWAY = "10.20.6.20";

const folder = temporaryFolder();

it("signaling is told the call that its dialog sets up, where its row is judged before others, not the user's next call", async () => {
  const tape = new Tape();
  const taps = { forward: [{ tape }], backward: [{ tape }] };
  const later = (seconds: number): bigint => START + BigInt(seconds) * 1_000_000_000n;
  const speak = (port: number, server: Address, start: bigint): void => {
    call({
      client: { address: CLIENT, port },
      server,
      start,
      ...taps,
      seed: port,
      checks: 0,
      packets: 500,
      payloadType: 0,
      step: 160,
    });
  };
  const far = { address: GATEWAY, port: 20_000 };
  speak(50_010, far, START);
  // The call goes on when its re-INVITE comes.
  const dialog = {
    callId: "1@contoso.com",
    from: "adele@contoso.com",
    to: "pstn@contoso.com",
    fromTag: "a1",
    toTag: "b2",
    branch: "776",
    host: `${CLIENT}:5060`,
  };
  new UdpConversation({
    client: { address: CLIENT, port: 5060 },
    server: { address: GATEWAY, port: 5060 },
    start: later(3),
    ...taps,
  })
    .send("client", sipRequest("INVITE", { ...dialog, sdp: audioSdp(CLIENT, 50_010, 1) }))
    .send("server", sipResponse(200, "OK", "INVITE", { ...dialog, sdp: audioSdp(GATEWAY, 20_000, 2) }));
  speak(50_030, { address: "10.20.6.21", port: 20_010 }, later(25));
  lookup(
    {
      client: { address: CLIENT, port: 53_001 },
      server: "198.51.100.53",
      start: later(400),
      id: 7,
      ...taps,
    },
    { name: "www.example.com", addresses: ["203.0.113.9"] },
  );
  const path = join(folder, "tap.pcap");
  writeFileSync(path, tape.pcap());
  const settings = settingsFor();
  const batch = { wanted: 1, most: Number.POSITIVE_INFINITY };
  const { csv } = await audit([path], settings, { batch }, join(folder, "audit"));
  const rows = rowsOf(csv);
  const [first] = rows.filter((row) => row["application"] === "rtp").map((row) => row["flow_id"]);
  expect(rows.map((row) => row["application"])).toEqual(["sip", "rtp", "rtp", "dns"]);
  expect(rows[0]?.["call_id"]).toBe(first);
  expect(csv).toBe(await classified([path], settings));
});
