import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { pcap } from "../support/captures.ts";
import { milliseconds, Tape } from "../support/conversation.ts";
import { tlsSession } from "../support/scenarios.ts";
import { audit, classified } from "./pipeline.ts";
import { folder, settings, START } from "./stage-work.ts";

const SESSIONS = 60;

/** Writes what the two taps saw. */
function written(tapes: Readonly<Record<"inside" | "outside", Tape>>): string[] {
  const directory = folder();
  return Object.entries(tapes).map(([name, { packets }]) => {
    const path = join(directory, `${name}.pcap`);
    writeFileSync(path, pcap(packets));
    return path;
  });
}

/**
 * Sessions seen inside of source NAT and, 400 ms later, outside: of many, the legs end in two different seconds. With `moreMs` the
 * server sends once more so much later, to a client that is gone.
 */
function taps(moreMs?: number): string[] {
  const [inside, outside] = [new Tape(), new Tape()];
  for (let i = 0; i < SESSIONS; i++) {
    const nat = { address: "203.0.113.5", port: 2000 + 7 * i };
    const session = tlsSession({
      client: { address: `10.1.0.${i + 1}`, port: 50_000 + i },
      server: { address: "13.107.6.152", port: 443 },
      host: "outlook.office365.com",
      start: START + milliseconds(i * 1009),
      seed: i + 1,
      forward: [
        { tape: inside, ttl: 64 },
        { tape: outside, ttl: 63, laterMs: 400, nat },
      ],
      backward: [
        { tape: outside, ttl: 60, nat },
        { tape: inside, ttl: 59, laterMs: 400 },
      ],
      requests: [300],
      responses: [900],
      open: moreMs !== undefined,
    });
    if (moreMs === undefined) continue;
    session.backward = [{ tape: outside, ttl: 60, nat }];
    session.wait(moreMs).acknowledge("server");
  }
  return written({ inside, outside });
}

/** Sessions every 400 ms, every sixth with one random: 2.4 s are too late for the other leg of a flow. */
function alike(): string[] {
  const [inside, outside] = [new Tape(), new Tape()];
  for (let i = 0; i < SESSIONS; i++)
    tlsSession({
      client: { address: `10.1.0.${i + 1}`, port: 50_000 + i },
      server: { address: "13.107.6.152", port: 443 },
      host: "outlook.office365.com",
      start: START + milliseconds(i * 400),
      seed: i % 6 === 0 ? 1 : 1 + i,
      forward: [{ tape: i % 4 < 2 ? inside : outside, ttl: 64 }],
      backward: [{ tape: i % 4 < 2 ? inside : outside, ttl: 60 }],
      requests: [300],
      responses: [900],
    });
  return written({ inside, outside });
}

it.each([
  ["in different seconds", undefined],
  ["far apart", 20_000],
])(
  "keeps the legs of a flow together that end %s, between which a batch would end",
  async (_name, moreMs) => {
    const site = siteFromText(
      `{ version: 1, name: Batches, paths: [{ name: er, kind: expressroute, files: ["outside*"], nat: [203.0.113.0/28] }] }`,
      "site.yaml",
    );
    const files = taps(moreMs);
    const own = { ...settings, site };
    const expected = await classified(files, own);
    expect(expected.split("\n").filter((line) => line.includes("client-hello-random"))).toHaveLength(
      SESSIONS,
    );
    const { csv } = await audit(files, own, { batch: { wanted: 1, most: Number.POSITIVE_INFINITY } });
    expect(csv).toBe(expected);
  },
);

it("keeps rows in the order of their ends where legs looked alike and were not one", async () => {
  const files = alike();
  const expected = await classified(files, settings);
  const { csv } = await audit(files, settings, { batch: { wanted: 1, most: Number.POSITIVE_INFINITY } });
  expect(csv).toBe(expected);
  const [header = [], ...rows] = csv
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  const ends = rows.map((row) => row[header.indexOf("end")]);
  expect(ends).toHaveLength(SESSIONS);
  expect(ends).toEqual(ends.toSorted());
});
