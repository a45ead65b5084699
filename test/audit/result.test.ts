import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readTemporaryName } from "../../src/audit/publish.ts";
import { Noise } from "../support/bytes.ts";
import { pcap } from "../support/captures.ts";
import { milliseconds, Tape, TcpConversation, UdpConversation } from "../support/conversation.ts";
import { clientHello, dnsQuery, dnsResponse, serverHello, tlsData } from "../support/payloads.ts";
import { audit, rowsOf } from "./pipeline.ts";
import { filesBelow, FIRST, folder, lookups, settings, START } from "./stage-work.ts";

describe("an audit", () => {
  it("has a row for every capture: read, damaged, unreadable, set aside", async () => {
    const place = folder();
    const good = lookups(place, "good.pcap", 0, 3);
    const cut = lookups(place, "cut.pcap", 100, 3);
    writeFileSync(cut, readFileSync(cut).subarray(0, -7));
    const text = join(place, "text.pcap");
    writeFileSync(text, "words");
    const heavy = lookups(place, "heavy.pcap", 200, 3);
    const directory = folder();
    const { result } = await audit(
      [good, cut, text, heavy],
      settings,
      { setAside: [{ path: heavy, sha256: "", reason: "took more memory than a worker has" }] },
      directory,
    );
    const files = rowsOf(readFileSync(join(directory, "files.csv"), "utf8"));
    expect(files.map(({ capture, status, packets }) => [capture, status, packets])).toEqual([
      ["cut.pcap", "truncated", "5"],
      ["good.pcap", "ok", "6"],
      ["heavy.pcap", "set-aside", "6"],
      ["text.pcap", "unreadable", "0"],
    ]);
    expect(files[2]?.["reason"]).toBe("took more memory than a worker has");
    expect(files[3]?.["reason"]).toMatch(/is no capture/);
    expect(files[0]?.["reason"]).not.toBe("");
    expect(result.flows).toBe(6);
  });

  it("of captures that none can be read has an empty result with their reasons", async () => {
    const place = folder();
    const text = join(place, "text.pcap");
    writeFileSync(text, "words");
    const { csv, result, directory } = await audit([text], settings, {}, folder());
    expect(result).toMatchObject({ flows: 0, calls: 0 });
    expect(rowsOf(csv)).toEqual([]);
    expect(rowsOf(readFileSync(join(directory, "files.csv"), "utf8"))).toHaveLength(1);
  });

  it("knows a server by a name that was looked up in another window and file", async () => {
    const place = folder();
    const tapes = [new Tape(), new Tape()] as const;
    const client = "10.1.2.3";
    const [first, second] = tapes;
    new UdpConversation({
      client: { address: client, port: 5555 },
      server: { address: "10.1.0.53", port: 53 },
      start: START,
      forward: [{ tape: first }],
      backward: [{ tape: first }],
    })
      .send("client", dnsQuery(7, "outlook.office365.com", 1))
      .send(
        "server",
        dnsResponse(7, { name: "outlook.office365.com", addresses: ["52.96.0.9"], timeToLive: 900 }),
      );
    new TcpConversation({
      client: { address: client, port: 40_000 },
      server: { address: "52.96.0.9", port: 443 },
      start: START + milliseconds(400_000),
      forward: [{ tape: second }],
      backward: [{ tape: second }],
    })
      .connect()
      .send("client", tlsData(new Noise(1), 100), "acknowledged");
    const paths = tapes.map((tape, i) => {
      const path = join(place, `${i}.pcap`);
      writeFileSync(path, tape.pcap());
      return path;
    });
    const { csv, plan } = await audit(paths, settings, { windowBytes: 1 }, folder());
    expect(plan.maps).toHaveLength(2);
    const row = rowsOf(csv).find(({ transport }) => transport === "tcp");
    expect(row).toMatchObject({ host: "outlook.office365.com", host_source: "dns" });
  });

  it("says what a ClientHello said three windows ago of a connection that goes on", async () => {
    const place = folder();
    const tape = new Tape();
    const tls = new TcpConversation({
      client: { address: "10.1.2.3", port: 40_000 },
      server: { address: "52.96.0.9", port: 443 },
      start: START,
      forward: [{ tape }],
      backward: [{ tape }],
    })
      .connect()
      .send("client", clientHello({ serverName: "outlook.office365.com", seed: 3 }), "acknowledged")
      .send("server", serverHello({ seed: 4, clientSeed: 3 }), "acknowledged");
    for (let i = 1; i <= 4; i++)
      tls.wait(1_000_000).send("client", tlsData(new Noise(i), 700), "acknowledged");
    const path = join(place, "long.pcap");
    writeFileSync(path, tape.pcap());
    const extraBorders = [1, 2, 3, 4].map((i) => FIRST + i * 1000 - 500);
    const { csv, plan } = await audit([path], settings, { extraBorders }, folder());
    expect(plan.maps).toHaveLength(5);
    const rows = rowsOf(csv);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      host: "outlook.office365.com",
      host_source: "sni",
      retransmissions: "0",
    });
    expect(Number(rows[0]?.["duration_s"])).toBeGreaterThan(3999);
  });

  it("counts totals that add up to its rows", async () => {
    const place = folder();
    const paths = [lookups(place, "a.pcap", 0, 5), lookups(place, "b.pcap", 4000, 7)];
    const { result, directory, csv } = await audit(paths, settings, { windowBytes: 1 }, folder());
    expect(result.flows).toBe(12);
    const totals = rowsOf(readFileSync(join(directory, "totals.csv"), "utf8"));
    const rows = rowsOf(csv);
    for (const dimension of ["all", "service", "path", "verdict", "symmetry", "subnet", "hour", "capture"]) {
      const own = totals.filter((row) => row["dimension"] === dimension);
      expect(own.reduce((sum, row) => sum + Number(row["flows"]), 0)).toBe(12);
      expect(own.reduce((sum, row) => sum + Number(row["bytes_out"]), 0)).toBe(
        rows.reduce((sum, row) => sum + Number(row["bytes_out"]), 0),
      );
    }
    expect(
      totals.filter(({ dimension }) => dimension === "hour").map(({ value, flows }) => [value, flows]),
    ).toEqual([
      ["2026-03-05T09:00:00Z", "5"],
      ["2026-03-05T10:00:00Z", "7"],
    ]);
    expect(totals.find(({ dimension }) => dimension === "subnet")?.["value"]).toBe("10.1.2.0/24");
  });

  it("writes a later result over an earlier one", async () => {
    const place = folder();
    const directory = folder();
    const paths = [lookups(place, "a.pcap", 0, 2), lookups(place, "b.pcap", 4000, 2)];
    const before = await audit(paths.slice(0, 1), settings, {}, directory);
    expect(rowsOf(before.csv)).toHaveLength(2);
    const after = await audit(paths, settings, {}, directory);
    expect(rowsOf(after.csv)).toHaveLength(4);
  });

  it("works in a folder whose name is hard to write in SQL and globs", async () => {
    const directory = join(folder(), "it's [a] {b,c} *?");
    mkdirSync(directory);
    const { result } = await audit([lookups(folder(), "a.pcap", 0, 3)], settings, {}, directory);
    expect(result.flows).toBe(3);
    expect(readFileSync(join(directory, "report.html"), "utf8")).toMatch(/^<!doctype html>/i);
  });

  it("leaves no unfinished file and no scratch behind", async () => {
    const place = folder();
    const { directory } = await audit([lookups(place, "a.pcap", 0, 3)], settings, {}, folder());
    expect(filesBelow(directory).filter((name) => readTemporaryName(name) !== undefined)).toEqual([]);
    expect(readdirSync(join(directory, "scratch"))).toEqual([]);
  });

  it("takes a pcap of nothing for a capture without packets", async () => {
    const place = folder();
    writeFileSync(join(place, "none.pcap"), pcap([]));
    const { result } = await audit(
      [join(place, "none.pcap"), lookups(place, "a.pcap", 0, 1)],
      settings,
      {},
      folder(),
    );
    expect(result.flows).toBe(1);
  });
});
