import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unreadLinks, unreadLinksText } from "../../src/classify/unread-links.ts";
import { pcap, pcapng } from "../support/captures.ts";
import { packetsOf } from "../support/rewrite.ts";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { o365flow } from "./run.ts";

const folder = temporaryFolder();
const USB = 220;

function written(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const TAP = join(ROOT, "fixtures", "two-taps", "lon-er1-tap.pcap");
const { packets } = packetsOf(readFileSync(TAP));
const some = packets.slice(0, 20);
const nothing = written("nothing.pcap", pcap(some, { linkType: 9999 }));
const beside = written(
  "beside.pcapng",
  pcapng(
    [...some, ...some.slice(0, 3).map((packet) => ({ ...packet, interface: 1 }))],
    [{ name: "eth0" }, { name: "usbmon1", linkType: USB }, { name: "usbmon2", linkType: 249 }],
  ),
);
const silent = written("silent.pcapng", pcapng(some, [{ name: "eth0" }, { name: "usbmon1", linkType: USB }]));

const NOTHING_SAID =
  "o365flow: nothing.pcap: not read, because such links are not decoded: 20 packets of link type 9999\n";
const BESIDE_SAID =
  "o365flow: beside.pcapng: not read, because such links are not decoded: 3 packets of link type 220 (USB)\n";

describe("packets of a link type that is not decoded", () => {
  it.each(["classify", "calls"])("are skipped input: %s names them and ends with status 3", (command) => {
    const none = o365flow([command, nothing, "--csv", "-q"]);
    expect([none.status, none.stderr]).toEqual([3, NOTHING_SAID]);
    expect(o365flow([command, nothing, "--strict", "-q"]).status).toBe(2);
    const part = o365flow([command, beside, "--csv", "-q"]);
    expect([part.status, part.stderr]).toEqual([3, BESIDE_SAID]);
  });

  it("beside others change no row", () => {
    const options = ["--columns", "flow_id,packets_out,packets_back,verdict", "--csv", "-q"];
    expect(o365flow(["classify", beside, ...options]).stdout).toBe(
      o365flow(["classify", silent, ...options]).stdout,
    );
  });

  it("prove no absence: what is not read may be what is missing", () => {
    const fixture = join(ROOT, "fixtures", "complete-tap");
    const { packets: tap } = packetsOf(readFileSync(join(fixture, "er-tap.pcap")));
    const last = tap.at(-1) ?? some[0];
    const bytes = pcapng([...tap, ...(last ? [{ ...last, interface: 1 }] : [])], [{}, { linkType: 9999 }]);
    const classified = (path: string): string =>
      o365flow(["classify", path, "--site", join(fixture, "site.yaml"), "--columns", "path_back_basis", "-q"])
        .stdout;
    expect(classified(written("er-tap-whole.pcapng", pcapng(tap, [{}])))).toContain("absence");
    expect(classified(written("er-tap-part.pcapng", bytes))).not.toContain("absence");
  });

  it("that an interface could have had and has not are nothing", () => {
    const run = o365flow(["classify", silent, "--csv", "-q"]);
    expect([run.status, run.stderr]).toEqual([0, ""]);
  });

  it.each<[string, string, string, string]>([
    ["all of them", nothing, NOTHING_SAID, "bad"],
    ["some of them", beside, BESIDE_SAID, "mind"],
  ])("are damage to doctor: %s", (_name, path, said, state) => {
    const { status, stdout, stderr } = o365flow(["doctor", path, "--json", "-q"]);
    const { findings } = JSON.parse(stdout) as { findings: { id: string; state: string; lines: string[] }[] };
    const line = said.replace("o365flow: ", "").trim();
    expect(findings.find(({ id }) => id === "damage")).toMatchObject({ state, lines: [line] });
    expect([status, stderr]).toEqual([3, said]);
  });

  it("are named by explain, annotate and audit, too", () => {
    const flow = o365flow(["classify", beside, "--columns", "flow_id", "--csv", "-q"]).stdout.split("\n")[1];
    const explained = o365flow(["explain", beside, flow ?? ""]);
    expect([explained.status, explained.stderr.includes(BESIDE_SAID)]).toEqual([3, true]);
    const annotated = o365flow(["annotate", beside, "-w", join(folder, "out.pcapng"), "-q"]);
    expect([annotated.status, annotated.stderr]).toEqual([3, BESIDE_SAID]);
    const out = join(folder, "audit");
    const audited = o365flow(["audit", beside, "--out", out, "--format", "csv", "-q"]);
    expect([audited.status, audited.stderr]).toEqual([3, BESIDE_SAID]);
    expect(readFileSync(join(out, "files.csv"), "utf8")).toContain("3 packets of link type 220 (USB)");
  });
});

describe("what is said of links that are not decoded", () => {
  it("adds interfaces of a type, the most packets first, and names a few types only", () => {
    const cards = [147, 148, 149, 150, 151, 152].map((linkType, i) => ({ linkType, packets: i + 1 }));
    const links = unreadLinks([...cards, { linkType: 147, packets: 9 }, { linkType: 1, packets: 7 }]);
    expect(links[0]).toEqual({ linkType: 147, packets: 10 });
    expect(unreadLinksText("x", links)).toBe(
      "x: not read, because such links are not decoded: 10 packets of link type 147, 6 packets of link type 152, " +
        "5 packets of link type 151, 4 packets of link type 150, 5 packets of others",
    );
    expect(unreadLinksText("x", [])).toBeUndefined();
  });
});
