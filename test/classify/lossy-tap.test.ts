import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Noise } from "../support/bytes.ts";
import { at, milliseconds, type Tap, Tape, UdpConversation } from "../support/conversation.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

type Uplink = "er" | "isp";

/** A flow of 400 s: where each direction goes at a second, and what a tap loses of it. */
interface Course {
  readonly out: (second: number) => Uplink;
  readonly back: (second: number) => Uplink;
  readonly lost: (uplink: Uplink, way: "out" | "back", second: number) => boolean;
  /** Whether everything is captured at the client, too, where no path shows. */
  readonly inside: boolean;
}

const folder = temporaryFolder();
const [CLIENT, GATEWAY] = ["a4:4c:c8:10:20:30", "00:00:5e:00:01:0a"];
const [FIREWALL, ROUTER] = ["00:00:5e:00:53:0f", "00:00:5e:00:53:01"];
const movedAt =
  (moment: number) =>
  (second: number): Uplink =>
    second < moment ? "isp" : "er";

async function rowOf(course: Course) {
  const tapes = { in: new Tape(), er: new Tape(), isp: new Tape() };
  const taps = (way: "out" | "back", second: number): Tap[] => {
    const uplink = course[way](second);
    const [inside, outside]: [Tap, Tap] =
      way === "out"
        ? [
            { tape: tapes.in, source: CLIENT, destination: GATEWAY, ttl: 64 },
            { tape: tapes[uplink], source: FIREWALL, destination: ROUTER, ttl: 63, laterMs: 1 },
          ]
        : [
            { tape: tapes.in, source: GATEWAY, destination: CLIENT, ttl: 50, laterMs: 1 },
            { tape: tapes[uplink], source: ROUTER, destination: FIREWALL, ttl: 51 },
          ];
    return [...(course.inside ? [inside] : []), ...(course.lost(uplink, way, second) ? [] : [outside])];
  };
  const start = at("2025-11-04T14:00:00Z");
  const noise = new Noise(3);
  const flow = new UdpConversation({
    client: { address: "10.20.30.41", port: 51701 },
    server: { address: "52.113.194.132", port: 3479 },
    start,
    forward: [],
    backward: [],
  });
  for (let second = 0; second <= 400; second += 2) {
    flow.forward = taps("out", second);
    flow.backward = taps("back", second);
    flow.until(start + milliseconds(1000 * second)).send("client", noise.bytes(40));
    flow.send("server", noise.bytes(40));
  }
  const paths = Object.entries(tapes).flatMap(([name, tape]) => {
    const path = join(folder, `${name}.pcap`);
    writeFileSync(path, tape.pcap());
    return tape.packets.length === 0 ? [] : [path];
  });
  const site = join(folder, "site.yaml");
  writeFileSync(
    site,
    `version: 1
paths:
  - { name: er, kind: expressroute, files: ["er.*"] }
  - { name: isp, kind: internet, files: ["isp.*"] }
`,
  );
  const { rows } = await classifyFiles(paths, site);
  expect(rows).toHaveLength(1);
  return rows[0];
}

describe.each([
  ["with a capture of everything inside", true],
  ["alone", false],
])("taps of both uplinks that lose packets, %s", (_name, inside) => {
  const both = { out: movedAt(60), back: movedAt(60), inside };

  it("do not make a flow asymmetric that moved both ways", async () => {
    const lost: Course["lost"] = (uplink, way) => uplink === "er" && way === "back";
    const row = await rowOf({ ...both, lost });
    expect(row).toMatchObject({
      path_out: "mixed",
      path_back: "internet",
      symmetry: "unknown",
      verdict: "mixed",
    });
    expect(row?.reason).toContain("the way back was seen on no path for long after the other moved");
    expect(row?.asymmetric_s).toBeUndefined();
  });

  it("do not either where packets are seen again in the end", async () => {
    const lost: Course["lost"] = (uplink, way, second) => uplink === "er" && way === "out" && second < 310;
    expect(await rowOf({ ...both, lost })).toMatchObject({ path_out: "mixed", symmetry: "unknown" });
  });

  it("do not either where each loses one direction all the time", async () => {
    const lost: Course["lost"] = (uplink, way) => (uplink === "er") === (way === "back");
    const row = await rowOf({ ...both, lost });
    expect(row).toMatchObject({ path_out: "expressroute", path_back: "internet", symmetry: "unknown" });
  });

  it("do not where one loses a direction while the flow moves there and back", async () => {
    const away = (second: number): Uplink => (second < 60 || second > 240 ? "er" : "isp");
    const lost: Course["lost"] = (uplink, way) => uplink === "isp" && way === "back";
    const row = await rowOf({ out: away, back: away, inside: true, lost });
    expect(row).toMatchObject({ path_out: "mixed", path_back: "expressroute", symmetry: "symmetric" });
    const later = (second: number): Uplink => (second < 60 || (second > 200 && second < 390) ? "er" : "isp");
    expect(await rowOf({ out: later, back: later, inside: true, lost })).toMatchObject({
      path_back: "expressroute",
      symmetry: "unknown",
    });
  });

  it("leave a flow asymmetric of which one direction stayed, or came long after", async () => {
    const most: Course["lost"] = (uplink, way, second) =>
      uplink === "isp" && way === "back" && second % 20 > 0;
    expect(await rowOf({ ...both, back: () => "isp", lost: most })).toMatchObject({
      path_back: "internet",
      symmetry: "asymmetric",
    });
    expect(await rowOf({ ...both, back: movedAt(300), lost: most })).toMatchObject({
      path_back: "mixed",
      symmetry: "asymmetric",
    });
    const never = () => false;
    expect(await rowOf({ ...both, out: () => "er", back: () => "isp", lost: never })).toMatchObject({
      symmetry: "asymmetric",
    });
  });

  it("leave a flow symmetric that moved as one", async () => {
    expect(await rowOf({ ...both, lost: () => false })).toMatchObject({ symmetry: "symmetric" });
  });
});
