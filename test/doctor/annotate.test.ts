import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { o365flow } from "../cli/run.ts";
import { ROOT } from "../support/shared.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]): string => join(ROOT, "fixtures", ...parts);
const TAPS = [at("two-taps", "lon-er1-tap.pcap"), at("two-taps", "lon-isp-tap.pcap")];
const SITE = ["--site", at("two-taps", "site.yaml")];

describe("annotate", () => {
  const target = join(folder, "findings.pcapng");
  const annotate = (...args: string[]): ReturnType<typeof o365flow> =>
    o365flow(["annotate", ...args, "-w", target]);

  it("writes the packets of asymmetric flows, which are read again as the same flows", () => {
    expect(annotate(...TAPS, ...SITE).status).toBe(0);
    const again = o365flow([
      "classify",
      target,
      "--columns",
      "community_id,packets_out,packets_back",
      "--csv",
      "-q",
    ]);
    const wanted = o365flow([
      ...["classify", ...TAPS, ...SITE, "--only", "asymmetric", "--csv", "-q"],
      ...["--columns", "community_id,packets_out,packets_back"],
    ]);
    expect(again.stdout.split("\n").toSorted()).toEqual(wanted.stdout.split("\n").toSorted());
    expect(wanted.stdout.trim().split("\n")).toHaveLength(3);
  });

  it("counts one packet as one", () => {
    const { status } = annotate(at("hop", "client.pcap"), "--site", at("hop", "site.yaml"));
    expect(status).toBe(0);
    expect(readFileSync(target, "latin1")).toContain("(1 packet from #136 of client.pcap)");
  });

  const tshark = spawnSync("tshark", ["--version"]).status === 0;
  it.skipIf(!tshark)("has the comments on the first packets of each direction, as tshark shows them", () => {
    annotate(...TAPS, ...SITE);
    const shown = spawnSync(
      "tshark",
      [
        "-r",
        target,
        "-Y",
        "frame.comment",
        "-T",
        "fields",
        "-e",
        "frame.interface_name",
        "-e",
        "frame.comment",
      ],
      { encoding: "utf8" },
    );
    const lines = shown.stdout.trim().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^lon-er1-tap\.pcap\to365flow: asymmetric\. First packet of the way out/);
    expect(lines[1]).toMatch(/^lon-isp-tap\.pcap\to365flow: asymmetric\. First packet of the way back/);
  });

  it.skipIf(!tshark)("comments where a moving flow changes its path", () => {
    annotate(at("failover", "failover.pcap"), "--site", at("failover", "site.yaml"));
    const shown = spawnSync("tshark", ["-r", target, "-T", "fields", "-e", "frame.comment"], {
      encoding: "utf8",
    });
    expect(shown.stdout).toContain("o365flow: from here on out is internet (VLAN 200)");
  });

  const editcap = spawnSync("editcap", ["--version"]).status === 0;
  it.skipIf(!tshark || !editcap)("keeps the comments that packets have, before its own", () => {
    const commented = join(folder, "commented.pcapng");
    const [capture = ""] = TAPS;
    const first = o365flow([
      ...["classify", ...TAPS, ...SITE, "--only", "asymmetric", "--json", "-q"],
      ...["--columns", "first_packet_out"],
    ]);
    const [row] = JSON.parse(first.stdout) as { first_packet_out: number }[];
    const number = String(row?.first_packet_out);
    spawnSync("editcap", ["-F", "pcapng", "-a", `${number}:a colleague's é`, capture, commented]);
    expect(annotate(commented, "--expressroute", "file=commented*", "--only", "unproven").status).toBe(0);
    const shown = spawnSync("tshark", ["-r", target, "-T", "fields", "-e", "frame.comment"], {
      encoding: "utf8",
    });
    expect(shown.stdout).toContain("a colleague's é,o365flow: unproven.");
    expect(shown.stdout.split("a colleague's é")).toHaveLength(2);
  });

  it("never overwrites a capture that it reads, and takes no standard input", () => {
    const copy = join(folder, "own.pcap");
    writeFileSync(copy, readFileSync(TAPS[0] ?? ""));
    const refused = o365flow(["annotate", copy, "-w", copy]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("is one of the captures");
    expect(Buffer.compare(readFileSync(copy), readFileSync(TAPS[0] ?? ""))).toBe(0);
    expect(o365flow(["doctor", copy, "-o", copy]).status).toBe(2);
    expect(o365flow(["site", "learn", copy, "-o", copy]).status).toBe(2);
    expect(Buffer.compare(readFileSync(copy), readFileSync(TAPS[0] ?? ""))).toBe(0);
    expect(o365flow(["annotate", "-", "-w", target]).status).toBe(2);
  });

  it.skipIf(process.platform === "win32")("names a capture without what steers a terminal", () => {
    const hostile = join(folder, "a\u001b]0;x\u0007\u009b2J.pcap");
    writeFileSync(hostile, readFileSync(at("failover", "failover.pcap")));
    expect(annotate(hostile, "--site", at("failover", "site.yaml")).status).toBe(0);
    const written = readFileSync(target);
    expect(written.includes("a\\x1b]0;x\\x07\\x9b2J.pcap")).toBe(true);
    expect(written.includes("a\u001b]0;")).toBe(false);
  });

  it("writes a file without packets where nothing is found", () => {
    const { status, stderr } = annotate(TAPS[0] ?? "");
    expect(status).toBe(0);
    expect(stderr).toContain("the file holds no packets");
    expect(readFileSync(target).readUInt32BE(0)).toBe(0x0a0d0d0a);
  });
});
