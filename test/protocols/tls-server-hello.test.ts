import fc from "fast-check";
import { expect, it } from "vitest";
import { readServerHello } from "../../src/protocols/tls-server-hello.ts";
import { concat, hex, u16, u8, view } from "../support/bytes.ts";

/** "HelloRetryRequest" by SHA-256, RFC 8446, section 4.1.3. */
const RETRY = hex(`
  cf 21 ad 74 e5 9a 61 11 be 1d 8c 02 1e 65 b8 91
  c2 a2 11 16 7a bb 8c 5e 07 9e 09 e2 c8 a8 33 9c
`);
const RANDOM = new Uint8Array(32).fill(7);
/** supported_versions with TLS 1.3 alone. */
const SELECTED = hex("00 2b  00 02  03 04");

function hello(random: Uint8Array, session: number, extensions: Uint8Array): Uint8Array {
  return concat(
    hex("03 03"), // legacy version
    random,
    u8(session),
    new Uint8Array(session),
    hex("13 01  00"), // cipher suite, no compression
    u16(extensions.length),
    extensions,
  );
}

const read = (bytes: Uint8Array): ReturnType<typeof readServerHello> =>
  readServerHello(view(bytes), 0, bytes.length);

it.each([
  ["of TLS 1.3, by its extension", hello(RANDOM, 32, SELECTED), { version: 0x0304, retry: false }],
  ["that asks for another client hello", hello(RETRY, 0, SELECTED), { version: 0x0304, retry: true }],
  ["of TLS 1.2", hello(RANDOM, 0, hex("ff 01  00 01  00")), { version: 0x0303, retry: false }],
  [
    "whose extension is longer than it",
    hello(RANDOM, 0, hex("00 2b  00 03  03 04")),
    { version: 0x0303, retry: false },
  ],
  ["with a session id beyond its end", hello(RANDOM, 32, SELECTED).subarray(0, 40), undefined],
  ["of no version of TLS", concat(hex("02 03"), hello(RANDOM, 0, SELECTED).subarray(2)), undefined],
])("reads a hello %s", (_, bytes, wanted) => {
  expect(read(bytes)).toEqual(wanted);
});

it("answers for any bytes, cut anywhere, and never with what lies behind the end", () => {
  const whole = [hello(RANDOM, 32, SELECTED), hello(RETRY, 0, SELECTED)];
  const changed = fc.record({
    of: fc.constantFrom(...whole),
    edits: fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }),
    end: fc.nat(90),
  });
  fc.assert(
    fc.property(changed, ({ of, edits, end }) => {
      const bytes = of.slice();
      for (const [at, value] of edits) bytes[at % bytes.length] = value;
      const cut = Math.min(end, bytes.length);
      expect(readServerHello(view(bytes), 0, cut)).toEqual(read(bytes.subarray(0, cut)));
    }),
  );
});
