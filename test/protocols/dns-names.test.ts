import dnsPacket from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import { MOST_DNS_MAPPINGS } from "../../src/protocols/dns-mappings.ts";
import { DnsNames } from "../../src/protocols/dns-names.ts";
import { Packet } from "../../src/wire/packet.ts";
import { ascii, concat, u16, u32, u8, view } from "../support/bytes.ts";
import { ipBytes } from "../support/packets.ts";
import { dnsName, dnsResponse } from "../support/payloads.ts";

function wordsOf(text: string): readonly [number, number, number, number] {
  return parseAddress(text)?.words ?? [0, 0, 0, 0];
}

/** An answer on its way from a resolver to a client. */
function answerTo(client: string, bytes: Uint8Array, sourcePort: number = 53): Packet {
  const packet = new Packet();
  [packet.destination0, packet.destination1, packet.destination2, packet.destination3] = wordsOf(client);
  packet.sourcePort = sourcePort;
  packet.view = view(bytes);
  packet.payloadEnd = bytes.length;
  return packet;
}

/** An answer with HTTPS records: owner and data of each. */
function httpsAnswer(question: string, records: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const head = concat(
    u16(1),
    u16(0x8180),
    u16(1),
    u16(records.length),
    u32(0),
    dnsName(question),
    u16(65),
    u16(1),
  );
  const bodies = records.map(([owner, data]) =>
    concat(dnsName(owner), u16(65), u16(1), u32(300), u16(data.length), data),
  );
  return concat(head, ...bodies);
}

describe("DnsNames", () => {
  const T = 1_700_000_000;
  const client = "10.0.0.1";
  const server = "198.51.100.1";

  function learn(
    names: DnsNames,
    to: string,
    name: string,
    address: string,
    seconds: number,
    ttl = 300,
  ): void {
    const bytes = dnsResponse(1, { name, addresses: [address], timeToLive: ttl });
    names.observe(answerTo(to, bytes), seconds);
  }

  function lookup(names: DnsNames, from: string, address: string, seconds: number): string | undefined {
    return names.lookup(wordsOf(from), wordsOf(address), seconds);
  }

  it("gives the question's name for addresses behind aliases, IPv4 and IPv6", () => {
    const names = new DnsNames();
    const bytes = dnsResponse(1, {
      name: "Teams.Microsoft.com",
      aliases: ["s-0005.s-msedge.net"],
      addresses: ["198.51.100.1", "198.51.100.2"],
    });
    names.observe(answerTo(client, bytes), T);
    names.observe(answerTo(client, dnsResponse(2, { name: "v6.example", addresses: ["2001:db8::7"] })), T);
    expect(lookup(names, client, "198.51.100.2", T)).toBe("teams.microsoft.com");
    expect(lookup(names, client, "2001:db8::7", T + 5)).toBe("v6.example");
    expect(lookup(names, client, "198.51.100.3", T)).toBeUndefined();
  });

  it("takes an address of NAT64 for the IPv4 address behind it, in answers as in flows", () => {
    const names = new DnsNames();
    learn(names, client, "a.example", server, T);
    learn(names, client, "b.example", "64:ff9b::c633:6402", T);
    expect(lookup(names, client, "64:ff9b::c633:6401", T)).toBe("a.example");
    expect(lookup(names, client, "198.51.100.2", T)).toBe("b.example");
    expect(lookup(names, client, "64:ff9b::c633:6402", T)).toBe("b.example");
    expect(lookup(names, client, "64:ff9b:1::c633:6401", T)).toBeUndefined();
  });

  it("holds from the answer to its TTL, at least a minute", () => {
    const names = new DnsNames();
    learn(names, client, "a.example", server, T, 300);
    learn(names, client, "b.example", "198.51.100.9", T, 5);
    expect(lookup(names, client, server, T - 1)).toBeUndefined();
    expect(lookup(names, client, server, T + 300)).toBe("a.example");
    expect(lookup(names, client, server, T + 301)).toBeUndefined();
    expect(lookup(names, client, "198.51.100.9", T + 60)).toBe("b.example");
    expect(lookup(names, client, "198.51.100.9", T + 61)).toBeUndefined();
  });

  it("of several names for one address gives the one that this client queried last before", () => {
    const names = new DnsNames();
    learn(names, client, "a.example", server, T);
    learn(names, client, "b.example", server, T + 10);
    learn(names, client, "a.example", server, T + 20);
    learn(names, "10.0.0.2", "c.example", server, T + 30);
    expect(lookup(names, client, server, T + 5)).toBe("a.example");
    expect(lookup(names, client, server, T + 15)).toBe("b.example");
    expect(lookup(names, client, server, T + 40)).toBe("a.example");
    expect(lookup(names, "10.0.0.2", server, T + 40)).toBe("c.example");
  });

  it("does not hold before its answer, in the same second either", () => {
    const names = new DnsNames();
    const answer = (name: string): Packet => answerTo(client, dnsResponse(1, { name, addresses: [server] }));
    const at = (nanoseconds: number): string | undefined =>
      names.lookup(wordsOf(client), wordsOf(server), T, nanoseconds);
    names.observe(answer("a.example"), T, 100_000_000);
    names.observe(answer("b.example"), T, 300_000_000);
    expect(at(99_999_999)).toBeUndefined();
    expect(at(200_000_000)).toBe("a.example");
    expect(at(300_000_000)).toBe("b.example");
  });

  it("of several captures holds a second before its answer, where nothing else did", () => {
    const names = new DnsNames(true);
    const at = (seconds: number, nanoseconds: number, from = client): string | undefined =>
      names.lookup(wordsOf(from), wordsOf(server), seconds, nanoseconds);
    names.observe(answerTo(client, dnsResponse(1, { name: "a.example", addresses: [server] })), T, 300);
    names.observe(answerTo(client, dnsResponse(1, { name: "b.example", addresses: [server] })), T, 600);
    expect(at(T - 1, 299)).toBeUndefined();
    expect(at(T - 1, 300)).toBe("a.example");
    expect(at(T, 300)).toBe("a.example");
    expect(at(T - 1, 400, "10.0.0.9")).toBe("a.example");
  });

  it("follows aliases in whatever order they come", () => {
    const chain = ["a", "b", "c", "d"].map((label) => `${label}.example`);
    const records = [
      ...chain.slice(1).map((data, i) => ({ type: "CNAME" as const, name: chain[i] ?? "", ttl: 300, data })),
      { type: "A" as const, name: "d.example", ttl: 300, data: server },
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(records, { minLength: 4 }), (answers) => {
        const names = new DnsNames();
        const bytes = dnsPacket.encode({
          type: "response",
          questions: [{ type: "A", name: "a.example" }],
          answers,
        });
        names.observe(answerTo(client, new Uint8Array(bytes)), T);
        expect(lookup(names, client, server, T)).toBe("a.example");
      }),
    );
  });

  it("learns the addresses that an HTTPS record gives as hints", () => {
    const hints = concat(u16(1), u8(0), u16(1), u16(3), u8(2), ascii("h3"));
    const service = concat(
      hints,
      concat(u16(4), u16(8), ipBytes("198.51.100.1"), ipBytes("198.51.100.2")),
      concat(u16(6), u16(16), ipBytes("2001:db8::7")),
    );
    const alias = concat(u16(0), dnsName("b.example"));
    const names = new DnsNames();
    names.observe(answerTo(client, httpsAnswer("a.example", [["a.example", service]])), T);
    expect(lookup(names, client, "198.51.100.2", T)).toBe("a.example");
    expect(lookup(names, client, "2001:db8::7", T)).toBe("a.example");
    const other = concat(u16(1), u8(0), u16(4), u16(4), ipBytes("198.51.100.9"));
    const answers = [["b.example", other] as const, ["www.example", alias] as const];
    names.observe(answerTo(client, httpsAnswer("www.example", answers)), T);
    expect(lookup(names, client, "198.51.100.9", T)).toBe("www.example");
    const cut = concat(u16(1), u8(0), u16(4), u16(9), ipBytes("198.51.100.77"));
    names.observe(answerTo(client, httpsAnswer("c.example", [["c.example", cut]])), T);
    const port = concat(u16(1), u8(0), u16(4), u16(4), ipBytes("198.51.100.77"));
    names.observe(answerTo(client, httpsAnswer("_8443._https.c", [["_8443._https.c", port]])), T);
    expect(lookup(names, client, "198.51.100.77", T)).toBeUndefined();
  });

  it("lends another client's name only when there is no doubt which", () => {
    const names = new DnsNames();
    learn(names, "10.0.0.2", "a.example", server, T);
    learn(names, "10.0.0.3", "a.example", server, T);
    expect(lookup(names, client, server, T + 1)).toBe("a.example");
    learn(names, "10.0.0.4", "b.example", server, T + 2);
    expect(lookup(names, client, server, T + 3)).toBeUndefined();
  });

  it("does not believe records that do not answer the question", () => {
    const names = new DnsNames();
    const bytes = dnsResponse(1, { name: "a.example", addresses: [server] });
    const other = dnsResponse(1, { name: "b.example", addresses: [server] });
    // The question of the one, the record of the other: both names have the same length.
    const mixed = concat(bytes.subarray(0, 27), other.subarray(27));
    names.observe(answerTo(client, mixed), T);
    expect(lookup(names, client, server, T)).toBeUndefined();
  });

  it("learns from port 53 only, and nothing from errors", () => {
    const names = new DnsNames();
    const bytes = dnsResponse(1, { name: "a.example", addresses: [server] });
    names.observe(answerTo(client, bytes, 5353), T);
    const refused = bytes.slice();
    refused[3] = 0x85;
    names.observe(answerTo(client, refused), T);
    expect(lookup(names, client, server, T)).toBeUndefined();
  });

  it("gives no name that no host can have", () => {
    const names = new DnsNames();
    const bytes = dnsResponse(1, { name: "=cmd|x.example", addresses: [server] });
    names.observe(answerTo(client, bytes), T);
    expect(lookup(names, client, server, T)).toBeUndefined();
  });

  it("forgets the oldest when there are too many", () => {
    const names = new DnsNames();
    const address = (i: number): string => `10.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`;
    const count = MOST_DNS_MAPPINGS + 1000;
    for (let i = 0; i < count; i++) learn(names, client, `h${i % 5000}.example`, address(i), T, 3600);
    expect(lookup(names, client, address(count - 1), T)).toBe(`h${(count - 1) % 5000}.example`);
    expect(lookup(names, client, address(count - 100_000), T)).toBe(`h${(count - 100_000) % 5000}.example`);
    expect(lookup(names, client, address(10), T)).toBeUndefined();
  });

  it("agrees with dns-packet on which addresses answer the question, for any answers", () => {
    const label = fc.constantFrom("a", "b", "www", "A", "x-1");
    const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."));
    const record = fc.oneof(
      fc.record({ type: fc.constant("A" as const), name, data: fc.nat(255).map((n) => `192.0.2.${n}`) }),
      fc.record({ type: fc.constant("CNAME" as const), name, data: name }),
      fc.record({ type: fc.constant("TXT" as const), name, data: fc.constant("t") }),
    );
    fc.assert(
      fc.property(name, fc.array(record, { maxLength: 12 }), (question, all) => {
        // A name is an alias of one other name, and has no records of its own then (RFC 2181, section 10.1).
        const isOf = (answer: { name: string }, other: { name: string }): boolean =>
          answer.name.toLowerCase() === other.name.toLowerCase();
        const answers = all.filter(
          (answer, i) =>
            !all.some((other, k) => k < i && other.type === "CNAME" && isOf(answer, other)) &&
            (answer.type !== "CNAME" || !all.some((other) => other.type !== "CNAME" && isOf(answer, other))),
        );
        const bytes = dnsPacket.encode({
          type: "response",
          id: 1,
          questions: [{ type: "A", name: question }],
          answers: answers.map((answer) => ({ ...answer, ttl: 300, class: "IN" as const })),
        });
        const packet = answerTo(client, new Uint8Array(bytes));
        const names = new DnsNames();
        names.observe(packet, T);
        // Followed whatever the order of the records.
        const decoded = dnsPacket.decode(bytes).answers ?? [];
        const expected = new Set<string>();
        const owners = [question.toLowerCase()];
        for (const owner of owners) {
          for (const answer of decoded) {
            if (answer.name.toLowerCase() !== owner) continue;
            const target = answer.type === "CNAME" ? answer.data.toLowerCase() : owner;
            if (!owners.includes(target)) owners.push(target);
            if (answer.type === "A") expected.add(answer.data);
          }
        }
        for (let n = 0; n < 256; n++) {
          const found = lookup(names, client, `192.0.2.${n}`, T);
          expect(found).toBe(expected.has(`192.0.2.${n}`) ? question.toLowerCase() : undefined);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("answers for any bytes", () => {
    const names = new DnsNames();
    const real = dnsResponse(1, { name: "a.example", aliases: ["b.example"], addresses: ["192.0.2.1"] });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(real.length), fc.nat(11), (noise, cut, at) => {
        const bytes = concat(real.subarray(0, cut), noise);
        if (noise.length > 0 && at < bytes.length) bytes[at] = noise[0] ?? 0;
        names.observe(answerTo(client, bytes), T);
        names.lookup(wordsOf(client), wordsOf("192.0.2.1"), T);
      }),
    );
  });
});
