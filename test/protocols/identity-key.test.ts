import { expect, it } from "vitest";
import { identityKey } from "../../src/protocols/identity-key.ts";
import { UdpInspector } from "../../src/protocols/udp-inspector.ts";
import { concat, hex, Noise, u16, u32, u8 } from "../support/bytes.ts";
import { clientHello, dnsQuery } from "../support/payloads.ts";
import { BINDING_REQUEST, iceCheck, rtp, stun } from "../support/payloads-media.ts";
import { cryptoFrame, quicInitial } from "../support/quic.ts";
import { Datagrams } from "./datagrams.ts";

const noise = new Noise(9);

function inspectorOf(datagrams: readonly Uint8Array[], ports: readonly [number, number]): UdpInspector {
  const inspector = new UdpInspector();
  const packets = new Datagrams(ports);
  for (const [i, bytes] of datagrams.entries())
    inspector.inspect(packets.lay(bytes, 0), 0, 1_700_000_000, i * 20_000_000, i + 1);
  return inspector;
}

const call = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) =>
    rtp({
      payloadType: 0,
      sequence: 500 + i,
      timestamp: 160 * i,
      ssrc: 0x9000_0001,
      payload: noise.bytes(160),
    }),
  );
const classic = stun(BINDING_REQUEST, [[0x0006, noise.bytes(12)]], { transaction: noise.bytes(12) });
classic.set(noise.bytes(4), 4);
const hello = clientHello({ serverName: "teams.microsoft.com", seed: 1 }).subarray(9);
/** One handshake message in one record (RFC 6347, section 4.2.2); the body of TLS, with its own version and a cookie. */
const withCookie = concat(u16(0xfefd), hello.subarray(2, 67), u8(0), hello.subarray(67));
const size = withCookie.length;
const dtls = concat(
  u8(22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0),
  u16(size + 12),
  u32(0x0100_0000 + size),
  u32(0),
  u32(size),
  withCookie,
);
const quic = clientHello({ serverName: "outlook.office.com", seed: 1 }).subarray(5);

it.each([
  ["STUN", [iceCheck({ transaction: noise.bytes(12), username: "abcd:wxyz", noise }), classic], 3478, 2],
  ["DTLS", [dtls], 3478, 1],
  ["RTP", call(100), 3478, 1],
  ["QUIC", [quicInitial(cryptoFrame(0, quic), { destination: hex("8394c8f03e515708") })], 443, 1],
  ["DNS", [dnsQuery(17, "outlook.office.com")], 53, 1],
] as const)("an inspector shows the keys of all that its result lists: %s", (_, datagrams, port, count) => {
  const inspector = inspectorOf(datagrams, [50_006, port]);
  const keys: number[] = [];
  inspector.identityKeys({ add: (key) => keys.push(key) });
  const { identities, streams } = inspector.result();
  const wanted = [
    ...(identities ?? []).map((identity) => identityKey(identity)),
    ...(streams ?? []).map(({ ssrc }) => ssrc | 0),
  ];
  expect(wanted.length).toBe(count);
  expect(keys.toSorted()).toEqual(wanted.toSorted());
});

it("what is discarded gives its run back", () => {
  const discarded = inspectorOf(call(100), [50_006, 3478]);
  const run = discarded.run(0);
  expect(run).toBeGreaterThan(0);
  discarded.discard();
  expect(inspectorOf(call(100), [50_006, 3478]).run(0)).toBe(run);
});
