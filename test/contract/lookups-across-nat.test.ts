import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { at, milliseconds, type Tap, Tape, UdpConversation } from "../support/conversation.ts";
import { dnsQuery, dnsResponse } from "../support/payloads.ts";
import { tlsSession } from "../support/scenarios.ts";
import { siteWithMarkers } from "../../src/site/options.ts";
import { defaultSite } from "../../src/site/site.ts";

/** DNS id with name across source NAT between stages of one capture. */

const START = at("2026-11-10T09:00:00Z");
const INSIDE = { address: "10.1.1.5", port: 50123 };
const OTHER = { address: "10.1.1.6", port: 50999 };
const OUTSIDE = { address: "203.0.113.5", port: 33333 };
const NAME = "outlook.office365.com";
const ANSWER = { name: NAME, addresses: ["13.107.6.152"] };
const folder = mkdtempSync(join(tmpdir(), "o365flow-lookups-"));
afterAll(() => rmSync(folder, { recursive: true }));
let made = 0;

const SITE = siteWithMarkers(defaultSite(), {
  expressroute: ["interface=er*"],
  internet: ["interface=isp*", "vlan=200"],
  internal: [],
  remote: [],
});
const CARDS = [{ name: "inside" }, { name: "isp" }, { name: "er" }];

async function rowsOf(bytes: Uint8Array, site = SITE) {
  const path = join(folder, `${(made += 1)}.pcapng`);
  writeFileSync(path, bytes);
  const { rows } = await classifyFiles([path], site);
  return rows;
}

interface Asked {
  readonly client: typeof INSIDE;
  /** Where the question, and the answer, passed. */
  readonly forward: readonly Tap[];
  readonly backward: readonly Tap[];
  readonly afterMs?: number;
  readonly id?: number;
  readonly name?: string;
  readonly answer?: typeof ANSWER | undefined;
  readonly rttMs?: number;
}

function ask({ client, forward, backward, afterMs = 0, id = 4711, name = NAME, ...more }: Asked): void {
  const answer = "answer" in more ? more.answer : { ...ANSWER, name };
  const start = START + milliseconds(afterMs);
  const server = { address: "8.8.8.8", port: 53 };
  const flow = new UdpConversation({ client, server, start, forward, backward, rttMs: more.rttMs ?? 12 });
  flow.send("client", dnsQuery(id, name));
  if (answer !== undefined) flow.send("server", dnsResponse(id, answer));
}

/** A firewall's two sides: what the outer one has is translated, and a millisecond behind on the way out. */
function throughFirewall(inner: Tap, outer: Tap, nat = OUTSIDE): Pick<Asked, "forward" | "backward"> {
  return {
    forward: [inner, { ...outer, nat, laterMs: (inner.laterMs ?? 0) + 1 }],
    backward: [
      { ...outer, nat },
      { ...inner, laterMs: 1 },
    ],
  };
}

const JOINED = { client_ip: "10.1.1.5", nat_ip: "203.0.113.5", nat_port: 33333, join_basis: "dns-id" };

describe("one row of a lookup that a firewall captured on both sides", () => {
  test("on two interfaces of one pcapng", async () => {
    const tape = new Tape();
    ask({ client: INSIDE, ...throughFirewall({ tape }, { tape, interface: 1 }) });
    const rows = await rowsOf(tape.pcapng(CARDS));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ ...JOINED, packets_out: 1, packets_back: 1 });
    expect(rows[0]).toMatchObject({ path_out: "internet", path_back: "internet", verdict: "not-office365" });
  });

  test("out by one interface and back by another", async () => {
    const tape = new Tape();
    const inner = { tape };
    ask({
      client: INSIDE,
      forward: [inner, { tape, interface: 2, nat: OUTSIDE, laterMs: 1 }],
      backward: [
        { tape, interface: 1, nat: OUTSIDE },
        { ...inner, laterMs: 1 },
      ],
    });
    const rows = await rowsOf(tape.pcapng(CARDS));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ ...JOINED, path_out: "expressroute", path_back: "internet" });
    expect(rows[0]?.verdict).toBe("asymmetric");
  });

  test.each([
    ["VLANs", { vlans: [10] }, { vlans: [200] }],
    [
      "Ethernet addresses",
      { source: "00:00:5e:00:53:0a", destination: "00:00:5e:00:53:0b" },
      { source: "00:00:5e:00:53:0c", destination: "00:00:5e:00:53:0d" },
    ],
  ])("in one pcap whose stages differ in %s", async (_name, inner, outer) => {
    const tape = new Tape();
    ask({ client: INSIDE, ...throughFirewall({ tape, ...inner }, { tape, ...outer }) });
    const rows = await rowsOf(tape.pcap());
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject(JOINED);
  });

  test("a question that nobody answered", async () => {
    const tape = new Tape();
    ask({ client: INSIDE, ...throughFirewall({ tape }, { tape, interface: 1 }), answer: undefined });
    const rows = await rowsOf(tape.pcapng(CARDS));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ ...JOINED, packets_out: 1, packets_back: 0 });
  });

  test("each time that it was asked, from another port", async () => {
    const tape = new Tape();
    for (const [afterMs, port] of [
      [0, 50123],
      [1000, 50124],
    ] as const) {
      const course = throughFirewall({ tape }, { tape, interface: 1 }, { ...OUTSIDE, port: port - 20_000 });
      ask({ client: { ...INSIDE, port }, ...course, afterMs, answer: undefined });
    }
    const rows = await rowsOf(tape.pcapng(CARDS));
    expect(rows.map(({ client_port, nat_port }) => [client_port, nat_port])).toEqual([
      [50123, 30123],
      [50124, 30124],
    ]);
  });

  test("of two clients that asked the same with other ids", async () => {
    const tape = new Tape();
    const course = (port: number): Pick<Asked, "forward" | "backward"> =>
      throughFirewall({ tape }, { tape, interface: 1 }, { ...OUTSIDE, port });
    ask({ client: INSIDE, ...course(33333), id: 1 });
    ask({ client: OTHER, ...course(44444), id: 2, afterMs: 0.2 });
    const rows = await rowsOf(tape.pcapng(CARDS));
    expect(rows.map(({ client_ip, nat_port }) => [client_ip, nat_port])).toEqual([
      ["10.1.1.5", 33333],
      ["10.1.1.6", 44444],
    ]);
  });

  test("of a capture without Ethernet addresses, when question and answer both nest", async () => {
    const tape = new Tape();
    ask({ client: INSIDE, ...throughFirewall({ tape }, { tape }) });
    const rows = await rowsOf(rawPcap(tape));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject(JOINED);
  });
});

describe("lookups that stay apart", () => {
  const apart: readonly [string, (tape: Tape) => void][] = [
    [
      "two clients with one id, and one of them passed the firewall",
      (tape) => {
        ask({ client: INSIDE, ...throughFirewall({ tape }, { tape, interface: 1 }) });
        ask({ client: OTHER, forward: [{ tape }], backward: [{ tape, laterMs: 3 }], afterMs: -0.1 });
      },
    ],
    [
      "two clients inside, one on each side, by chance",
      (tape) => {
        ask({ client: INSIDE, forward: [{ tape }], backward: [{ tape, laterMs: 2 }] });
        ask({
          client: OTHER,
          forward: [{ tape, interface: 1 }],
          backward: [{ tape, interface: 1 }],
          afterMs: 1,
        });
      },
    ],
    [
      "another spelling of the name (0x20)",
      (tape) => {
        ask({ client: INSIDE, forward: [{ tape }], backward: [{ tape, laterMs: 2 }] });
        const outer = [{ tape, interface: 1 }];
        ask({ client: OUTSIDE, name: "outlook.OFFICE365.com", forward: outer, backward: outer, afterMs: 1 });
      },
    ],
    [
      "another answer",
      (tape) => {
        ask({ client: INSIDE, forward: [{ tape }], backward: [{ tape, laterMs: 2 }] });
        const outer = [{ tape, interface: 1 }];
        const answer = { name: NAME, addresses: ["13.107.6.152", "13.107.18.10"] };
        ask({ client: OUTSIDE, forward: outer, backward: outer, afterMs: 1, answer });
      },
    ],
    [
      "an answer outside that came after the one inside",
      (tape) => {
        ask({ client: INSIDE, forward: [{ tape }], backward: [{ tape }] });
        const outer = [{ tape, interface: 1 }];
        ask({ client: OUTSIDE, forward: outer, backward: outer, afterMs: 1 });
      },
    ],
    [
      "a question outside before the one inside",
      (tape) => {
        ask({ client: INSIDE, forward: [{ tape }], backward: [{ tape, laterMs: 5 }] });
        const outer = [{ tape, interface: 1 }];
        ask({ client: OUTSIDE, forward: outer, backward: outer, afterMs: -1 });
      },
    ],
    [
      "seconds later",
      (tape) => {
        ask({ client: INSIDE, forward: [{ tape }], backward: [] });
        ask({ client: OUTSIDE, forward: [{ tape, interface: 1 }], backward: [], afterMs: 3000 });
      },
    ],
    [
      "at one place of the capture",
      (tape) => {
        ask({ client: INSIDE, forward: [{ tape }], backward: [{ tape, laterMs: 2 }] });
        ask({ client: OUTSIDE, forward: [{ tape }], backward: [{ tape }], afterMs: 1 });
      },
    ],
  ];
  test.each(apart)("%s", async (_name, play) => {
    const tape = new Tape();
    play(tape);
    const rows = await rowsOf(tape.pcapng(CARDS));
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.map(({ join_basis, nat_ip }) => [join_basis, nat_ip])).toEqual(
      rows.map(() => [undefined, undefined]),
    );
  });

  test("a question alone, in a capture without Ethernet addresses", async () => {
    const tape = new Tape();
    ask({ client: INSIDE, ...throughFirewall({ tape }, { tape }), answer: undefined });
    expect(await rowsOf(rawPcap(tape))).toHaveLength(2);
  });
});

describe("TLS across source NAT", () => {
  const session = (client: typeof INSIDE, tape: Tape): void => {
    const course = throughFirewall({ tape }, { tape, interface: 1 });
    const server = { address: "13.107.6.152", port: 443 };
    tlsSession({ client, server, host: "outlook.office365.com", start: START, seed: 5, ...course });
  };
  test("in a capture without Ethernet addresses", async () => {
    const tape = new Tape();
    session(INSIDE, tape);
    const rows = await rowsOf(rawPcap(tape));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ nat_ip: "203.0.113.5", join_basis: "client-hello-random" });
  });

  test("of a declared proxy behind it: its own traffic is one row", async () => {
    const tape = new Tape();
    session({ address: "10.1.1.80", port: 41000 }, tape);
    const path = join(folder, "proxy.yaml");
    writeFileSync(
      path,
      `version: 1
servers: { proxy: [10.1.1.80] }
paths:
  - { name: er, kind: expressroute, interfaces: [er] }
  - { name: isp, kind: internet, interfaces: [isp], nat: [203.0.113.0/28] }
`,
    );
    const capture = join(folder, "proxy.pcapng");
    writeFileSync(capture, tape.pcapng(CARDS));
    const { rows } = await classifyFiles([capture], path);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ client_ip: "10.1.1.80", client_zone: "on-premises-server" });
    expect(rows[0]).toMatchObject({ nat_ip: "203.0.113.5", path_out: "internet", path_back: "internet" });
  });

  test("by a declared proxy that passes hellos on: two rows", async () => {
    const tape = new Tape();
    session(INSIDE, tape);
    const path = join(folder, "transparent.yaml");
    writeFileSync(path, `version: 1\nservers: { proxy: [203.0.113.5] }\n`);
    const capture = join(folder, "transparent.pcapng");
    writeFileSync(capture, tape.pcapng(CARDS));
    const { rows } = await classifyFiles([capture], path);
    expect(rows.map((row) => row.client_ip).toSorted()).toEqual(["10.1.1.5", "203.0.113.5"]);
  });
});

/** As a pcap of link type 101: IP packets and nothing around them. */
function rawPcap(tape: Tape): Uint8Array {
  const bare = new Tape();
  for (const { time, bytes } of tape.packets) {
    const length = ((bytes[16] ?? 0) << 8) | (bytes[17] ?? 0);
    bare.add(time, bytes.subarray(14, 14 + length), 0);
  }
  return bare.pcap({ linkType: 101 });
}

describe("the same lookup in two captures whose clocks could not be compared, 0.8 s apart", () => {
  async function rowsOfTwo(first: Asked["client"], then: Asked["client"]) {
    const tapes = [first, then].map((client, i) => {
      const tape = new Tape();
      const answer = i === 0 ? ANSWER : undefined;
      ask({ client, answer, forward: [{ tape }], backward: [{ tape }], afterMs: 800 * i });
      return tape;
    });
    const paths = tapes.map(() => join(folder, `${(made += 1)}.pcap`));
    paths.forEach((path, i) => writeFileSync(path, tapes[i]?.pcap() ?? new Uint8Array()));
    return (await classifyFiles(paths, SITE)).rows;
  }

  test("is that of two users inside, as the files of a rotation have it", async () => {
    const rows = await rowsOfTwo(INSIDE, OTHER);
    expect(rows.map(({ client_ip, join_basis }) => [client_ip, join_basis])).toEqual([
      ["10.1.1.5", undefined],
      ["10.1.1.6", undefined],
    ]);
  });

  test("is one where an inside address may have become a public one", async () => {
    expect(await rowsOfTwo(INSIDE, OUTSIDE)).toMatchObject([JOINED]);
  });
});
