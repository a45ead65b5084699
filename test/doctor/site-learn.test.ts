import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type LearnedMarker, siteProposal } from "../../src/site/learn.ts";
import { o365flow } from "../cli/run.ts";
import { pcap, pcapng } from "../support/captures.ts";
import { Tape } from "../support/conversation.ts";
import { erspan } from "../support/payloads.ts";
import { packetsOf } from "../support/rewrite.ts";
import { tlsSession } from "../support/scenarios.ts";
import { ROOT } from "../support/shared.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]): string => join(ROOT, "fixtures", ...parts);
const TAPS = [at("two-taps", "lon-er1-tap.pcap"), at("two-taps", "lon-isp-tap.pcap")];

describe("site learn", () => {
  it("shows what each marker carried, each way, and names no path", () => {
    const { stdout, status } = o365flow(["site", "learn", ...TAPS]);
    expect(status).toBe(0);
    expect(stdout).toContain("##   00:00:5e:00:53:01\n##       Office 365 out 4 flows");
    expect(stdout).not.toMatch(/^[^#]*kind: expressroute/m);
  });

  it("proposes what site check takes, and calls ExpressRoute what BGP shows", () => {
    const { stdout } = o365flow(["site", "learn", at("bgp-session", "handoff.pcap")]);
    expect(stdout).toMatch(/AS 12076.*\n {2}- name: .*\n {4}kind: expressroute\n {4}vlans: \["310"\]/);
    const file = join(folder, "learned.yaml");
    writeFileSync(file, stdout);
    const checked = o365flow(["site", "check", file]);
    expect(checked).toMatchObject({ status: 0 });
    expect(checked.stdout).toContain("1 path (1 expressroute)");
  });

  it.each([
    ["untagged, in a capture whose interface has no name", ["untagged"], '    files: ["untagged.pcap"]'],
    ["in two captures", ["tagged", "again"], '    vlans: ["310"]'],
    ["with a tag and without", ["tagged", "untagged"], '    vlans: ["310"]\n    files: ["untagged.pcap"]'],
    ["untagged beside frames with tags", ["mixed"], undefined],
  ])("proposes one valid path of a BGP session seen %s", (_, names, markers) => {
    const { packets } = packetsOf(readFileSync(at("bgp-session", "handoff.pcap")));
    // 0x8100 and the tag stand in bytes 12 to 15 of the frame.
    const ofSession = packets.filter(
      ({ bytes }) => (((bytes[14] ?? 0) & 15) << 8) + (bytes[15] ?? 0) === 310,
    );
    const others = packets.filter((packet) => !ofSession.includes(packet));
    const bare = ofSession.map((packet) => ({
      ...packet,
      bytes: Uint8Array.from([...packet.bytes.subarray(0, 12), ...packet.bytes.subarray(16)]),
    }));
    const captures = { untagged: bare, tagged: ofSession, again: ofSession, mixed: [...bare, ...others] };
    const paths = names.map((name) => join(folder, `${name}.pcap`));
    for (const [place, name] of names.entries())
      writeFileSync(paths[place] ?? "", pcap(captures[name as keyof typeof captures]));
    const { stdout } = o365flow(["site", "learn", ...paths]);
    const file = join(folder, "learned-bgp.yaml");
    writeFileSync(file, stdout);
    const checked = o365flow(["site", "check", file]);
    expect(checked.status, checked.stderr).toBe(0);
    expect(checked.stdout).toContain(markers === undefined ? "; 0 paths;" : "; 1 path (1 expressroute);");
    expect(stdout).toContain(markers ?? "no marker means these packets alone");
  });

  it("names no VLAN of a BGP session that another interface has, too, and the mirror session of one without", () => {
    const { packets } = packetsOf(readFileSync(at("bgp-session", "handoff.pcap")));
    const isOfBgp = ({ bytes }: { readonly bytes: Uint8Array }): boolean => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return view.getUint16(12) === 0x8100 && [view.getUint16(38), view.getUint16(40)].includes(179);
    };
    const beside = packets.map((packet) => ({ ...packet, interface: isOfBgp(packet) ? 1 : 0 }));
    const twoLinks = join(folder, "two-links.pcapng");
    writeFileSync(twoLinks, pcapng(beside, [{ name: "eth0" }, { name: "eth1" }]));
    const { stdout } = o365flow(["site", "learn", twoLinks]);
    expect(stdout).toContain("VLAN 310; no marker means these packets alone");
    expect(stdout).not.toMatch(/^ {2}- name:/m);

    const mirrored = packets.map((packet, i) => {
      const bare = Uint8Array.from([...packet.bytes.subarray(0, 12), ...packet.bytes.subarray(16)]);
      return { ...packet, bytes: erspan(isOfBgp(packet) ? 5 : 6, i, isOfBgp(packet) ? bare : packet.bytes) };
    });
    const collector = join(folder, "collector.pcap");
    writeFileSync(collector, pcap(mirrored));
    expect(o365flow(["site", "learn", collector]).stdout).toContain("    erspan-sessions: [5]\n");
  });

  it("holds a next hop for each direction, as HSRP makes it, for nothing that tells paths apart", () => {
    const way = (packets: number): { flows: number; packets: number } => ({ flows: 1, packets });
    const marker = (
      kind: "next-hop" | "interface",
      value: string,
      out: number,
      back: number,
    ): LearnedMarker => ({
      kind,
      value,
      office365: { out: way(out), back: way(back) },
      other: { out: way(0), back: way(0) },
      unknown: 2,
    });
    const text = siteProposal({
      captures: ["a.pcapng"],
      markers: [
        marker("next-hop", "00:00:0c:07:ac:01", 20, 0),
        marker("next-hop", "00:00:5e:00:53:11", 0, 18),
        marker("interface", "er", 10, 9),
        marker("interface", "isp", 10, 9),
      ],
      bgpLinks: [],
    });
    expect(text).toContain("one way each, so they tell nothing apart here");
    expect(text).toContain('#     interfaces: ["er"]');
    expect(text).not.toContain("#     next-hops:");
  });

  it("does not say that nothing tells paths apart behind one that BGP shows", () => {
    const marker = { kind: "vlan", value: "100" } as const;
    const link = {
      file: "a.pcap",
      interfaceName: undefined,
      vlan: "100",
      erspanSession: -1,
      path: "bgp",
      marker,
    };
    const text = siteProposal({ captures: ["a.pcap"], markers: [], bgpLinks: [link] });
    expect(text).toContain('vlans: ["100"]\n## No other marker here tells one path from another.\n');
    expect(text).not.toContain("Nothing here");
    expect(siteProposal({ captures: ["a.pcap"], markers: [], bgpLinks: [] })).toContain(
      "## Nothing here tells",
    );
  });

  it("counts a flow for each marker that its packets had on their way, and once for each", () => {
    const [inside, uplinks] = [new Tape(), new Tape()];
    for (let i = 0; i < 4; i++) {
      const vlans = [i < 3 ? 100 : 200];
      // What one point sees first the other has copies of, the other way round for what comes back.
      tlsSession({
        client: { address: `10.1.1.${i + 1}`, port: 50_001 },
        server: { address: "13.107.6.152", port: 443 },
        start: BigInt(Date.parse("2026-03-05T09:00:00Z") + 100 * i) * 1_000_000n,
        host: "outlook.office365.com",
        seed: 40 + 2 * i,
        forward: [{ tape: inside }, { tape: uplinks, vlans, laterMs: 0.3, ttl: 63 }],
        backward: [
          { tape: uplinks, vlans, ttl: 56 },
          { tape: inside, ttl: 55, laterMs: 0.3 },
        ],
      });
    }
    const paths = ["in", "up"].map((name) => join(folder, `${name}.pcap`));
    [inside, uplinks].forEach((tape, i) => writeFileSync(paths[i] ?? "", tape.pcap()));
    const { stdout } = o365flow(["site", "learn", ...paths]);
    expect(stdout).toMatch(/##   100\n##       Office 365 out 3 flows \(.*\), back 3 flows/);
    expect(stdout).toMatch(/##   200\n##       Office 365 out 1 flow \(.*\), back 1 flow/);
    for (const name of ["in", "up"])
      expect(stdout).toMatch(
        new RegExp(`##   ${name}\\.pcap\\n##       Office 365 out 4 flows \\(.*\\), back 4 flows`),
      );
    const { stdout: doctor } = o365flow(["doctor", ...paths]);
    expect(doctor).toContain("VLAN 100 would decide 6 directions of Office 365 flows");
  });

  it("is a valid site when the comments of its paths are taken off and the kinds chosen", () => {
    const { stdout } = o365flow(["site", "learn", ...TAPS]);
    const file = join(folder, "named.yaml");
    let kinds = 0;
    const named = stdout
      .replaceAll(/^# /gm, "")
      .replaceAll("WHICH", () => (kinds++ === 0 ? "expressroute" : "internet"));
    writeFileSync(file, named);
    const rows = o365flow(["classify", ...TAPS, "--site", file, "--columns", "symmetry", "--csv", "-q"]);
    expect(rows.status, rows.stderr).toBe(0);
    expect(rows.stdout.match(/^asymmetric$/gm)?.length).toBe(2);
  });
});
