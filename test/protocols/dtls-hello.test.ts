import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDtls } from "../../src/protocols/dtls.ts";
import { DtlsHello } from "../../src/protocols/dtls-hello.ts";
import type { Recognition } from "../../src/protocols/recognition.ts";
import { tcpMediaStart } from "../../src/protocols/tcp-media-start.ts";
import { TcpMediaReader } from "../../src/protocols/tcp-media.ts";
import { UdpInspector } from "../../src/protocols/udp-inspector.ts";
import { cameAt } from "../support/arrival.ts";
import { ascii, concat, Noise, u16, u24, u32, u8, view } from "../support/bytes.ts";
import { BINDING_REQUEST, channelData, stun } from "../support/payloads-media.ts";
import { Datagrams } from "./datagrams.ts";

const noise = new Noise(12);
const CLIENT = 0;
const SERVER = 1;

const vector16 = (body: Uint8Array): Uint8Array => concat(u16(body.length), body);
const vector8 = (body: Uint8Array): Uint8Array => concat(u8(body.length), body);
const extension = (type: number, body: Uint8Array): Uint8Array => concat(u16(type), vector16(body));

/** The body of a hello such as a browser's: a large key share, and use_srtp behind it. */
function helloBody(cookie: Uint8Array, seed = 1): Uint8Array {
  const extensions = concat(
    extension(0, vector16(concat(u8(0), vector16(ascii("relay.example.com"))))),
    extension(51, vector16(concat(u16(0x11ec), vector16(new Noise(seed).bytes(1216))))),
    extension(43, vector8(concat(u16(0xfefc), u16(0xfefd)))),
    extension(13, vector16(concat(u16(0x0403), u16(0x0804)))),
    extension(14, concat(vector16(concat(u16(7), u16(1))), u8(0))),
  );
  return concat(
    concat(u16(0xfefd), new Noise(seed).bytes(32), u8(0), vector8(cookie)),
    vector16(concat(u16(0x1301), u16(0xc02b))),
    vector8(u8(0)),
    vector16(extensions),
  );
}

/** A handshake record with the bytes [from, to) of a hello. */
function record(body: Uint8Array, from: number, to: number, sequence = 0): Uint8Array {
  const fragment = body.subarray(from, to);
  const handshake = concat(u8(1), u24(body.length), u16(sequence), u24(from), u24(fragment.length), fragment);
  return concat(u8(22), u16(0xfefd), u16(0), new Uint8Array(6), vector16(handshake));
}

const body = helloBody(u8());
const JA4 = "dd3d020500_";

function read(...datagrams: readonly Uint8Array[]): DtlsHello {
  const hello = new DtlsHello();
  for (const bytes of datagrams) {
    expect(isDtls(view(bytes), 0, bytes.length)).toBe(true);
    hello.add(view(bytes), 0, bytes.length, CLIENT);
  }
  return hello;
}

function recognise(...datagrams: readonly Uint8Array[]): Recognition {
  const inspector = new UdpInspector();
  const packets = new Datagrams([50006, 40000]);
  for (const [i, bytes] of datagrams.entries())
    inspector.inspect(packets.lay(bytes, CLIENT), CLIENT, 1_700_000_000 + i, 0, i + 1);
  return inspector.result();
}

describe("a DTLS ClientHello", () => {
  const whole = read(record(body, 0, body.length)).hello;

  it("in one record is read", () => {
    expect(whole).toMatchObject({ complete: true, serverName: "relay.example.com" });
    expect(whole?.extensions).toEqual([0, 51, 43, 13, 14]);
  });

  it.each<[string, Uint8Array[]]>([
    ["in two datagrams", [record(body, 0, 1175), record(body, 1175, body.length)]],
    ["in two records of one datagram", [concat(record(body, 0, 700), record(body, 700, body.length))]],
    ["with the end first", [record(body, 900, body.length), record(body, 0, 900)]],
    ["sent twice", [record(body, 0, 900), record(body, 0, 900), record(body, 900, body.length)]],
    ["with fragments that overlap", [record(body, 0, 900), record(body, 300, body.length)]],
    [
      "again with the server's cookie, of which nothing is mixed with the first",
      [record(body, 0, 900), ...cut(helloBody(noise.bytes(20)), 1)],
    ],
  ])("%s is the same", (_, datagrams) => {
    expect(read(...datagrams).hello).toEqual(whole);
  });

  function cut(message: Uint8Array, sequence: number): Uint8Array[] {
    return [record(message, 0, 1000, sequence), record(message, 1000, message.length, sequence)];
  }

  it("is the same however it is cut and in whatever order it comes", () => {
    const cuts = fc.array(fc.nat(body.length - 1), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat(1000)), (places, order) => {
        const sorted = [0, ...new Set(places.filter((place) => place > 0)), body.length].toSorted(
          (a, b) => a - b,
        );
        const pieces = sorted.slice(1).map((to, i) => record(body, sorted[i] ?? 0, to));
        const shuffled = pieces
          .map((piece) => ({ piece, key: order.next().value as number }))
          .toSorted((a, b) => a.key - b.key);
        expect(read(...shuffled.map(({ piece }) => piece)).hello).toEqual(whole);
      }),
    );
  });

  it("without its end gives its name, and no JA4", () => {
    const found = recognise(record(body, 0, 900));
    expect(found).toMatchObject({ application: "dtls", host: "relay.example.com", hostSource: "sni" });
    expect(found.ja4).toBeUndefined();
    expect(recognise(record(body, 0, 900), record(body, 900, body.length)).ja4).toContain(JA4);
  });

  it("tells of keys for SRTP also inside of TURN", () => {
    const inTurn = [record(body, 0, 900), record(body, 900, body.length)].map((bytes) =>
      channelData(0x4001, bytes),
    );
    expect(recognise(...inTurn).notes).toContain("DTLS offers keys for SRTP (use_srtp)");
  });

  it("gives name and JA4 beside ICE checks, and inside of TURN JA4 alone", () => {
    const check = stun(BINDING_REQUEST, [], { transaction: noise.bytes(12), fingerprint: true });
    const found = recognise(check, record(body, 0, body.length));
    expect(found).toMatchObject({ application: "stun", host: "relay.example.com", hostSource: "sni" });
    expect(found.ja4).toContain(JA4);
    const inTurn = recognise(check, channelData(0x4001, record(body, 0, body.length)));
    expect(inTurn.ja4).toContain(JA4);
    expect(inTurn.host).toBeUndefined();
    const overTcp = concat(vector16(check), vector16(record(body, 0, body.length)));
    const reader = new TcpMediaReader(tcpMediaStart(view(overTcp), 0, overTcp.length));
    reader.push(view(overTcp), 0, overTcp.length, cameAt(CLIENT, 1000, 1));
    expect(reader.result()?.ja4).toContain(JA4);
  });

  it("is the client's: what the other side sends is none of it", () => {
    const hello = read(record(body, 0, 900));
    const other = record(helloBody(u8(), 9), 900, body.length);
    hello.add(view(other), 0, other.length, SERVER);
    expect(hello).toMatchObject({ initiator: CLIENT, wantsMore: true });
  });

  it("of more than 8 KB is not put together", () => {
    const long = concat(body, new Uint8Array(9000));
    const hello = read(record(long, 0, 1000), record(long, 1000, long.length));
    expect(hello.hello?.complete).toBe(false);
  });

  it("is looked for in any records", () => {
    const part = fc.tuple(fc.nat(0xffffff), fc.nat(3), fc.nat(0xffffff), fc.nat(0xffffff), fc.uint8Array());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.nat(200), (parts, missing) => {
        const hello = new DtlsHello();
        for (const [length, sequence, offset, fragment, bytes] of parts) {
          const handshake = concat(u8(1), u24(length), u16(sequence), u24(offset), u24(fragment), bytes);
          const datagram = concat(u8(22), u16(0xfefd), u16(0), u16(0), u32(1), vector16(handshake));
          hello.add(view(datagram), 0, Math.max(0, datagram.length - missing), CLIENT);
        }
        expect(hello.hello?.serverName ?? "").toMatch(/^[a-z0-9._-]*$/);
      }),
    );
  });
});
