import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { o365flow } from "../cli/run.ts";
import { concat, u16, u32, u8 } from "../support/bytes.ts";
import { pcap } from "../support/captures.ts";
import { at as startOf, Tape } from "../support/conversation.ts";
import { udp } from "../support/packets.ts";
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

  it("says of captures that hold one direction alone that it may be the mirror's doing", () => {
    const [er, isp, both] = [new Tape(), new Tape(), new Tape()];
    for (const [i, forward] of [er, er, both].entries())
      tlsSession({
        client: { address: "10.20.30.41", port: 50_000 + i },
        server: { address: "52.113.194.132", port: 443 },
        start: startOf("2026-03-05T09:00:00Z"),
        forward: [{ tape: forward }],
        backward: [{ tape: forward === both ? both : isp }],
        host: "teams.microsoft.com",
        seed: 5 + i,
        requests: Array.from({ length: 30 }, () => 200),
        responses: Array.from({ length: 30 }, () => 900),
      });
    const files = Object.entries({ er, isp, both }).map(([name, tape]) => {
      writeFileSync(join(folder, `${name}.pcap`), tape.pcap());
      return join(folder, `${name}.pcap`);
    });
    const declared = ["--expressroute", "file=er.pcap", "--internet", "file=isp.pcap"];
    const found = doctor(...files, ...declared);
    expect(found.of("directions").state).toBe("mind");
    expect(found.of("directions").text).toMatch(
      /^file er\.pcap has only what leaves your network \(\d+ packets\)/m,
    );
    expect(found.of("directions").text).toMatch(/^file isp\.pcap has only what comes back/m);
    expect(found.of("directions").text).not.toContain("both.pcap");
    expect(found.next.join("\n")).toContain("both directions are mirrored to file");
    expect(doctor(files[2] ?? "", ...declared).of("directions").state).toBe("good");
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

  it("asks nobody to say which path a tap is that flows of several paths pass", () => {
    const [inside, er, isp] = [new Tape(), new Tape(), new Tape()];
    for (const [i, uplink] of [er, isp, undefined].entries()) {
      const seen = [
        { tape: inside },
        ...(uplink === undefined ? [] : [{ tape: uplink, laterMs: 0.3, ttl: 63 }]),
      ];
      tlsSession({
        client: { address: `10.1.1.${i + 1}`, port: 50123 },
        server: { address: "13.107.6.152", port: 443 },
        start: startOf("2026-11-10T09:00:00Z"),
        seed: 50 + 2 * i,
        forward: seen,
        backward: seen,
      });
    }
    const paths = ["inside", "uplink-er", "uplink-isp"].map((name) => join(folder, `${name}.pcap`));
    [inside, er, isp].forEach((tape, i) => writeFileSync(paths[i] ?? "", tape.pcap()));
    const declared = doctor(...paths, "--expressroute", "file=uplink-er*", "--internet", "file=uplink-isp*");
    expect(declared.of("paths").text).toContain("not known: 1");
    expect(declared.of("paths").text).not.toContain("would decide");
    // One of which the paths are not known may be an uplink's.
    const half = doctor(...paths, "--expressroute", "file=uplink-er*");
    expect(half.of("paths").text).toContain("file uplink-isp.pcap would decide 2 directions");
  });

  it("says that interface indices of several captures may be of different hosts", () => {
    // LINKTYPE_LINUX_SLL2 as the tcpdump group describes it; type 4 went out, 0 came in.
    const cooked = (index: number, type: 0 | 4, packet: Uint8Array): Uint8Array =>
      concat(u16(0x0800), u16(0), u32(index), u16(1), u8(type, 6), new Uint8Array(8), packet);
    const paths = ["one", "two"].map((name, host) => {
      const ours = { source: `10.1.1.${host + 1}`, sourcePort: 50_010 };
      const theirs = { source: "52.112.10.20", sourcePort: 3479 };
      const packets = [4, 5].flatMap((index) => {
        const here = { ...ours, sourcePort: ours.sourcePort + index };
        const out = udp(
          { ...here, destination: theirs.source, destinationPort: theirs.sourcePort },
          u8(1, 2),
        );
        const back = udp({ ...theirs, destination: here.source, destinationPort: here.sourcePort }, u8(3, 4));
        return [cooked(index, 4, out), cooked(index, 0, back)];
      });
      const path = join(folder, `any-${name}.pcap`);
      const time = startOf("2026-11-10T09:00:00Z");
      writeFileSync(
        path,
        pcap(
          packets.map((bytes, i) => ({ time: time + BigInt(i) * 1_000_000n, bytes })),
          { linkType: 276 },
        ),
      );
      return path;
    });
    expect(doctor(...paths).of("paths").text).toContain(
      "ifindex-4, ifindex-5: in several captures. Each host numbers its own interfaces",
    );
    const one = doctor(paths[0] ?? "").of("paths").text;
    expect(one).toContain("interface ifindex-4 would decide");
    expect(one).not.toContain("in several captures");
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
