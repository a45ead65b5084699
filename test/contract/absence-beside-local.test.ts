import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, milliseconds, Tape, TcpConversation } from "../support/conversation.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const START = at("2026-03-09T10:00:00Z");
const SITE = siteFromText(
  `version: 1
internal: [10.20.0.0/16]
paths:
  - { name: er, kind: expressroute, files: ["er-*"], complete: true }
  - { name: isp, kind: internet, vlans: ["200"] }
  - { name: lan, kind: local, files: ["lan-*"] }
`,
  "site.yaml",
);

/** A tap inside sees connections to three places; the ExpressRoute tap, all the time, others. */
function captures(answersByExpressRoute: boolean): string[] {
  const noise = new Noise(5);
  const [lan, er] = [new Tape(), new Tape()];
  const talk = (port: number, address: string, seconds: number, out: Tape[], back: Tape[]): void => {
    const conversation = new TcpConversation({
      client: { address: "10.20.30.41", port },
      server: { address, port: 443 },
      start: START + milliseconds(1000 * seconds),
      forward: out.map((tape) => ({ tape })),
      backward: back.map((tape) => ({ tape })),
    });
    conversation.connect();
    for (let i = 0; i < 5; i++)
      conversation
        .until(START + milliseconds(1000 * (seconds + i)))
        .send("client", noise.bytes(300), "acknowledged")
        .send("server", noise.bytes(300), "acknowledged");
  };
  talk(51000, "52.113.194.132", -100, [lan, er], [lan, er]);
  talk(52000, "52.113.194.132", 0, [lan], answersByExpressRoute ? [lan, er] : [lan]);
  talk(52001, "10.20.1.1", 10, [lan], [lan]);
  talk(52002, "10.77.1.1", 20, [lan], [lan]);
  talk(51001, "52.113.194.132", 100, [lan, er], [lan, er]);
  return [
    ["lan-1.pcap", lan],
    ["er-1.pcap", er],
  ].map(([name, tape]) => {
    const path = join(folder, String(name));
    writeFileSync(path, (tape as Tape).pcap());
    return path;
  });
}

async function rowOf(port: number, paths: readonly string[], site = SITE): Promise<unknown> {
  const { rows } = await classifyFiles(paths, site);
  return rows.find((row) => row.client_port === port);
}

describe("what a link inside saw", () => {
  it("took the other uplink where it is not on the one that is complete", async () => {
    expect(await rowOf(52000, captures(false))).toMatchObject({
      path_out: "internet",
      path_out_basis: ["absence"],
      path_back: "internet",
      symmetry: "symmetric",
      verdict: "internet-instead",
    });
  });

  it("is asymmetric where one direction alone is not on that", async () => {
    expect(await rowOf(52000, captures(true))).toMatchObject({
      path_out: "internet",
      path_back: "expressroute",
      path_back_basis: ["file"],
      symmetry: "asymmetric",
    });
  });

  it("is local where it goes to an address inside, or a private one that is not declared", async () => {
    const paths = captures(false);
    const local = { path_out: "local", path_out_basis: ["file"], path_back: "local" };
    expect(await rowOf(52001, paths)).toMatchObject(local);
    expect(await rowOf(52002, paths)).toMatchObject(local);
  });
});

describe("what no declared link saw", () => {
  const site = siteFromText(
    `version: 1
internal: [10.20.0.0/16, 192.0.2.0/24]
paths: [{ name: er, kind: expressroute, files: ["er-*"], complete: true }]
`,
    "site.yaml",
  );

  /** The tap inside sees what a client sends alone, and hears of the answers by its acknowledgements. */
  function halves(client: string, server: string): string[] {
    const paths = captures(false);
    const lan = new Tape();
    const conversation = new TcpConversation({
      client: { address: client, port: 53000 },
      server: { address: server, port: 443 },
      start: START,
      forward: [{ tape: lan }],
      backward: [],
    });
    conversation.connect();
    for (let i = 0; i < 3; i++)
      conversation
        .send("client", new Uint8Array(300), "acknowledged")
        .send("server", new Uint8Array(300), "acknowledged");
    const path = join(folder, "half-1.pcap");
    writeFileSync(path, lan.pcap());
    return [...paths, path];
  }

  it("took no uplink between two addresses of one's own", async () => {
    expect(await rowOf(53000, halves("192.0.2.10", "192.0.2.20"), site)).toMatchObject({
      path_out: "local",
      path_back: "none",
      symmetry: "one-way",
    });
  });

  it("took none to a private address, declared or not", async () => {
    expect(await rowOf(53000, halves("192.0.2.10", "10.77.1.1"), site)).toMatchObject({
      path_out: "unknown",
      path_back: "none",
    });
  });

  it("took the other one to a public address", async () => {
    expect(await rowOf(53000, halves("192.0.2.10", "52.113.194.132"), site)).toMatchObject({
      path_out: "internet",
      path_back: "internet",
      path_back_basis: ["absence"],
    });
  });
});
