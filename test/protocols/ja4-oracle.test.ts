import { Readable } from "node:stream";
import fc from "fast-check";
import { calculateJa4, readTlsClientHello } from "read-tls-client-hello";
import { describe, expect, it } from "vitest";
import { TcpInspector } from "../../src/protocols/tcp-inspector.ts";
import { PacketKind } from "../../src/wire/packet.ts";
import { ascii, concat, u16, u24, u8, view } from "../support/bytes.ts";
import { SHARED, shared, sharedJson } from "../support/shared.ts";
import { ja4 } from "../../src/protocols/ja4.ts";
import { readClientHello } from "../../src/protocols/tls-client-hello.ts";
import { eachPacket } from "./media-flows.ts";

/**
 * JA4 held against another program's, read-tls-client-hello of the httptoolkit project, which shares nothing with ours.
 * It differs from FoxIO's text in some points, which are left out here: no extension but name and ALPN gives
 * 000000000000 by the text (it hashes nothing), drafts of TLS 1.3 are version 00 (it says 13), and it reads no hello in
 * SSL 2's framing or without extensions.
 */
async function theirs(bytes: Uint8Array): Promise<string> {
  // Read as they come; the stream stays open, as a socket does.
  const socket = new Readable({ read: () => undefined });
  socket.push(bytes);
  return calculateJa4(await readTlsClientHello(socket));
}

const vector16 = (body: Uint8Array): Uint8Array => concat(u16(body.length), body);
const vector8 = (body: Uint8Array): Uint8Array => concat(u8(body.length), body);
const list = (values: readonly number[]): Uint8Array => concat(...values.map(u16));

interface Parts {
  readonly ciphers: readonly number[];
  readonly others: readonly number[];
  readonly name: string | undefined;
  readonly alpn: readonly string[];
  readonly algorithms: readonly number[];
  readonly isModern: boolean;
}

/** A hello with these lists in one record; extensions that neither reader looks into are empty. */
function record(parts: Parts): Uint8Array {
  const extensions: [number, Uint8Array][] = parts.others.map((type) => [type, u8()]);
  if (parts.name !== undefined) extensions.push([0, vector16(concat(u8(0), vector16(ascii(parts.name))))]);
  if (parts.alpn.length > 0)
    extensions.push([16, vector16(concat(...parts.alpn.map((name) => vector8(ascii(name)))))]);
  if (parts.algorithms.length > 0) extensions.push([13, vector16(list(parts.algorithms))]);
  if (parts.isModern) extensions.push([43, vector8(list([0x5a5a, 0x0304, 0x0303]))]);
  const body = concat(
    u16(0x0303),
    new Uint8Array(32).fill(7),
    vector8(u8()),
    vector16(list(parts.ciphers)),
    vector8(u8(0)),
    vector16(concat(...extensions.map(([type, content]) => concat(u16(type), vector16(content))))),
  );
  const handshake = concat(u8(1), u24(body.length), body);
  return concat(u8(22), u16(0x0301), vector16(handshake));
}

const HANDSHAKE = 22;
const NO_EXTENSION = /^t..[di]\d\d00/;
/** Firefox 58 offered draft 23 of TLS 1.3. */
const DRAFTS: ReadonlySet<string> = new Set(["cisco+joy/firefox58.pcap"]);

const GREASE = [0x0a0a, 0x1a1a, 0xfafa];
/** Values that only look like GREASE to one of the two (0x0a1a) are left out: the registry has equal bytes only. */
const value = fc
  .oneof(fc.nat(0xffff), fc.constantFrom(...GREASE))
  .filter((number) => (number & 0x0f0f) !== 0x0a0a || GREASE.includes(number));
/** Extensions whose content the other reader wants to understand, and those set by `record`. */
const UNDERSTOOD = new Set([...Array.from({ length: 64 }, (_, i) => i), 0x4469, 0x44cd, 0xfe0d, 0xff01]);

describe("JA4 and another program's", () => {
  it("are the same for any lists", async () => {
    const parts: fc.Arbitrary<Parts> = fc.record({
      ciphers: fc.array(value, { minLength: 1, maxLength: 40 }),
      others: fc.uniqueArray(
        value.filter((type) => !UNDERSTOOD.has(type) && (type & 0x0f0f) !== 0x0a0a),
        { minLength: 1, maxLength: 30 },
      ),
      name: fc.option(fc.constantFrom("a.example.com", "teams.microsoft.com"), { nil: undefined }),
      alpn: fc.array(fc.constantFrom("h2", "http/1.1", "h3", "x", "imap"), { maxLength: 3 }),
      algorithms: fc.array(
        fc.nat(0xffff).filter((number) => (number & 0x0f0f) !== 0x0a0a),
        { maxLength: 12 },
      ),
      isModern: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(parts, async (lists) => {
        const bytes = record(lists);
        const hello = readClientHello(view(bytes), 9, bytes.length - 9, bytes.length, false);
        if (hello === undefined) throw new Error("no hello");
        expect(ja4(hello, "t")).toBe(await theirs(bytes));
      }),
      { numRuns: 300 },
    );
  });

  describe.skipIf(SHARED === undefined)("on real captures", () => {
    interface Manifest {
      readonly files: readonly {
        readonly file: string;
        readonly facts: { tshark: { tls: { sni: object } } };
      }[];
    }
    const manifest =
      SHARED === undefined ? undefined : sharedJson<Manifest>("captures", "real", "manifest.json");
    const files = (manifest?.files ?? [])
      .filter(({ facts }) => Object.keys(facts.tshark.tls.sni).length > 0)
      .map(({ file }) => file);

    it.each(files)("are the same for every hello of %s", async (file) => {
      const hellos = await hellosOf(shared("captures", "real", file));
      expect(hellos.length).toBeGreaterThan(0);
      for (const { bytes, ja4: ours } of hellos) {
        if (bytes[0] !== HANDSHAKE || NO_EXTENSION.test(ours)) continue;
        const other = await theirs(bytes);
        expect(ours).toBe(DRAFTS.has(file) ? other.replace("t13", "t00") : other);
      }
    });
  });
});

/** JA4 of every TCP flow that has one, and the client's bytes up to where its hello ended. */
async function hellosOf(path: string): Promise<{ ja4: string; bytes: Uint8Array }[]> {
  interface Flow {
    readonly inspector: TcpInspector;
    /** Payloads of each direction by sequence number; the first copy counts. */
    readonly segments: readonly [Map<number, Uint8Array>, Map<number, Uint8Array>];
  }
  const flows = new Map<string, Flow>();
  await eachPacket(path, (packet, { seconds, nanoseconds, number }) => {
    if (packet.kind !== PacketKind.tcp || packet.payloadEnd <= packet.payloadStart) return;
    const from = [packet.source0, packet.source1, packet.source2, packet.source3, packet.sourcePort].join();
    const { destination0: d0, destination1: d1, destination2: d2, destination3: d3 } = packet;
    const to = [d0, d1, d2, d3, packet.destinationPort].join();
    const direction = flows.has(`${to} ${from}`) ? 1 : 0;
    const key = direction === 1 ? `${to} ${from}` : `${from} ${to}`;
    const flow = flows.get(key) ?? { inspector: new TcpInspector(), segments: [new Map(), new Map()] };
    flows.set(key, flow);
    if (flow.inspector.wantsMore) flow.inspector.inspect(packet, direction, seconds, nanoseconds, number);
    const segments = flow.segments[direction];
    if (segments.size >= 16 || segments.has(packet.tcpSequence)) return;
    const payload = new Uint8Array(packet.view.buffer, packet.view.byteOffset + packet.payloadStart);
    segments.set(packet.tcpSequence, payload.slice(0, packet.payloadEnd - packet.payloadStart));
  });
  return [...flows.values()].flatMap(({ inspector, segments }) => {
    const found = inspector.result();
    if (found.ja4 === undefined || found.initiator === undefined || found.application !== "tls") return [];
    return [{ ja4: found.ja4, bytes: concat(...segments[found.initiator].values()) }];
  });
}
