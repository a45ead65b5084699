import { describe, expect, it } from "vitest";
import { LookupSightings } from "../../src/classify/lookup-sightings.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";
import { view } from "../support/bytes.ts";
import { dnsQuery, dnsResponse } from "../support/payloads.ts";

const SERVER = 0x08080808;

function packet(payload: Uint8Array, way: "query" | "response"): Packet {
  const [source, destination] = way === "query" ? [1, SERVER] : [SERVER, 1];
  return Object.assign(new Packet(), {
    kind: PacketKind.udp,
    protocol: 17,
    source3: source,
    destination3: destination,
    sourcePort: way === "query" ? 50_000 : 53,
    destinationPort: way === "query" ? 53 : 50_000,
    view: view(payload),
    payloadStart: 0,
    payloadEnd: payload.length,
    payloadLength: payload.length,
  });
}

const query = (id: number, name = "outlook.office365.com"): Packet => packet(dnsQuery(id, name), "query");

describe("lookups that several flows have", () => {
  it("are kept with every question and answer, whichever flow they were seen in", () => {
    const seen = new LookupSightings();
    const answer = dnsResponse(7, { name: "outlook.office365.com", addresses: ["13.107.6.152"] });
    seen.observe(query(7), 1, 10, 100, 0);
    expect(seen.of(1)).toEqual([]);
    seen.observe(query(7), 2, 20, 100, 1_000_000);
    seen.observe(packet(answer, "response"), 2, 21, 100, 9_000_000);
    seen.observe(packet(answer, "response"), 1, 11, 100, 10_000_000);
    expect(seen.of(1)).toEqual(seen.of(2));
    const sightings = seen.of(1)[0]?.sightings ?? [];
    expect(sightings.map(({ flow, context, response }) => [flow, context, response])).toEqual([
      [1, 10, false],
      [2, 20, false],
      [2, 21, true],
      [1, 11, true],
    ]);
    expect(sightings[0]?.mark).toBe(sightings[1]?.mark);
    expect(sightings[2]?.mark).toBe(sightings[3]?.mark);
  });

  it.each<[string, Packet]>([
    ["another id", query(8)],
    ["another name", query(7, "outlook.office.com")],
    ["another spelling of the name", query(7, "Outlook.office365.com")],
    ["another type", packet(dnsQuery(7, "outlook.office365.com", 28), "query")],
    ["another server", Object.assign(query(7), { destination3: SERVER + 1 })],
  ])("are none with %s", (_name, other) => {
    const seen = new LookupSightings();
    seen.observe(query(7), 1, 0, 100, 0);
    seen.observe(other, 2, 0, 100, 0);
    expect([seen.of(1), seen.of(2)]).toEqual([[], []]);
  });

  it("are none eleven seconds later, or with the id 0", () => {
    const seen = new LookupSightings();
    seen.observe(query(7), 1, 0, 100, 0);
    seen.observe(query(7), 2, 0, 111, 0);
    seen.observe(query(0), 1, 0, 200, 0);
    seen.observe(query(0), 2, 0, 200, 0);
    expect([seen.of(1), seen.of(2)]).toEqual([[], []]);
  });

  it("are bounded for one flow, and forgotten with it", () => {
    const seen = new LookupSightings();
    for (let id = 1; id <= 50_000; id++)
      for (const flow of [1, 2, id + 10]) seen.observe(query(id), flow, 0, 100, 0);
    expect(seen.of(1).length).toBeLessThan(10);
    expect(seen.of(50_010)).toHaveLength(1);
    expect(Math.max(...seen.of(1).map(({ sightings }) => sightings.length))).toBeLessThan(20);
    seen.forget(1);
    expect(seen.of(1)).toEqual([]);
  });
});
