import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type LearnedMarker, siteProposal } from "../../src/site/learn.ts";
import { o365flow } from "../cli/run.ts";
import { pcap } from "../support/captures.ts";
import { at as startOf, Tape } from "../support/conversation.ts";
import { tlsSession } from "../support/scenarios.ts";
import { packetsOf, rewrittenPcap, shiftedPcap } from "../support/rewrite.ts";
import { ROOT } from "../support/shared.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]): string => join(ROOT, "fixtures", ...parts);
const TAPS = [at("two-taps", "lon-er1-tap.pcap"), at("two-taps", "lon-isp-tap.pcap")];
const SITE = ["--site", at("two-taps", "site.yaml")];

interface Diagnosis {
  answer: string;
  summary: string;
  captures: { name: string; packets: number; cut_packets: number }[];
  findings: { id: string; state: string; lines: string[] }[];
  next: string[];
}

function doctor(...args: string[]): Diagnosis & { of(id: string): { state: string; text: string } } {
  const { stdout } = o365flow(["doctor", ...args, "--json"]);
  const diagnosis = JSON.parse(stdout) as Diagnosis;
  return {
    ...diagnosis,
    of: (id) => {
      const found = diagnosis.findings.find((finding) => finding.id === id);
      return { state: found?.state ?? "absent", text: found?.lines.join("\n") ?? "" };
    },
  };
}

describe("doctor", () => {
  it("answers yes where every path is known, and asks for nothing more", () => {
    const found = doctor(...TAPS, ...SITE);
    expect(found).toMatchObject({ answer: "yes", next: [] });
    expect(found.captures.map(({ packets }) => packets)).toEqual([69, 72]);
    expect(found.findings.map(({ state }) => state)).not.toContain("bad");
  });

  it("answers no without a site, and names what would tell the paths apart", () => {
    const found = doctor(...TAPS);
    expect(found.answer).toBe("no");
    expect(found.of("markers").state).toBe("bad");
    expect(found.of("paths").text).toContain("next hop 00:00:5e:00:53:01 would decide");
    expect(found.next[0]).toContain("say which path each of these is");
  });

  it("says that one point of view cannot tell paths apart", () => {
    expect(doctor(at("teams-morning", "teams-morning.pcap")).next[0]).toContain(
      "this point cannot tell paths apart",
    );
  });

  it("asks for the other direction's link where one is missing", () => {
    const found = doctor(TAPS[0] ?? "", ...SITE);
    expect(found.answer).toBe("partly");
    expect(found.of("directions").state).not.toBe("good");
    expect(found.next.join("\n")).toContain("capture the link that carries the way back of 2 flows");
  });

  it("asks for nothing where one direction of traffic that stays inside is missing", () => {
    const folderOf = "scenario-hybrid-pstn-onprem";
    const { packets } = packetsOf(readFileSync(at(folderOf, "trunk.pcap")));
    const gateway = [10, 20, 6, 20];
    // Behind the Ethernet header and one tag; the source stands in bytes 12 to 15 of an IPv4 header.
    const isFromGateway = (bytes: Uint8Array): boolean => gateway.every((byte, i) => bytes[30 + i] === byte);
    const path = join(folder, "towards-gateway.pcap");
    writeFileSync(path, pcap(packets.filter(({ bytes }) => !isFromGateway(bytes))));
    const found = doctor(path, "--site", at(folderOf, "site.yaml"));
    expect(found.summary).toBe("No: the Office 365 traffic in these captures stays inside your network.");
    expect(found.next.join("\n")).not.toContain("the way back");
  });

  it("names markers that match nothing, with what was meant", () => {
    const site = join(folder, "typo.yaml");
    const text = readFileSync(at("edge-two-interfaces", "site.yaml"), "utf8");
    writeFileSync(site, text.replaceAll(/expressroute-er1|expressroute-\*/g, "expresroute-er1"));
    const found = doctor(at("edge-two-interfaces", "edge.pcapng"), "--site", site);
    expect(found.of("markers").text).toContain(
      '"expresroute-er1" matches nothing here; did you mean "expressroute-er1"?',
    );
  });

  it("names markers that contradict each other", () => {
    const tape = new Tape();
    const seen = [
      { tape, vlans: [100] },
      { tape, vlans: [200], laterMs: 0.1 },
    ];
    tlsSession({
      client: { address: "10.1.1.5", port: 50123 },
      server: { address: "13.107.6.152", port: 443 },
      start: startOf("2026-11-10T09:00:00Z"),
      seed: 5,
      forward: seen,
      backward: seen,
    });
    const path = join(folder, "odds.pcap");
    writeFileSync(path, tape.pcap());
    const found = doctor(path, "--expressroute", "vlan=100", "--internet", "vlan=200");
    expect(found.answer).toBe("no");
    expect(found.of("markers").state).toBe("mind");
    expect(found.of("markers").text).toContain("markers contradict each other in 1 flow: the same");
    expect(found.of("paths").text).not.toContain("would decide");
    expect(found.next).toEqual([
      "take the markers that packets of both paths have out of the site description, or narrow them with match",
    ]);
  });

  it("takes a site that declares NAT pools alone as it is, and sees that the capture is behind the NAT", () => {
    const found = doctor(at("nat-pool", "outside.pcap"), "--site", at("nat-pool", "site.yaml"));
    expect(found.of("markers").state).toBe("good");
    expect(found.of("nat").text).toMatch(/^public addresses: \d flows captured after source NAT/m);
    expect(found.next.join("\n")).not.toContain("correct the markers");
  });

  it("names the source addresses whose NAT pool would tell the way out, and none that is declared", () => {
    const outside = at("nat-pool", "outside.pcap");
    const bare = doctor(outside);
    expect(bare.of("paths").text).toContain("source address 203.0.113.5 would decide 3 directions");
    expect(bare.next.join("\n")).toContain("source address 203.0.113.5, source address 203.0.113.66;");
    const half = doctor(outside, "--expressroute", "nat=203.0.113.0/28").of("paths").text;
    expect(half).toContain("source address 203.0.113.66 would decide 2 directions");
    expect(half).not.toContain("203.0.113.5 ");
  });

  it("says how many more markers there are than it names", () => {
    expect(doctor(at("edge-next-hop", "segment.pcap")).next[0]).toContain(
      "00:00:5e:00:53:11 and 1 more; with --expressroute next-hop=VALUE",
    );
  });

  it("tells a clock that is off", () => {
    const isp = join(folder, "lon-isp-tap.pcap");
    writeFileSync(isp, shiftedPcap(readFileSync(TAPS[1] ?? ""), 3600));
    const found = doctor(TAPS[0] ?? "", isp, ...SITE);
    expect(found.answer).toBe("yes");
    expect(found.of("clocks").text).toMatch(
      /^lon-isp-tap\.pcap is about (?:1 h 0 min 0\.\d{3}|59 min 59\.99\d) s ahead of lon-er1-tap\.pcap/,
    );
  });

  it("says that packets were cut too short for names", () => {
    const cut = join(folder, "lon-er1-tap.pcap");
    writeFileSync(
      cut,
      rewrittenPcap(readFileSync(TAPS[0] ?? ""), (packet) => ({
        ...packet,
        bytes: packet.bytes.subarray(0, 68),
        originalLength: packet.bytes.length,
      })),
    );
    const found = doctor(cut, ...SITE);
    expect(found.of("snap-length").state).not.toBe("good");
    expect(found.of("snap-length").text).toContain("the shortest to 68 bytes");
  });

  it("ends with 3 for a capture that is cut short, 2 where nothing can be read, 0 else", () => {
    const broken = join(folder, "broken.pcap");
    writeFileSync(broken, readFileSync(TAPS[0] ?? "").subarray(0, 5000));
    expect(o365flow(["doctor", broken, ...SITE]).status).toBe(3);
    expect(o365flow(["doctor", broken, ...SITE, "--strict"]).status).toBe(2);
    expect(o365flow(["doctor", join(folder, "none.pcap")]).status).toBe(2);
    expect(o365flow(["doctor", ...TAPS]).status).toBe(0);
  });

  it("fits its text into 80 columns", () => {
    const { stdout } = o365flow(["doctor", ...TAPS]);
    expect(stdout).toContain("What to do next");
    const long = stdout.split("\n").filter((line) => line.length > 80);
    expect(long).toEqual([]);
  });
});

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

describe("site check --building --result", () => {
  it("finds subnets declared ExpressRoute and seen on the Internet", () => {
    const rows = join(folder, "rows.csv");
    const building = join(folder, "building.csv");
    expect(o365flow(["classify", ...TAPS, ...SITE, "-q", "-o", rows]).status).toBe(0);
    const row = (network: string, name: string, er: number): string =>
      `${network},${name},24,HQ,,,,London,,UK,,EMEA,1,${er},0\r\n`;
    writeFileSync(building, row("10.20.30.0", "London users", 1) + row("10.20.0.0", "Servers", 0));
    const held = o365flow(["site", "check", "--building", building, "--result", rows]);
    expect(held.status).toBe(0);
    expect(held.stdout.split("\n")[1]).toBe(
      '10.20.30.0/24,London users,HQ,true,4,2,2,0,"declared ExpressRoute, seen on the Internet"',
    );
    expect(o365flow(["site", "check", "--result", rows]).status).toBe(2);
  });

  it("places a flow that a user outside opened by the server that is ours", () => {
    const rows = join(folder, "inbound.csv");
    const building = join(folder, "inbound-building.csv");
    const columns = "er_eligible,client_ip,client_zone,server_ip,server_zone,path_out,path_back";
    writeFileSync(
      rows,
      `${columns}\r\ntrue,198.51.100.7,internet,10.20.0.5,internal,expressroute,expressroute\r\n`,
    );
    writeFileSync(building, "10.20.0.0,Edge,24,HQ,,,,London,,UK,,EMEA,1,0,0\r\n");
    const held = o365flow(["site", "check", "--building", building, "--result", rows]);
    expect(held.stdout.split("\n")[1]).toBe(
      '10.20.0.0/24,Edge,HQ,false,1,1,0,0,"not declared ExpressRoute, seen on it"',
    );
    expect(held.stderr).not.toContain("in no subnet");
  });
});

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

  it("writes a file without packets where nothing is found", () => {
    const { status, stderr } = annotate(TAPS[0] ?? "");
    expect(status).toBe(0);
    expect(stderr).toContain("the file holds no packets");
    expect(readFileSync(target).readUInt32BE(0)).toBe(0x0a0d0d0a);
  });
});
