import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { at, milliseconds, Tape, UdpConversation } from "../support/conversation.ts";
import { BINDING_REQUEST, BINDING_SUCCESS, stun, stunXorAddress } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** A tap with the way back alone: the answers name the NAT pool by which the requests, which nobody captured, left. */

const folder = temporaryFolder();
const START = at("2026-03-05T12:00:00Z");
const SITE = siteFromText(
  `version: 1
paths:
  - { name: er, kind: expressroute, nat: [203.0.113.0/28] }
  - { name: isp, kind: internet, vlans: ["200"], nat: [203.0.113.64/28] }
`,
  "site.yaml",
);

it.each([
  ["203.0.113.5", "expressroute", "asymmetric", "asymmetric", 25],
  ["203.0.113.65", "internet", "symmetric", "internet-instead", undefined],
])(
  "answers on the Internet that name %s: out %s, %s",
  async (mapped, path_out, symmetry, verdict, asymmetric_s) => {
    const [isp, nowhere] = [new Tape(), new Tape()];
    const talk = new UdpConversation({
      client: { address: "10.20.30.41", port: 50_003 },
      server: { address: "52.113.194.132", port: 3478 },
      start: START,
      forward: [{ tape: nowhere }],
      backward: [{ tape: isp, vlans: [200] }],
    });
    for (let i = 0; i < 6; i++) {
      const transaction = new Uint8Array(12).fill(i + 1);
      const answer = [[0x0020, stunXorAddress(mapped, 50_003, transaction)]] as const;
      talk
        .until(START + milliseconds(5000 * i))
        .send("client", stun(BINDING_REQUEST, [], { transaction }))
        .send("server", stun(BINDING_SUCCESS, answer, { transaction }));
    }
    const path = join(folder, `${mapped}.pcap`);
    writeFileSync(path, isp.pcap());
    const { rows } = await classifyFiles([path], SITE);
    expect(rows).toMatchObject([
      {
        packets_out: 0,
        packets_back: 6,
        path_out,
        path_out_basis: ["mapped-address"],
        path_back: "internet",
      },
    ]);
    expect(rows).toMatchObject([{ symmetry, verdict, asymmetric_s }]);
  },
);
