import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isQuicLongHeader, QuicFlow } from "../../src/protocols/quic.ts";
import { ClientInitialKeys } from "../../src/protocols/quic-keys.ts";
import { varint, varintLength } from "../../src/protocols/quic-packet.ts";
import { UdpInspector } from "../../src/protocols/udp-inspector.ts";
import { concat, hex, Noise, u32, u8, view } from "../support/bytes.ts";
import { clientHello } from "../support/payloads.ts";
import { cryptoFrame, quicInitial, quicRetry, VERSION_1, VERSION_2 } from "../support/quic.ts";
import { SHARED, sharedJson } from "../support/shared.ts";
import { Datagrams } from "./datagrams.ts";

const CLIENT = 0;
const SERVER = 1;
const id = hex("8394c8f03e515708");

/** The hello without its record header, as CRYPTO frames carry it. */
const hello = clientHello({
  serverName: "teams.microsoft.com",
  alpn: ["h3"],
  seed: 1,
  postQuantum: true,
}).subarray(5);

function read(flow: QuicFlow, bytes: Uint8Array, direction: 0 | 1 = CLIENT): boolean {
  return flow.read(view(bytes), 0, bytes.length, direction, 1);
}

describe("keys of the client's Initial packets", () => {
  // RFC 9001, appendix A.1; RFC 9369, appendix A.1.
  it.each([
    [
      VERSION_1,
      "1f369613dd76d5467730efcbe3b1a22d",
      "fa044b2f42a3fd3b46fb255c",
      "9f50449e04a0e810283a1e9933adedd2",
    ],
    [
      VERSION_2,
      "8b1a0bc121284290a29e0971b5cd045d",
      "91f73e2351d8fa91660e909f",
      "45b95e15235d6f45a6b19cbcb0294ba9",
    ],
  ])("of version 0x%s are those of the RFC", (version, key, iv, headerProtection) => {
    const keys = new ClientInitialKeys(version, id);
    expect(Buffer.from(keys.key).toString("hex")).toBe(key);
    expect(Buffer.from(keys.iv).toString("hex")).toBe(iv);
    expect(Buffer.from(keys.headerProtection).toString("hex")).toBe(headerProtection);
  });
});

describe("variable-length integers", () => {
  // RFC 9000, appendix A.1.
  it.each([
    ["9d7f3e7d", 494878333],
    ["7bbd", 15293],
    ["25", 37],
    ["4025", 37],
    ["c2197c5eff14e88c", -1],
    ["c000000000000025", 37],
    ["7b", -1],
    ["", -1],
  ])("%s is %i (-1: cut, or longer than anything here)", (bytes, value) => {
    const input = hex(bytes);
    expect(varint(view(input), 0, input.length)).toBe(value);
    if (value >= 0) expect(varintLength(view(input), 0)).toBe(input.length);
  });
});

describe("QuicFlow", () => {
  it.each([
    ["version 1", VERSION_1],
    ["version 2", VERSION_2],
  ])("opens an Initial of %s", (_, version) => {
    const flow = new QuicFlow();
    const small = clientHello({ serverName: "outlook.office.com", alpn: ["h3"], seed: 2 }).subarray(5);
    expect(read(flow, quicInitial(cryptoFrame(0, small), { destination: id, version }))).toBe(true);
    expect(flow.wantsMore).toBe(false);
    expect(flow.result()).toMatchObject({
      application: "quic",
      confidence: "certain",
      rule: "quic-initial-opened",
      host: "outlook.office.com",
      hostSource: "quic",
      initiator: CLIENT,
      identities: ["quic:8394c8f03e515708"],
    });
    expect(flow.result().ja4).toMatch(/^q13d07\d\dh3_/);
  });

  it("puts CRYPTO frames together that come in any order, in several packets and datagrams", () => {
    const pieces = [0, 1, 2, 3, 4, 5].map((i) => {
      const from = Math.floor((hello.length * i) / 6);
      return cryptoFrame(from, hello.subarray(from, Math.floor((hello.length * (i + 1)) / 6)));
    });
    const [a = u8(), b = u8(), c = u8(), d = u8(), e = u8(), f = u8()] = pieces;
    const flow = new QuicFlow();
    const ping = u8(1);
    const padding = new Uint8Array(40);
    read(flow, quicInitial(concat(f, ping, b), { destination: id, packetNumber: 0 }));
    expect(flow.wantsMore).toBe(true);
    const coalesced = concat(
      quicInitial(concat(d, padding, ping), { destination: id, packetNumber: 1, size: 0 }),
      quicInitial(concat(a, e), { destination: id, packetNumber: 2, size: 0 }),
    );
    read(flow, concat(coalesced, new Uint8Array(Math.max(0, 1200 - coalesced.length))));
    read(flow, quicInitial(c, { destination: id, packetNumber: 3 }));
    expect(flow.wantsMore).toBe(false);
    expect(flow.result()).toMatchObject({ host: "teams.microsoft.com", confidence: "certain" });
  });

  it("puts together a hello of very many small frames, every other one first", () => {
    const size = Math.ceil(hello.length / 400);
    const frames = Array.from({ length: Math.ceil(hello.length / size) }, (_, i) =>
      cryptoFrame(i * size, hello.subarray(i * size, (i + 1) * size)),
    );
    const order = [...frames.filter((_, i) => i % 2 === 1), ...frames.filter((_, i) => i % 2 === 0)];
    const flow = new QuicFlow();
    for (let i = 0; i < order.length; i += 100)
      read(flow, quicInitial(concat(...order.slice(i, i + 100)), { destination: id, packetNumber: i }));
    expect(flow.result()).toMatchObject({ host: "teams.microsoft.com" });
    expect(flow.result().ja4).toBeDefined();
  });

  it("keeps the keys when the client turns to the id that the server chose", () => {
    const half = Math.floor(hello.length / 2);
    const flow = new QuicFlow();
    read(flow, quicInitial(cryptoFrame(0, hello.subarray(0, half)), { destination: id }));
    read(
      flow,
      quicInitial(u8(2, 0, 0, 0, 0), { destination: u8(), source: id, keyId: id, side: "server" }),
      SERVER,
    );
    const later = { destination: hex("f067a5502a4262b5"), keyId: id, packetNumber: 1 };
    read(flow, quicInitial(concat(u8(2, 0, 0, 0, 0), cryptoFrame(half, hello.subarray(half))), later));
    expect(flow.result()).toMatchObject({
      host: "teams.microsoft.com",
      identities: ["quic:8394c8f03e515708"],
    });
  });

  it("does not try the server's packets, however many come before the client's", () => {
    const flow = new QuicFlow();
    const answer = quicInitial(u8(2, 0, 0, 0, 0), { destination: id, keyId: id, side: "server" });
    for (let i = 0; i < 10; i++)
      expect(flow.read(view(answer), 0, answer.length, SERVER, i + 1, answer.length, true)).toBe(true);
    read(flow, quicInitial(cryptoFrame(0, hello), { destination: id }));
    expect(flow.result()).toMatchObject({ host: "teams.microsoft.com", confidence: "certain" });
  });

  it("takes new keys after a Retry", () => {
    const chosen = hex("0011223344556677");
    const flow = new QuicFlow();
    read(flow, quicInitial(cryptoFrame(0, hello.subarray(0, 300)), { destination: id }));
    expect(read(flow, quicRetry(u8(), chosen, u8(1, 2, 3)), SERVER)).toBe(true);
    read(
      flow,
      quicInitial(cryptoFrame(0, hello.subarray(0, 900)), { destination: chosen, token: u8(1, 2, 3) }),
    );
    read(flow, quicInitial(cryptoFrame(900, hello.subarray(900)), { destination: chosen, packetNumber: 1 }));
    expect(flow.result()).toMatchObject({
      host: "teams.microsoft.com",
      identities: ["quic:8394c8f03e515708", "quic:0011223344556677"],
      notes: ["the server asked for a Retry"],
    });
  });

  it("takes what looks like a short header only in a flow that is QUIC", () => {
    const flow = new QuicFlow();
    const short = concat(u8(0x40), new Noise(1).bytes(50));
    expect(read(flow, short)).toBe(false);
    read(flow, quicInitial(cryptoFrame(0, hello), { destination: id, size: hello.length + 100 }));
    expect(read(flow, short)).toBe(true);
    expect(read(flow, u8(0x16, 1, 2))).toBe(false);
  });

  it("never claims certainty without a right tag: one long header is unknown, several are medium", () => {
    const broken = quicInitial(cryptoFrame(0, hello), { destination: id, size: hello.length + 100 });
    broken[broken.length - 1] = (broken[broken.length - 1] ?? 0) ^ 1;
    const flow = new QuicFlow();
    expect(read(flow, broken)).toBe(true);
    expect(flow.result()).toMatchObject({ application: "unknown", confidence: "low", rule: "quic-suspect" });
    read(flow, broken);
    expect(flow.result()).toMatchObject({
      application: "quic",
      confidence: "medium",
      rule: "quic-long-headers",
    });
    expect(flow.authenticated).toBe(false);
  });

  it("knows a flow of which the server's direction alone was captured", () => {
    const initial = quicInitial(cryptoFrame(0, hello.subarray(0, 90)), {
      destination: u8(),
      source: id,
      keyId: id,
      side: "server",
      size: 600,
    });
    const shorts = Array.from({ length: 20 }, (_, i) => concat(u8(0x40 + i), new Noise(i + 1).bytes(60 + i)));
    const inspector = new UdpInspector();
    const packets = new Datagrams([443, 50123]);
    const payloads = [concat(initial, initial), ...shorts];
    for (const [i, bytes] of payloads.entries())
      inspector.inspect(packets.lay(bytes, CLIENT), CLIENT, 1_700_000_000, i, i + 1);
    expect(inspector.result()).toMatchObject({ application: "quic", rule: "quic-long-headers" });
  });

  it("knows a flow by its long headers where a snap length cut them, and its connection id", () => {
    const initial = quicInitial(cryptoFrame(0, hello), { destination: id, size: hello.length + 100 });
    const short = concat(u8(0x40), new Noise(1).bytes(50));
    const cut = 90;
    const flow = new QuicFlow();
    const readCut = (): boolean =>
      flow.read(view(initial.subarray(0, cut)), 0, cut, CLIENT, 1, initial.length);
    expect(readCut()).toBe(true);
    expect(flow.result()).toMatchObject({ application: "unknown", rule: "quic-suspect" });
    expect(read(flow, short)).toBe(false);
    expect(readCut()).toBe(true);
    expect(flow.result()).toMatchObject({
      application: "quic",
      confidence: "medium",
      rule: "quic-long-headers",
      identities: ["quic:8394c8f03e515708"],
    });
    expect(read(flow, short)).toBe(true);
    // A length beyond the datagram on the wire is none of a snap length.
    expect(isQuicLongHeader(view(initial), 0, cut, initial.length)).toBe(true);
    expect(isQuicLongHeader(view(initial), 0, cut, initial.length - 1)).toBe(false);
  });

  it("reads a version negotiation that offers a known version", () => {
    const negotiation = concat(u8(0x80), u32(0), u8(0), u8(8), id, u32(0x1a2a3a4a), u32(VERSION_1));
    expect(isQuicLongHeader(view(negotiation), 0, negotiation.length)).toBe(true);
    const strange = concat(u8(0x80), u32(0), u8(0), u8(8), id, u32(0x12345678));
    expect(isQuicLongHeader(view(strange), 0, strange.length)).toBe(false);
  });

  it.each([
    ["another version", 1, hex("0000002a")],
    ["no fixed bit", 0, u8(0x80)],
    ["too long a connection id", 5, u8(21)],
  ])("refuses a long header with %s", (_, at, bytes) => {
    const packet = quicInitial(cryptoFrame(0, hello), { destination: id });
    packet.set(bytes, at);
    expect(isQuicLongHeader(view(packet), 0, packet.length)).toBe(false);
  });

  it("refuses a length that points past the datagram", () => {
    const packet = quicInitial(cryptoFrame(0, hello), { destination: id });
    expect(isQuicLongHeader(view(packet), 0, packet.length - 1)).toBe(false);
  });

  it("answers for any bytes, cut and changed anywhere", () => {
    const real = quicInitial(cryptoFrame(0, hello), { destination: id, size: hello.length + 100 });
    fc.assert(
      fc.property(
        fc.nat(real.length),
        fc.nat(real.length - 1),
        fc.nat(255),
        fc.nat(3),
        (cut, at, value, times) => {
          const bytes = real.slice(0, cut);
          if (at < cut) bytes[at] = value;
          const flow = new QuicFlow();
          for (let i = 0; i <= times; i++) read(flow, bytes, i % 2 === 0 ? CLIENT : SERVER);
          const { confidence } = flow.result();
          if (confidence === "certain") expect(Buffer.from(bytes).equals(Buffer.from(real))).toBe(true);
        },
      ),
    );
  });

  it("answers for frames of any bytes behind a right tag", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (frames) => {
        const flow = new QuicFlow();
        // A PADDING frame first: what begins with no frame of an Initial is not taken for one, whatever its tag.
        read(flow, quicInitial(Uint8Array.of(0, ...frames), { destination: id }));
        expect(flow.result().confidence).toBe("certain");
      }),
      { numRuns: 60 },
    );
    const flow = new QuicFlow();
    read(flow, quicInitial(Uint8Array.of(7, 7, 7), { destination: id }));
    expect(flow.result().confidence).not.toBe("certain");
  });

  describe.skipIf(SHARED === undefined)("the shared vectors", () => {
    interface Vectors {
      quic: { rfc9001_A: { client_initial_packet: string; server_initial_packet: string; sni: string } };
    }
    it("RFC 9001 appendix A.2 opens, A.3 (the server's) is accepted", () => {
      const { rfc9001_A: vector } = sharedJson<Vectors>("facts", "test-vectors.json").quic;
      const flow = new QuicFlow();
      expect(read(flow, hex(vector.server_initial_packet), SERVER)).toBe(true);
      expect(read(flow, hex(vector.client_initial_packet))).toBe(true);
      expect(flow.result()).toMatchObject({ confidence: "certain", host: vector.sni, initiator: CLIENT });
    });
  });
});
