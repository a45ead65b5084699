import type { AddressWords } from "../address/address.ts";
import type { JudgedFlow } from "../classify/judged-flow.ts";
import type { Leg } from "../classify/leg.ts";
import type { Links } from "../classify/links.ts";
import { counted } from "../count-text.ts";
import { FlowKey } from "../flows/flow-key.ts";
import { RUN_SEED } from "../hash/run-seed.ts";
import type { DirectionPath } from "../path/evidence.ts";
import { movesOf } from "../path/lanes.ts";
import type { Ends } from "../wire/five-tuple.ts";
import { type Packet, PacketKind } from "../wire/packet.ts";
import type { Direction, OutBack } from "../words.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { TimeSpans } from "./time-spans.ts";

/** Most flows that are annotated, and most comments. */
const MAX_FLOWS = 100_000;
const MAX_COMMENTS = 1_000_000;

/** One 5-tuple of flows that are findings, and when they were alive. */
interface Tuple {
  readonly a: AddressWords;
  readonly b: AddressWords;
  readonly portA: number;
  readonly portB: number;
  readonly protocol: number;
  readonly alive: TimeSpans;
}

/** A comment on a packet that is known by its link context (which tells the capture) and number. */
interface Remark {
  readonly context: number;
  readonly packet: number;
  readonly text: string;
}

/** A change of path: what it changed to is known when all links are. */
interface Change {
  readonly context: number;
  readonly packet: number;
  readonly direction: OutBack;
  /** True for what the direction began with, which is no change. */
  readonly isFirst: boolean;
}

/** Seconds around a flow in which packets of its 5-tuple are its own. */
const MARGIN_SECONDS = 1;

/** Flows worth a look in Wireshark: which packets are theirs, and what is to be said of which. */
export class AnnotatedFindings {
  /** By the higher half of their keys. */
  readonly #tuples: Map<number, Tuple[]> = new Map();
  readonly #key: FlowKey = new FlowKey(RUN_SEED);
  readonly #remarks: Remark[] = [];
  readonly #changes: Change[] = [];
  flows = 0;
  /** Findings beyond the bound. */
  left = 0;

  add(flow: JudgedFlow): void {
    if (this.flows >= MAX_FLOWS) {
      this.left += 1;
      return;
    }
    this.flows += 1;
    for (const leg of flow.legs) {
      this.#tupleOf(leg).alive.add(
        leg.timed ? leg.start.seconds - MARGIN_SECONDS : 0,
        leg.timed ? leg.end.seconds + MARGIN_SECONDS : Number.POSITIVE_INFINITY,
      );
      for (const direction of ["out", "back"] as const) {
        const d: Direction = leg[direction];
        if (leg.packetsOf(d) === 0 || this.#remarks.length >= MAX_COMMENTS) continue;
        this.#remarks.push({
          context: leg.contextOf(d),
          packet: leg.firstPacketOf(d),
          text: commentOf(flow, direction),
        });
        if (movesOf(flow[direction].stretches).length > 0)
          for (const [i, run] of (leg.detail?.runs[d] ?? []).entries())
            this.#changes.push({
              context: run.context,
              packet: run.firstPacket,
              direction,
              isFirst: i === 0,
            });
      }
    }
  }

  /** Flows that use a 5-tuple again, in either order of its ends, have one. */
  #tupleOf({ a, b, protocol }: Leg): Tuple {
    this.#key.ofRecord(a.words, b.words, (a.port << 16) | b.port, protocol);
    let known = this.#tuples.get(this.#key.high);
    if (known === undefined) this.#tuples.set(this.#key.high, (known = []));
    const found = known.find(
      (t) =>
        t.protocol === protocol &&
        ((isAt(t.a, t.portA, a) && isAt(t.b, t.portB, b)) ||
          (isAt(t.a, t.portA, b) && isAt(t.b, t.portB, a))),
    );
    if (found !== undefined) return found;
    const tuple: Tuple = {
      a: a.words,
      b: b.words,
      portA: a.port,
      portB: b.port,
      protocol,
      alive: new TimeSpans(),
    };
    known.push(tuple);
    return tuple;
  }

  /** True for a TCP or UDP packet of a finding, and for an ICMP error that quotes one. */
  has(packet: Packet, seconds: number): boolean {
    if (!this.#key.ofPacket(packet)) return false;
    const known = this.#tuples.get(this.#key.high);
    if (known === undefined) return false;
    const p = packet.kind === PacketKind.icmp ? packet.quoted : packet;
    for (const t of known) {
      if (t.protocol !== p.protocol) continue;
      if (
        (isEnd(t.a, t.portA, p, true) && isEnd(t.b, t.portB, p, false)) ||
        (isEnd(t.b, t.portB, p, true) && isEnd(t.a, t.portA, p, false))
      )
        return t.alive.holds(seconds);
    }
    return false;
  }

  /** Comments by capture, then packet number; `links` are those of the run that found the flows. */
  comments(links: Links): Map<number, Map<number, string[]>> {
    const found = new Map<number, Map<number, string[]>>();
    const say = (context: number, packet: number, text: string): void => {
      const capture = links.pointOf(context)?.capture;
      if (capture === undefined) return;
      let packets = found.get(capture);
      if (packets === undefined) found.set(capture, (packets = new Map<number, string[]>()));
      const texts = packets.get(packet);
      if (texts === undefined) packets.set(packet, [text]);
      else if (!texts.includes(text)) texts.push(text);
    };
    for (const { context, packet, text } of this.#remarks) say(context, packet, text);
    let before = 0;
    for (const { context, packet, direction, isFirst } of this.#changes) {
      const signature = links.signature(context);
      if (isFirst) before = signature;
      // Links that prove nothing, or the same, are no change of path.
      if (signature === 0 || signature === before) continue;
      before = signature;
      const shown = links.evidenceOf(context, direction, 1, packet)[0];
      if (shown !== undefined)
        say(
          context,
          packet,
          `o365flow: from here on ${direction} is ${shown.says} (${terminalSafe(shown.shown)})`,
        );
    }
    return found;
  }
}

function isAt(words: AddressWords, port: number, end: Leg["a"]): boolean {
  return port === end.port && words.every((word, i) => word === end.words[i]);
}

function isEnd(words: AddressWords, port: number, p: Ends, source: boolean): boolean {
  return source
    ? words[3] === p.source3 &&
        port === p.sourcePort &&
        words[2] === p.source2 &&
        words[1] === p.source1 &&
        words[0] === p.source0
    : words[3] === p.destination3 &&
        port === p.destinationPort &&
        words[2] === p.destination2 &&
        words[1] === p.destination1 &&
        words[0] === p.destination0;
}

function commentOf(flow: JudgedFlow, direction: OutBack): string {
  const { row } = flow;
  const way = direction === "out" ? "leaves your network" : "returns to your network";
  return terminalSafe(
    `o365flow: ${row.verdict}. First packet of the way ${direction} (${way}): ${pathText(flow[direction])}. ` +
      `Expected: ${row.expected_path}. ${row.reason}. Flow ${row.flow_id}`,
  );
}

function pathText(path: DirectionPath): string {
  const names = path.names.length === 0 ? "" : ` (${path.names.join(", ")})`;
  if (path.path === "none") return "not in the captures";
  const decided = path.evidence.filter((item) => path.basis.includes(item.kind) && item.says === path.path);
  const basis = decided.map(
    (item) =>
      `${item.shown} (${counted(item.packets, "packet")} from #${item.firstPacket} of ${item.capture})`,
  );
  return `${path.path}${names}${basis.length === 0 ? "" : `, by ${basis.slice(0, 3).join("; ")}`}`;
}
