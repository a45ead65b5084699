import { describe, expect, it, vi } from "vitest";
import { Copies } from "../../src/flows/copies.ts";
import { PlacesInUse } from "../../src/flows/places-in-use.ts";
import { Packet } from "../../src/wire/packet.ts";
import { hex, view } from "../support/bytes.ts";

function packet(bytes: string, more: Partial<Packet> = {}): Packet {
  const payload = hex(bytes);
  return Object.assign(new Packet(), {
    view: view(payload),
    payloadEnd: payload.length,
    payloadLength: payload.length,
    ipId: 7,
    protocol: 17,
    source3: 1,
    destination3: 2,
    sourcePort: 5000,
    destinationPort: 6000,
    ipLength: 28 + payload.length,
    ...more,
  });
}

const ONE = "00 01 02 03 04 05 06 07";

describe("copies of a packet", () => {
  it("are equal packets within a millisecond at one capture point", () => {
    const copies = new Copies(false);
    expect(copies.isCopy(packet(ONE), 0, 10, 0, 0)).toBe(false);
    expect(copies.isCopy(packet(ONE), 0, 10, 1_000_000, 0)).toBe(true);
    expect(copies.isCopy(packet(ONE), 0, 10, 5_000_000, 0)).toBe(false);
    expect(copies.count).toBe(1);
  });

  it("are equal packets within a second at different capture points, and a millisecond at the second one", () => {
    const copies = new Copies(true);
    expect(copies.isCopy(packet(ONE), 0, 10, 0, 0)).toBe(false);
    expect(copies.isCopy(packet(ONE), 1, 10, 900_000_000, 0)).toBe(true);
    expect(copies.isCopy(packet(ONE), 1, 11, 950_000_000, 0)).toBe(false);
  });

  describe("without an IP identification, of which one capture has the beginning alone", () => {
    const HEAD = "80 6f 00 01 00 00 03 c0 00 00 03 e8 01 02 03 04 05 06 07 08";
    const datagram = (rest: string, captured = 40): Packet => {
      const whole = packet(`${HEAD} ${rest}`, { ipId: -1, ipVersion: 6 });
      return Object.assign(whole, { payloadEnd: captured, payloadLength: 40, ipLength: 88 });
    };
    const REST = "11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20 21 22 23 24";
    const OTHER_END = "11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20 21 22 23 99";
    const OTHER_MIDDLE = "99 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20 21 22 23 24";

    it.each([
      ["the other a longer one", REST, 28, REST, 34, true],
      ["the other all of it", REST, 28, REST, 40, true],
      ["the other all of it, first", REST, 40, REST, 28, true],
      ["the other little more than none", REST, 40, REST, 20, true],
      ["the other as much, of another packet", REST, 28, OTHER_MIDDLE, 28, false],
      ["the other as much, which ends alike", REST, 28, OTHER_END, 28, true],
      ["none, the ends differ", REST, 40, OTHER_END, 40, false],
    ])("%s", (_name, one, captured, other, capturedToo, isCopy) => {
      const copies = new Copies(true);
      copies.isCopy(datagram(one, captured), 0, 10, 0, 0);
      expect(copies.isCopy(datagram(other, capturedToo), 1, 10, 100, 1)).toBe(isCopy);
    });

    it("another beginning, another packet", () => {
      const copies = new Copies(true);
      copies.isCopy(datagram(REST, 28), 0, 10, 0, 0);
      const other = datagram(REST);
      other.view.setUint8(3, 2);
      expect(copies.isCopy(other, 1, 10, 100, 1)).toBe(false);
    });
  });

  it("may differ in time to live and DSCP", () => {
    const copies = new Copies(false);
    copies.isCopy(packet(ONE, { timeToLive: 64, dscp: 46 }), 0, 10, 0, 0);
    expect(copies.isCopy(packet(ONE, { timeToLive: 63, dscp: 0 }), 0, 10, 100, 0)).toBe(true);
  });

  it.each<[string, Partial<Packet>, string]>([
    ["another IP identification (a TCP retransmission)", { ipId: 8 }, ONE],
    ["another sequence number", { tcpSequence: 9 }, ONE],
    ["other content", {}, "00 01 02 03 04 05 06 08"],
    ["another source", { source3: 3 }, ONE],
    ["another port", { destinationPort: 5001 }, ONE],
    ["another protocol", { protocol: 132 }, ONE],
    ["another IPv6 network", { ipVersion: 6, source0: 1, destination0: 1 }, ONE],
    ["the other direction", { source3: 2, destination3: 1, sourcePort: 6000, destinationPort: 5000 }, ONE],
  ])("are none with %s", (_name, more, bytes) => {
    const copies = new Copies(false);
    copies.isCopy(packet(ONE), 0, 10, 0, 0);
    expect(copies.isCopy(packet(bytes, more), 0, 10, 100, 0)).toBe(false);
  });

  it("are not seen in bare acknowledgements at a capture point because another one sees the same packets", () => {
    const taps = new Copies(true);
    for (let i = 0; i < 10; i++)
      for (const point of [0, 1]) taps.isCopy(packet(ONE, { ipId: 100 + i }), point, 10, 0, 0);
    const bare = packet("", { ipId: 0, tcpFlags: 16, ipLength: 40 });
    expect(taps.isCopy(bare, 0, 10, 100, 0)).toBe(false);
    expect(taps.isCopy(bare, 1, 10, 200, 0)).toBe(true);
    expect(taps.isCopy(bare, 0, 10, 300, 0)).toBe(false);
    expect(taps.isCopy(bare, 1, 10, 400, 0)).toBe(true);
  });

  it("are those of bare acknowledgements that another point saw as often, in whatever order", () => {
    const bare = packet("", { ipId: -1, ipVersion: 6, protocol: 6, tcpFlags: 16, ipLength: 60 });
    const taps = new Copies(true);
    for (let i = 0; i < 10; i++)
      for (const point of [0, 1]) taps.isCopy(packet(ONE, { ipId: 100 + i }), point, 10, 0, 0);
    for (const point of [0, 1])
      for (let i = 0; i < 40; i++)
        expect(taps.isCopy(bare, point, 10, point * 20_000_000 + i * 5000, 0)).toBe(point === 1);
    // Two more that the second point saw first, half of them while the first one's are on their way.
    const later = [1, 0, 1, 1, 0, 0].map((point, i) =>
      taps.isCopy(bare, point, 10, 30_000_000 + i * 5000, 0),
    );
    expect(later).toEqual([false, true, false, false, true, true]);
  });

  it("are those of segments sent again that a point saw later, though their IP identification tells nothing", () => {
    const segment = packet(ONE, { ipId: -1, ipVersion: 6, protocol: 6, tcpFlags: 16, ipLength: 68 });
    const taps = new Copies(true);
    const seen = [
      [0, 0],
      [0, 5],
      [1, 100],
      [1, 105],
    ].map(([point = 0, ms = 0]) => taps.isCopy(segment, point, 10, ms * 1e6, point));
    expect(seen).toEqual([false, false, true, true]);
  });

  it("are all that a mirrored port saw of a packet which another mirrored port saw twice before", () => {
    const taps = new Copies(true);
    for (let i = 0; i < 20; i++) {
      const one = packet(ONE, { ipId: 1000 + i });
      const seen = [0, 0.1, 5, 5.1].map((ms) => taps.isCopy(one, ms < 1 ? 0 : 1, 10 + i, ms * 1e6, 0));
      expect(seen).toEqual([false, true, true, true]);
    }
    // Each second time it came again at one point: that one sees packets twice, the other two do not.
    const many = new Copies(true);
    for (let i = 0; i < 40; i++)
      for (let point = 0; point < 12; point++)
        for (let twice = 0; twice < (point === 5 ? 2 : 1); twice++)
          many.isCopy(packet(ONE, { ipId: 1000 + i }), point, 10 + i, point * 1e5 + twice * 1e4, 0);
    const bare = packet("", { ipId: -1, tcpFlags: 16, ipLength: 40 });
    const seen = [5, 5, 3, 3].map((point, i) => many.isCopy(bare, point, 60, i * 1e4, 0));
    expect(seen).toEqual([false, true, true, false]);
  });

  it("are found at a point of a run with hundreds of points, one after the other beside it", () => {
    const taps = new Copies(true);
    let copies = 0;
    for (let file = 1; file <= 200; file++)
      for (let i = 0; i < 10; i++) {
        const one = packet(ONE, { ipId: (file * 10 + i) & 0xffff });
        for (const point of [0, file])
          if (taps.isCopy(one, point, file * 10 + i, point === 0 ? 0 : 5e6, 0)) copies += 1;
      }
    expect(copies).toBe(2000);
  });

  it("are not seen in bare acknowledgements without IP identification, unless other packets come twice as well", () => {
    const bare = packet("", { ipId: 0, tcpFlags: 16, ipLength: 40 });
    const calm = new Copies(false);
    calm.isCopy(packet(ONE), 0, 10, 0, 0);
    calm.isCopy(bare, 0, 10, 100, 0);
    expect(calm.isCopy(bare, 0, 10, 200, 0)).toBe(false);
    const mirrored = new Copies(false);
    mirrored.isCopy(packet(ONE), 0, 10, 0, 0);
    mirrored.isCopy(packet(ONE), 0, 10, 50, 0);
    mirrored.isCopy(bare, 0, 10, 100, 0);
    expect(mirrored.isCopy(bare, 0, 10, 150, 0)).toBe(true);
  });

  it("are seen in bare acknowledgements that come over another link at the same capture point", () => {
    const bare = packet("", { ipId: -1, ipVersion: 6, tcpFlags: 16, ipLength: 60 });
    const copies = new Copies(false);
    for (let i = 0; i < 20; i++) copies.isCopy(packet(ONE, { ipId: 100 + i }), 0, 10, 0, 0);
    const answers = [0, 1, 0, 1].map((context, i) => copies.isCopy(bare, 0, 10, i * 100_000, context));
    expect(answers).toEqual([false, true, false, true]);
    expect(copies.isCopy(bare, 0, 10, 2_000_000, 1)).toBe(false);
  });

  it("are not seen in bare acknowledgements because another point saw the first one over another link", () => {
    const bare = packet("", { ipId: -1, ipVersion: 6, tcpFlags: 16, ipLength: 60 });
    const copies = new Copies(true);
    for (let i = 0; i < 20; i++) copies.isCopy(packet(ONE, { ipId: 100 + i }), 0, 10, 0, 0);
    const seen = [0, 1, 1, 0].map((point, i) => copies.isCopy(bare, point, 10, i * 100_000, point));
    expect(seen).toEqual([false, true, false, true]);
  });

  it("are none of segments whose numbers the snap length cut, where nothing shows that packets come twice", () => {
    const copies = new Copies(false);
    const data = { protocol: 6, ipId: -1, ipVersion: 6, ipLength: 1492, payloadLength: 1432 };
    // An acknowledgement of which the capture has the sequence number: its options may be payload.
    const empty = { ...data, ipLength: 72, payloadLength: 12, tcpSequence: 77 };
    for (const cut of [data, empty])
      for (let i = 0; i < 4; i++) expect(copies.isCopy(packet("", cut), 0, 10, i * 100, 0)).toBe(false);
  });

  it("are seen where the snap length cut all but the numbers of segments with content", () => {
    const copies = new Copies(false);
    const cut = { protocol: 6, ipId: -1, ipVersion: 6, ipLength: 1492, payloadLength: 1432 };
    for (const tcpSequence of [1000, 2432, 3864]) {
      expect(copies.isCopy(packet("", { ...cut, tcpSequence }), 0, 10, tcpSequence, 0)).toBe(false);
      expect(copies.isCopy(packet("", { ...cut, tcpSequence }), 0, 10, tcpSequence + 50, 0)).toBe(true);
    }
    // Then acknowledgements come twice, too.
    const bare = { ...cut, ipLength: 60, payloadLength: 0, tcpSequence: 77 };
    expect(copies.isCopy(packet("", bare), 0, 10, 5000, 0)).toBe(false);
    expect(copies.isCopy(packet("", bare), 0, 10, 5050, 0)).toBe(true);
  });

  it.each<[string, Partial<Packet>]>([
    ["fragments, whose number is in a header of its own", { innerFragment: true, fragmentId: 5 }],
    ["what opens a TCP connection, which is sent again much later", { protocol: 6, tcpFlags: 2 }],
    ["what ends a TCP connection", { protocol: 6, tcpFlags: 17 }],
  ])("are seen without IP identification and content in %s", (_name, more) => {
    const copies = new Copies(false);
    for (const id of [7, 8]) copies.isCopy(packet(ONE, { ipId: id }), 0, 10, 0, 0);
    const bare = packet("", { ipId: -1, ipLength: 60, ...more });
    copies.isCopy(bare, 0, 10, 100, 0);
    expect(copies.isCopy(bare, 0, 10, 200, 0)).toBe(true);
  });

  it.each([
    ["a millisecond's, at one point", 20_000, 0, 50, 990_000],
    ["a second's, at two points", 30_000, 1, 30_000, 900_000_000],
  ])(
    "are found among all packets of the time in which they come: %s",
    (_name, packets, point, apart, later) => {
      const copies = new Copies(point > 0);
      const one = packet(ONE);
      const see = (i: number, at: number, nanoseconds: number): boolean => {
        one.ipId = i & 0xffff;
        one.tcpSequence = i;
        one.source3 = Math.imul(i, 0x9e3779b1) >>> 0;
        return copies.isCopy(one, at, 10, nanoseconds, 0);
      };
      for (let i = 0; i < packets; i++) expect(see(i, 0, i * apart)).toBe(false);
      let found = 0;
      // Each as long after the first as a copy may be, while the others go on coming.
      for (let i = 0; i < packets; i++)
        if (see(i, point, Math.min(i * apart + later, 999_999_999))) found += 1;
      expect(found).toBeGreaterThan(packets * 0.995);
    },
  );

  it("that prove to be sent again do not make their point one that sees packets twice", () => {
    const copies = new Copies(false);
    for (let i = 0; i < 20; i++) copies.isCopy(packet(ONE, { ipId: i }), 0, 0, i, 0);
    for (let second = 1; second < 40; second++) {
      const segment = packet(ONE, { protocol: 6, ipId: -1, tcpSequence: second });
      expect(copies.isCopy(segment, 0, second, 0, 0)).toBe(false);
      expect(copies.isCopy(segment, 0, second, 200_000, 0)).toBe(true);
      expect(copies.mayBeSentAgain).toBe(true);
      copies.takeBack(second, 200_000, 0);
    }
    expect(copies.count).toBe(0);
  });
});

describe("packets that no copy follows any more", () => {
  /** Equal packets 2^32 µs apart have the same time. */
  const WRAP = 4295;
  const numbered = (n: number): Packet => packet(ONE, { ipId: n & 0xffff, source3: n >>> 16 });

  it.each([
    [3, "a few"],
    [20_000, "many, after which the table has grown"],
  ])("are forgotten, but for those of the last seconds: %i packets", (many) => {
    const copies = new Copies(false);
    for (let n = 1; n <= many; n++) copies.isCopy(numbered(n), 0, 10, n * 1000, 0);
    copies.isCopy(numbered(many + 1), 0, 609, 0, 0);
    for (let again = 0; again < 2; again++) copies.forget(610);
    expect(copies.isCopy(numbered(many + 1), 0, 609, 500_000, 0)).toBe(true);
    for (let n = 1; n <= many; n++)
      expect(copies.isCopy(numbered(n), 0, 10 + WRAP, n * 1000 - 32_704_000, 0)).toBe(false);
    copies.forgetOthers(10 + 2 * WRAP);
    expect(copies.isCopy(numbered(many + 1), 0, 609, 500_000, 0)).toBe(false);
  });

  it("are all others where time goes somewhere else, and those that a packet from there looks like", () => {
    const copies = new Copies(false);
    for (let n = 1; n <= 5; n++) copies.isCopy(numbered(n), 0, 10, n * 1000, 0);
    // Its time is that of the first ones, modulo 2^32, and it is no copy.
    const [seconds, nanoseconds] = [10 + WRAP - 1, 1_000_000_000 - 32_704_000 + 1000];
    copies.forgetAlike(numbered(1), 0);
    expect(copies.isCopy(numbered(1), 0, seconds, nanoseconds, 0)).toBe(false);
    copies.forgetOthers(seconds);
    expect(copies.isCopy(numbered(1), 0, seconds, nanoseconds + 1000, 0)).toBe(true);
    for (let n = 2; n <= 5; n++)
      expect(copies.isCopy(numbered(n), 0, seconds, nanoseconds + n * 1000, 0)).toBe(false);
  });

  it("are forgotten fast where few came since the last time, however large the table is", () => {
    const copies = new Copies(true);
    const one = numbered(1);
    const see = (n: number, seconds: number, nanoseconds: number): boolean =>
      copies.isCopy(Object.assign(one, { source3: n }), 0, seconds, nanoseconds, 0);
    for (let n = 1; n <= 600_000; n++) see(n, 10, n * 1000);
    let asked = 0;
    const sift = PlacesInUse.prototype.sift;
    const spy = vi.spyOn(PlacesInUse.prototype, "sift").mockImplementation(function (
      this: PlacesInUse,
      size,
      stays,
    ) {
      sift.call(this, size, (place) => {
        asked += 1;
        return stays(place);
      });
    });
    for (let n = 1; n <= 500; n++) {
      if (n % 2 === 0) copies.forgetOthers(n * 601);
      else copies.forget(n * 601);
      see(n, n * 601, 0);
    }
    spy.mockRestore();
    // The whole table once, then what came since.
    expect(asked).toBeGreaterThan(600_000);
    expect(asked).toBeLessThan(3_000_000);
  });
});
