import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canRun, explained, rowsOf, runInNetwork, tshark } from "./network.ts";

const HERE = new URL("../..", import.meta.url).pathname;
const CLIENT = new URL("turn-client.ts", import.meta.url).pathname;

/** RTP in Send indications to coturn, which passes it to an echo and what returns back in Data indications. */
const RELAY = `
$FAR turnserver -n -L 198.51.100.10 -E 198.51.100.10 --no-auth --no-tls --no-dtls --no-cli --allow-loopback-peers \
  --log-file=turn.log --simple-log --userdb=turn.db --pidfile=turn.pid >/dev/null 2>&1 & server=$!
$FAR turnutils_peer -L 198.51.100.10 -p 3480 >/dev/null 2>&1 & peer=$!
sleep 2
(cd ${HERE} && $NEAR timeout 20 ${process.execPath} --import tsx ${CLIENT} 198.51.100.10 3478 198.51.100.10 3480 100 \
  $OLDPWD/counts.json) 
kill -9 $server $peer
`;

describe.skipIf(!canRun("turnserver", "turnutils_peer", "tshark"))(
  "RTP in Send and Data indications of coturn",
  () => {
    let folder = "";
    beforeAll(() => {
      folder = runInNetwork(RELAY);
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("is media, both ways, as many packets as were sent and came back", () => {
      const capture = join(folder, "near.pcapng");
      const counts = JSON.parse(readFileSync(join(folder, "counts.json"), "utf8")) as Record<string, number>;
      expect(counts).toEqual({ sent: 100, received: 100 });
      // tshark 4.0 does not look for RTP inside; it counts the indications.
      expect(tshark(capture, "stun.type == 0x0016", "stun.length")).toHaveLength(100);
      expect(tshark(capture, "stun.type == 0x0017", "stun.length")).toHaveLength(100);
      const rows = rowsOf("classify", capture).filter((row) => row["server_port"] === 3478);
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({
        application: "rtp",
        traffic_type: "media",
        modality: "audio",
        codec: "PCMU",
        loss_out_pct: 0,
        loss_back_pct: 0,
      });
      const text = explained(capture, String(rows[0]?.["flow_id"]));
      const stream = "SSRC 0x5e4d0001, payload type 0 (PCMU, audio, 8000 Hz), 100 packets, 0 lost";
      expect(text).toContain(`RTP out: ${stream}`);
      expect(text).toContain(`RTP back: ${stream}`);
      expect(text).toContain("a relay was asked to reach 198.51.100.10:3480");
      expect(text).toMatch(/a relay granted 198\.51\.100\.10:\d+/);
    });
  },
);
