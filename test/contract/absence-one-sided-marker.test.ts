import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, milliseconds, type Tap, Tape, TcpConversation } from "../support/conversation.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const START = at("2026-03-09T10:00:00Z");
const VIRTUAL = "00:00:0c:07:ac:01";
const ROUTER = "00:1b:54:00:00:02";
const HOST = "00:1b:54:00:00:99";

function talk(port: number, forward: Tap, backward: readonly Tap[]): void {
  const noise = new Noise(5);
  const conversation = new TcpConversation({
    client: { address: "10.20.30.41", port },
    server: { address: "52.113.194.132", port: 443 },
    start: START,
    forward: [forward],
    backward,
  });
  conversation.connect();
  for (let i = 0; i < 5; i++)
    conversation
      .until(START + milliseconds(1000 * i))
      .send("client", noise.bytes(300), "acknowledged")
      .send("server", noise.bytes(300), "acknowledged");
}

/** Two connections that leave by one next hop; the answers of the second are in no capture. */
async function rows(answersFrom: string): Promise<Record<string, unknown>[]> {
  const tape = new Tape();
  const forward = { tape, destination: VIRTUAL, source: HOST };
  talk(51000, forward, [{ tape, source: answersFrom, destination: HOST }]);
  talk(52000, forward, []);
  const path = join(folder, `hsrp-${answersFrom.replaceAll(":", "")}.pcap`);
  writeFileSync(path, tape.pcap());
  const site = siteFromText(
    `version: 1\npaths:\n  - { name: er, kind: expressroute, next-hops: ["${VIRTUAL}"], complete: true }\n  - { name: isp, kind: internet, vlans: ["200"] }\n`,
    "site.yaml",
  );
  return (await classifyFiles([path], site)).rows.toSorted(
    (x, y) => Number(x.client_port) - Number(y.client_port),
  ) as unknown as Record<string, unknown>[];
}

describe("a complete path that is declared by a next hop", () => {
  it("shows nothing by absence of answers where none come from that next hop, as those of HSRP", async () => {
    const [answered, silent] = await rows(ROUTER);
    expect(answered).toMatchObject({ path_out: "expressroute", path_back: "unknown", path_back_basis: [] });
    expect(silent).toMatchObject({ path_out: "expressroute", path_back: "none", symmetry: "one-way" });
  });

  it("shows it where they do", async () => {
    const [answered, silent] = await rows(VIRTUAL);
    expect(answered).toMatchObject({ path_out: "expressroute", path_back: "expressroute" });
    expect(silent).toMatchObject({ path_back: "internet", path_back_basis: ["absence"] });
  });
});
