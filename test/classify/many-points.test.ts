import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { Noise } from "../support/bytes.ts";
import { at, Tape, TcpConversation } from "../support/conversation.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = temporaryFolder();
const PAIRS = 32;
const SITE = siteFromText(
  `version: 1
internal: ["2001:db8:10::/48"]
paths:
  - { name: er, kind: expressroute, files: ["a-*"] }
  - { name: isp, kind: internet, vlans: ["200"] }
`,
  "site.yaml",
);

it("packets that two of 64 captures of one time saw count once, and stronger evidence decides", async () => {
  const noise = new Noise(3);
  const taps = ["a", "b"].map((row) =>
    Array.from({ length: PAIRS }, (_, i) => ({ name: `${row}-${i}.pcap`, tape: new Tape() })),
  );
  for (let i = 0; i < PAIRS; i++) {
    const [here, there] = taps.map((row) => row[i]?.tape ?? new Tape());
    const seen = [{ tape: here as Tape }, { tape: there as Tape, laterMs: 4, vlans: [200] }];
    const conversation = new TcpConversation({
      client: { address: `2001:db8:10::${i + 1}`, port: 50000 + i },
      server: { address: "2603:1063::9", port: 443 },
      start: at("2026-03-09T10:00:00Z"),
      forward: seen,
      backward: seen,
    });
    conversation.connect();
    for (let k = 0; k < 4; k++)
      conversation
        .send("client", noise.bytes(100), "acknowledged")
        .send("server", noise.bytes(100), "acknowledged");
  }
  const paths = taps.flat().map(({ name, tape }) => {
    const path = join(folder, name);
    writeFileSync(path, tape.pcap());
    return path;
  });
  const alone = (await classifyFiles([paths[0] ?? ""], SITE)).rows[0];
  const { rows } = await classifyFiles(paths, SITE);
  expect(rows).toHaveLength(PAIRS);
  for (const row of rows)
    expect(row).toMatchObject({
      packets_out: alone?.packets_out,
      packets_back: alone?.packets_back,
      path_out: "internet",
      path_back: "internet",
      retransmissions: 0,
    });
});
