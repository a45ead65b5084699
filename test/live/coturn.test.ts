import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCapture } from "../../src/capture/reader.ts";
import { TcpInspector } from "../../src/protocols/tcp-inspector.ts";
import { UdpInspector } from "../../src/protocols/udp-inspector.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { Oddities } from "../../src/wire/oddities.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";
import { canRun, rowsOf, runInNetwork, tshark } from "./network.ts";

/** coturn's server and client over UDP with channels, UDP with Send indications, TCP, TLS and DTLS. */
const RELAY = `
openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 2 -subj /CN=relay.example.com 2>/dev/null
$FAR turnserver -n -L 198.51.100.10 -E 198.51.100.10 -a -u u:p -r example.com --cert c.pem --pkey k.pem --no-cli \
  --allow-loopback-peers --log-file=turn.log --simple-log --userdb=turn.db --pidfile=turn.pid >/dev/null 2>&1 & server=$!
$FAR turnutils_peer -L 198.51.100.10 -p 3480 >/dev/null 2>&1 & peer=$!
sleep 2
USE="timeout 15 $NEAR turnutils_uclient -u u -w p -L 10.20.0.10 -e 198.51.100.10 -r 3480 -c -n 10"
$USE 198.51.100.10 >channels.txt 2>&1
$USE -s 198.51.100.10 >sends.txt 2>&1
$USE -t 198.51.100.10 >tcp.txt 2>&1
$USE -t -S 198.51.100.10 >tls.txt 2>&1
$USE -S 198.51.100.10 >dtls.txt 2>&1
kill -9 $server $peer
`;

describe.skipIf(!canRun("turnserver", "turnutils_uclient", "openssl", "tshark"))("coturn, run here", () => {
  let folder = "";
  let rows: readonly Record<string, unknown>[] = [];
  beforeAll(() => {
    folder = runInNetwork(RELAY);
    rows = rowsOf("classify", join(folder, "near.pcapng"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const words = (transport: string, port: number): unknown[] =>
    rows
      .filter((row) => row["transport"] === transport && row["server_port"] === port)
      .map((row) => row["application"]);

  it("relayed what its client sent", () => {
    for (const run of ["channels", "sends", "tcp", "tls", "dtls"])
      expect(readFileSync(join(folder, `${run}.txt`), "utf8")).toContain("tot_recv_msgs=10");
  });

  it("is TURN over UDP and over TCP, and TLS and DTLS where it is encrypted", () => {
    expect(new Set(words("udp", 3478))).toContain("turn");
    expect(new Set(words("tcp", 3478))).toContain("turn");
    expect(new Set(words("tcp", 5349))).toEqual(new Set(["tls"]));
    expect(new Set(words("udp", 5349))).toEqual(new Set(["dtls"]));
  });

  it("tells the mapped and relayed addresses of every allocation as tshark reads them, over UDP and TCP", async () => {
    const capture = join(folder, "near.pcapng");
    const ports = tshark(capture, "stun.type == 0x0103", "stun.att.port").map(([text = ""]) =>
      text.split(","),
    );
    expect(ports.length).toBeGreaterThanOrEqual(6);
    const truth = ports.flatMap(([relayed, mapped]) => [
      `relayed 198.51.100.10:${relayed}`,
      `mapped 10.20.0.10:${mapped}`,
    ]);
    expect(await reportedIn(capture)).toEqual(new Set(truth));
  });
});

/** Mapped and relayed addresses that the recognisers of the plain TURN port report. */
async function reportedIn(capture: string): Promise<Set<string>> {
  const reader = await openCapture(capture);
  const decoder = new Decoder(new Oddities());
  const packet = new Packet();
  const flows = new Map<string, TcpInspector | UdpInspector>();
  for (;;) {
    while (reader.next()) {
      const { seconds, nanoseconds, number } = reader.frame;
      decoder.decode(reader.frame, packet);
      const isOut = packet.destinationPort === 3478;
      if (!isOut && packet.sourcePort !== 3478) continue;
      const key = `${packet.kind} ${isOut ? packet.sourcePort : packet.destinationPort}`;
      const flow =
        flows.get(key) ?? (packet.kind === PacketKind.tcp ? new TcpInspector() : new UdpInspector());
      flows.set(key, flow);
      flow.inspect(packet, isOut ? 0 : 1, seconds, nanoseconds, number);
    }
    const more = reader.refill();
    if (!(typeof more === "boolean" ? more : await more)) break;
  }
  const reported = [...flows.values()].flatMap((flow) => flow.result().reported ?? []);
  return new Set(
    reported
      .filter(({ kind }) => kind === "mapped" || kind === "relayed")
      .map(({ kind, address, port }) => `${kind} ${address}:${port}`),
  );
}
