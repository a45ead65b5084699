import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answersQuestion,
  dnsIdentity,
  isDns,
  isDnsResponse,
  readName,
  sameName,
} from "../../src/protocols/dns.ts";
import { DnsFlow } from "../../src/protocols/dns-flow.ts";
import { ascii, concat, u16, u32, u8, view } from "../support/bytes.ts";
import { ipBytes } from "../support/packets.ts";
import { dnsName, dnsQuery, dnsResponse } from "../support/payloads.ts";

function dns(bytes: Uint8Array): boolean {
  return isDns(view(bytes), 0, bytes.length);
}

describe("isDns", () => {
  const query = dnsQuery(0x1234, "teams.microsoft.com");
  const response = dnsResponse(0x1234, {
    name: "teams.microsoft.com",
    addresses: ["192.0.2.1", "192.0.2.2"],
  });

  it("accepts queries and answers", () => {
    expect(dns(query)).toBe(true);
    expect(dns(response)).toBe(true);
    expect(isDnsResponse(view(query), 0)).toBe(false);
    expect(isDnsResponse(view(response), 0)).toBe(true);
  });

  it("accepts a query with EDNS, but none with bytes left over", () => {
    const edns = concat(
      query.subarray(0, 10),
      u16(1),
      query.subarray(12),
      u8(0),
      u16(41),
      u16(1232),
      u32(0),
      u16(0),
    );
    expect(dns(edns)).toBe(true);
    expect(dns(concat(query, u8(0)))).toBe(false);
  });

  it("accepts an answer that the snap length cut after the question, but no cut query", () => {
    expect(dns(response.subarray(0, 40))).toBe(true);
    expect(dns(query.subarray(0, 30))).toBe(false);
  });

  it("accepts what the snap length left of a query, where the wire's length is known", () => {
    const bytes = view(query);
    for (let end = 17; end < query.length; end++) expect(isDns(bytes, 0, end, query.length)).toBe(true);
    const noName = query.slice();
    noName[12] = 0x7f; // no label is as long
    expect(isDns(view(noName), 0, 30, query.length)).toBe(false);
    const noClass = query.slice();
    noClass[query.length - 1] = 9;
    expect(isDns(view(noClass), 0, query.length, query.length + 11)).toBe(false);
  });

  it.each([
    ["a reserved bit", 3, 0x40],
    ["an unassigned operation", 2, 0x38],
    ["a class of its own", query.length - 1, 9],
  ])("refuses %s", (_, at, value) => {
    const bytes = query.slice();
    bytes[at] = value;
    expect(dns(bytes)).toBe(false);
  });

  it("accepts what multicast DNS announces, answers without a question, if it is whole", () => {
    const record = concat(dnsName("pc.local"), u16(1), u16(0x8001), u32(120), u16(4), ipBytes("10.0.0.5"));
    const announcement = concat(u16(0), u16(0x8400), u16(0), u16(1), u32(0), record);
    expect(dns(announcement)).toBe(true);
    expect(answersQuestion(view(announcement), 0)).toBe(false);
    expect(dnsIdentity(view(announcement), 0, announcement.length)).toBeUndefined();
    expect(dns(announcement.subarray(0, -1))).toBe(false);
    expect(dns(concat(announcement, u8(0)))).toBe(false);
    const query = announcement.slice();
    query[2] = 0;
    expect(dns(query)).toBe(false);
    const flow = new DnsFlow();
    expect(flow.read(view(announcement), 0, announcement.length, 1, 3)).toBe(true);
    expect(flow.result().initiator).toBe(1);
  });

  it("refuses NetBIOS names, which look alike", () => {
    const label = concat(u8(32), ascii("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), u8(0));
    const status = concat(u16(1), u16(0), u16(1), u16(0), u16(0), u16(0), label, u16(33), u16(1));
    const name = concat(u16(1), u16(0x0110), u16(1), u16(0), u16(0), u16(0), label, u16(32), u16(1));
    expect(dns(status)).toBe(false);
    expect(dns(name)).toBe(false);
  });

  it("answers for any bytes, cut anywhere", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(response.length), (noise, cut) => {
        const bytes = concat(response.subarray(0, cut), noise);
        const answered = dns(bytes);
        expect(typeof answered).toBe("boolean");
        if (answered) expect(bytes.length).toBeGreaterThan(12);
        dnsIdentity(view(bytes), 0, bytes.length);
      }),
    );
  });
});

describe("names", () => {
  it("are read through pointers, in lower case, odd bytes escaped", () => {
    const bytes = concat(
      new Uint8Array(12),
      u8(3),
      ascii("CoM"),
      u8(0),
      u8(3),
      u8(0x61, 0x20, 0xff),
      u8(0xc0, 12),
    );
    expect(readName(view(bytes), 0, 17, bytes.length)).toBe("a\\032\\255.com");
    expect(readName(view(bytes), 0, 12, bytes.length)).toBe("com");
  });

  it("with pointers that do not lead backwards are no names", () => {
    const loop = concat(new Uint8Array(12), u8(0xc0, 12));
    expect(readName(view(loop), 0, 12, loop.length)).toBeUndefined();
    const back = concat(new Uint8Array(12), u8(1, 0x61, 0xc0, 12));
    expect(readName(view(back), 0, 12, back.length)).toBeUndefined();
    expect(sameName(view(back), 0, 12, 12, back.length)).toBe(true);
    expect(sameName(view(loop), 0, 12, 12, loop.length)).toBe(false);
  });
});

describe("DnsFlow", () => {
  it("knows who asked, from an answer too", () => {
    const response = dnsResponse(5, { name: "a.example", addresses: ["192.0.2.1"] });
    const flow = new DnsFlow();
    expect(flow.read(view(response), 0, response.length, 1, 9)).toBe(true);
    expect(flow.result()).toMatchObject({
      application: "dns",
      initiator: 0,
      firstPacket: 9,
      identities: ["dns:5:a.example"],
    });
  });
});
