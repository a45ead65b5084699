import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlowReading } from "../../src/classify/flow-reading.ts";
import { DEFAULT_TIMEOUTS } from "../../src/flows/end-rule.ts";
import * as layout from "../../src/flows/layout.ts";
import { siteWithMarkers } from "../../src/site/options.ts";
import { defaultSite } from "../../src/site/site.ts";
import { bgpKeepalive } from "../support/bgp.ts";
import { ascii, concat, u16, u32, u8 } from "../support/bytes.ts";
import { frameOf } from "../support/decoding.ts";
import {
  ethernet,
  ethernetIp,
  tcp,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  udp,
} from "../support/packets.ts";

/** What happens in a capture: a packet of some flow, mostly the next one as one expects it. */
interface Event {
  readonly flow: number;
  readonly back: boolean;
  readonly length: number;
  /** Microseconds since the packet before it. */
  readonly later: number;
  readonly twist: string;
  readonly value: number;
}

const TWISTS = [
  "dscp",
  "vlan",
  "mac",
  "again",
  "gap",
  "syn",
  "fin",
  "rst",
  "acked-unseen",
  "tail-unseen",
  "cut",
  "ends-early",
  "padded",
  "byte",
  "idle",
  "earlier",
  "untimed",
  "no-id",
  "other-protocol",
  "marker",
  "arp",
] as const;

const event: fc.Arbitrary<Event> = fc.record({
  flow: fc.nat(9),
  back: fc.boolean(),
  length: fc.constantFrom(0, 1, 12, 19, 20, 21, 160, 160, 1200),
  later: fc.constantFrom(0, 5, 400, 2000, 20_000, 20_000, 20_000, 999_000),
  twist: fc.oneof(
    { weight: 10, arbitrary: fc.constant("") },
    { weight: 2, arbitrary: fc.constant("copy") },
    { weight: 1, arbitrary: fc.constant("vlan") },
    { weight: 2, arbitrary: fc.constantFrom(...TWISTS) },
  ),
  value: fc.nat(0xffff),
});

/** The longest time that one row covers, seconds: whole ones are compared first. */
const actives = fc.oneof(
  { weight: 5, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
  { weight: 1, arbitrary: fc.constantFrom(2, 1.7, 0.3) },
);

const BGP_PORT = 179;
const REQUEST = ascii("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
const PORTS = [443, 443, 80, BGP_PORT, 50_020, 3478, 50_040, 53, 4789, 50_060];

/** Plays events and makes frames of them. */
class Wire {
  seconds = 1_700_000_000;
  microseconds = 0;
  #last: Uint8Array = new Uint8Array(0);
  readonly #next = new Map<string, number>();
  readonly #begun = new Set<string>();

  play(e: Event): { bytes: Uint8Array; original: number; timed: boolean } {
    this.#pass(e);
    const isCut = e.twist === "cut" || e.twist === "ends-early";
    const bytes = e.twist === "copy" && this.#last.length > 0 ? this.#last : this.#frame(e);
    this.#last = bytes;
    let captured = isCut ? bytes.slice(0, Math.min(30 + (e.value % 90), bytes.length)) : bytes;
    if (e.twist === "byte") {
      captured = captured.slice();
      captured[e.value % captured.length] = e.value >>> 8;
    }
    if (e.twist === "padded") captured = concat(captured, new Uint8Array(e.value % 9).fill(7));
    const original = e.twist === "cut" ? bytes.length : captured.length;
    return { bytes: captured, original, timed: e.twist !== "untimed" };
  }

  #pass(e: Event): void {
    if (e.twist === "idle") this.seconds += e.value % 4000;
    this.microseconds += e.twist === "copy" ? e.value % 1100 : e.later;
    if (e.twist === "earlier") {
      this.microseconds -= e.value % 900;
      this.seconds -= e.value % 3;
    }
    if (this.microseconds >= 1_000_000) {
      this.microseconds -= 1_000_000;
      this.seconds += 1;
    }
    if (this.microseconds < 0) this.microseconds = 0;
  }

  #count(name: string, by: number): number {
    const now = this.#next.get(name) ?? 0xffff_ff00;
    this.#next.set(name, (now + by) >>> 0);
    return now;
  }

  #frame(e: Event): Uint8Array {
    const six = e.flow % 3 === 2;
    const client = six ? "2001:db8::51" : "192.0.2.51";
    const server = six ? "2603:1063::9" : "52.112.0.9";
    const [source, destination] = e.back ? [server, client] : [client, server];
    const port = PORTS[e.flow] ?? 0;
    const [sourcePort, destinationPort] = e.back ? [port, 40_000 + e.flow] : [40_000 + e.flow, port];
    const id = e.twist === "no-id" || e.flow === 1 ? 0 : this.#count("id", 1) & 0xffff;
    const dscp = e.twist === "dscp" ? e.value % 64 : 46;
    const ends = { source, destination, sourcePort, destinationPort, id, dscp };
    const stream = (PORTS[e.flow] ?? 0) < 1000 && port !== 53;
    const packet =
      stream === (e.twist === "other-protocol") ? udp(ends, this.#datagram(e)) : this.#segment(ends, e);
    const macs = {
      source: `00:00:5e:00:53:0${e.back ? 1 : 2}`,
      destination: `00:00:5e:00:53:0${e.back ? 2 : 1}`,
    };
    if (e.twist === "arp") return ethernet({ ...macs, etherType: 0x0806 }, new Uint8Array(28));
    return ethernetIp(
      {
        ...macs,
        ...(e.twist === "mac" ? { source: "00:00:5e:00:53:aa" } : {}),
        vlans:
          e.twist === "vlan"
            ? [100 * (e.value % 4)]
            : e.flow % 4 === 3
              ? [[0x88a8, 7], 100]
              : e.flow % 4 === 1
                ? [100]
                : [],
      },
      packet,
    );
  }

  #segment(ends: Parameters<typeof udp>[0], e: Event): Uint8Array {
    const mine = `${e.flow}${e.back}`;
    const theirs = `${e.flow}${!e.back}`;
    const opening = !this.#begun.has(mine) && e.value % 8 !== 0;
    this.#begun.add(mine);
    const flags =
      e.twist === "syn" || opening
        ? TCP_SYN | (e.back ? TCP_ACK : 0)
        : e.twist === "fin"
          ? TCP_ACK | TCP_FIN
          : e.twist === "rst"
            ? TCP_RST
            : e.length > 1000
              ? TCP_ACK | TCP_PSH
              : TCP_ACK;
    const isEmpty = (flags & (TCP_SYN | TCP_RST)) !== 0 || e.twist === "tail-unseen";
    const content = this.#content(e, isEmpty ? 0 : e.length);
    const { length } = content;
    if (e.twist === "gap") this.#count(mine, e.value % 5000);
    const moved = length + ((flags & (TCP_SYN | TCP_FIN)) === 0 ? 0 : 1);
    const sequence =
      this.#count(mine, e.twist === "again" ? 0 : moved) -
      (e.twist === "again" ? length : 0) +
      (e.twist === "tail-unseen" ? e.value % 3000 : 0);
    const acknowledgement = this.#count(theirs, 0) + (e.twist === "acked-unseen" ? e.value : 0);
    return tcp({ ...ends, sequence: sequence >>> 0, acknowledgement: acknowledgement >>> 0, flags }, content);
  }

  #content(e: Event, length: number): Uint8Array {
    if (length > 0 && PORTS[e.flow] === BGP_PORT) return bgpKeepalive();
    const begin = e.value % 3 === 0 && length > REQUEST.length ? REQUEST : u8();
    return concat(begin, new Uint8Array(length - begin.length).fill(e.value & 0xff));
  }

  /** RTP on most flows, a STUN request or whatever on others. */
  #datagram(e: Event): Uint8Array {
    if (e.flow === 5)
      return concat(u16(1), u16(0), u32(0x2112a442), u32(e.value), u32(7), u32(this.#count("t", 1)));
    if (e.flow === 7) return concat(u16(e.value), u16(0x0100), u16(1), u16(0), u32(0), u8(0), u16(1), u16(1));
    const stream = `rtp ${e.flow}${e.back}`;
    const number = this.#count(stream, e.twist === "gap" ? 3 : 1) & 0xffff;
    const marker = e.twist === "marker" ? 0x80 : 0;
    return concat(
      u8(0x80, 104 | marker),
      u16(number),
      u32(Math.imul(number, 320) >>> 0),
      u32(1000 + e.flow),
      new Uint8Array(Math.max(1, e.length)).fill(number & 0xff),
    );
  }
}

const SITE = siteWithMarkers(defaultSite(), { expressroute: ["vlan=100"], internet: ["vlan=200"] });

/** A reading, and what it says of its flows. */
class Reader {
  readonly ended: number[] = [];
  readonly points: number[] = [];
  readonly reading: FlowReading;

  constructor(active: number) {
    this.reading = new FlowReading({
      site: SITE,
      several: false,
      timeouts: { ...DEFAULT_TIMEOUTS, active },
      pointOf: (_, index) => {
        this.points.push(index);
        return { capture: 0, captureName: "x", interfaceIndex: 0, name: "", description: "" } as never;
      },
      ended: (flow) => this.ended.push(flow),
    });
  }

  /** Flow records word by word, but for the numbers of runs of RTP, which all readings share. */
  facts(flows: ReadonlySet<number>): unknown {
    const { observer, copies, packets, inFlows, oddities } = this.reading;
    const records = Array.from(flows, (flow) => {
      const at = observer.table.base(flow);
      const words = observer.table.page(flow).slice(at, at + observer.table.records.words(flow));
      if (((words[layout.META] ?? 0) & layout.META_PROTOCOL) === 17)
        words.fill(0, layout.RUN, layout.RUN + 2);
      const detail = observer.detail(flow);
      return {
        words: [...words],
        recognition: detail?.recognition ?? detail?.inspector?.result(),
        links: detail === undefined ? [] : [detail.contexts, detail.runs, detail.pairs],
        dscp: [detail?.dscp(0), detail?.dscp(1)],
      };
    });
    const { count } = copies;
    return {
      records,
      bgp: this.reading.bgp.sessions(),
      count,
      packets,
      inFlows,
      oddities: oddities.list(),
      clock: observer.clock,
      ended: this.ended,
      points: this.points,
    };
  }
}

describe("the short way of packets that go on", () => {
  it("leaves flows, copies and recognitions as the long way does", () => {
    let tried = 0;
    let taken = 0;
    fc.assert(
      fc.property(
        actives,
        fc.array(event, { minLength: 20, maxLength: 400, size: "max" }),
        (active, events) => {
          const [short, long] = [new Reader(active), new Reader(active)];
          const goOn = short.reading.observer.goOn.bind(short.reading.observer);
          short.reading.observer.goOn = (frame, point, decode) => {
            const flow = goOn(frame, point, decode);
            // Where rows are short, few packets go on as their flow did.
            if (active === Number.POSITIVE_INFINITY) {
              tried++;
              if (flow >= 0) taken++;
            }
            return flow;
          };
          const wire = new Wire();
          const flows = new Set<number>();
          events.forEach((e, index) => {
            const { bytes, original, timed } = wire.play(e);
            const frame = frameOf(bytes, 1, original);
            frame.number = index + 1;
            if (e.twist === "arp") frame.interfaceIndex = 1 + (e.value % 3);
            frame.timed = timed;
            if (timed) {
              frame.seconds = wire.seconds;
              frame.nanoseconds = wire.microseconds * 1000;
            }
            const one = short.reading.take(frame, 0);
            long.reading.decode(frame);
            expect(one).toBe(long.reading.follow(frame, 0));
            if (one >= 0) flows.add(one);
          });
          expect(short.facts(flows)).toEqual(long.facts(flows));
          short.reading.observer.close();
          long.reading.observer.close();
        },
      ),
      { numRuns: 150 },
    );
    // It is of no use when it is not taken.
    expect(taken).toBeGreaterThan(tried / 4);
  });
});
