import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recogniseFlows, type RecognisedFlow } from "../protocols/media-flows.ts";
import { canRun, explained, rowsOf, runInNetwork, tshark } from "./network.ts";

const SERVER = new URL("webrtc-server.mjs", import.meta.url).pathname;

/** Two Chromiums call each other, audio and video: first straight, then the caller through coturn only. */
const CALLS = `
export HOME=$PWD/home
mkdir home
$FAR turnserver -n -L 198.51.100.10 -E 198.51.100.10 -a -u u:p -r example.com --no-tls --no-dtls --no-cli \
  --log-file=turn.log --simple-log --userdb=turn.db --pidfile=turn.pid >/dev/null 2>&1 & turn=$!
browse() {
  timeout -k 1 25 chromium --headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir=$PWD/profile-$1-$2 \
    --use-fake-device-for-media-stream --use-fake-ui-for-media-stream \
    --unsafely-treat-insecure-origin-as-secure=http://198.51.100.10:8080 \
    --disable-features=WebRtcHideLocalIpsWithMdns "http://198.51.100.10:8080/?role=$1&relay=$3" >/dev/null 2>&1
}
export -f browse
call() {
  $FAR ${process.execPath} ${SERVER} 198.51.100.10 8080 4000 $1.json & server=$!
  sleep 0.5
  $FAR bash -c "browse called $1 ''" & called=$!
  $NEAR bash -c "browse caller $1 '$2'" & caller=$!
  for try in $(seq 250); do kill -0 $server 2>/dev/null || break; sleep 0.1; done
  kill -9 $server $called $caller
}
call straight ''
call relayed turn:198.51.100.10:3478
kill -9 $turn
`;

interface Stats {
  readonly type: "inbound-rtp" | "outbound-rtp";
  readonly kind: "audio" | "video";
  readonly ssrc: number;
  readonly rtxSsrc?: number;
  readonly packetsReceived?: number;
  readonly packetsSent?: number;
}

describe.skipIf(!canRun("chromium", "turnserver", "tshark"))("Chromium calls Chromium", () => {
  let folder = "";
  let rows: readonly Record<string, unknown>[] = [];
  let flows: readonly RecognisedFlow[] = [];
  beforeAll(async () => {
    folder = runInNetwork(CALLS);
    rows = rowsOf("classify", join(folder, "near.pcapng"));
    flows = await recogniseFlows(join(folder, "near.pcapng"), "udp");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const media = (): Record<string, unknown>[] => rows.filter((row) => row["application"] === "rtp");
  const relayed = (row: Record<string, unknown>): boolean => row["server_port"] === 3478;
  const statsOf = (name: string): Stats[] =>
    (JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as { caller: Stats[] }).caller;

  it("is two flows of media and nothing else that is called so", () => {
    expect(media().map(relayed).toSorted()).toEqual([false, true]);
    for (const row of media())
      expect(row).toMatchObject({ transport: "udp", traffic_type: "media", loss_pct: 0 });
  });

  it.each([
    ["straight", false],
    ["relayed", true],
  ])(
    "%s: every stream that the browsers counted, with as many packets or those sent since",
    (name, isRelayed) => {
      const found = flows.find(
        ({ a, b, recognition }) =>
          recognition.application === "rtp" && (a.endsWith(" 3478") || b.endsWith(" 3478")) === isRelayed,
      );
      const streams = new Map((found?.recognition.streams ?? []).map((stream) => [stream.ssrc, stream]));
      const stats = statsOf(name);
      expect(stats.map(({ kind, type }) => `${kind} ${type}`).toSorted()).toEqual([
        "audio inbound-rtp",
        "audio outbound-rtp",
        "video inbound-rtp",
        "video outbound-rtp",
      ]);
      for (const { ssrc, rtxSsrc, kind, packetsReceived, packetsSent } of stats) {
        const stream = streams.get(ssrc);
        expect(stream).toMatchObject({
          modality: kind,
          lost: 0,
          clockRate: kind === "audio" ? 48000 : 90000,
        });
        // The browser counts what it sends again, and padding, with the stream; they have an SSRC of their own.
        const repair = rtxSsrc === undefined ? 0 : (streams.get(rtxSsrc)?.packets ?? 0);
        expect((stream?.packets ?? 0) + repair).toBeGreaterThanOrEqual(packetsReceived ?? packetsSent ?? 0);
      }
      expect(found?.recognition).toMatchObject({ carriesMedia: isRelayed, usesTurn: isRelayed });
    },
  );

  it("offers keys for SRTP in DTLS, inside TURN too, as tshark reads it of the straight call", () => {
    const profiles = tshark(
      join(folder, "near.pcapng"),
      "dtls.handshake.type == 1",
      "dtls.use_srtp.protection_profile",
    );
    expect(profiles.length).toBeGreaterThan(0);
    for (const row of media()) {
      const text = explained(join(folder, "near.pcapng"), String(row["flow_id"]));
      expect(text).toContain("DTLS offers keys for SRTP (use_srtp)");
      expect(text).toContain("rtp-flow-rule+ice");
    }
  });

  it("knows how far the round trip is: less than a millisecond inside this machine, and measured", () => {
    for (const row of media()) expect(row["rtt_ms"]).toBeGreaterThan(0);
  });
});
