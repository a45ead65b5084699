import type { Frame } from "../capture/frame.ts";
import type { Inspector } from "../protocols/recognition.ts";
import { continueRun } from "../protocols/rtp-runs.ts";
import { type Packet, PacketKind } from "../wire/packet.ts";
import { type Copies, microseconds } from "./copies.ts";
import type { FlowDetail } from "./flow-detail.ts";
import { FlowDetails } from "./flow-details.ts";
import { FlowTable, type Timeouts } from "./flow-table.ts";
import { icmpKind } from "./icmp-reports.ts";
import * as layout from "./layout.ts";
import type { LinkContexts } from "./link-contexts.ts";
import { OpenHoles } from "./open-holes.ts";
import { countEarlierFragments, countPacket } from "./packet-count.ts";
import { ShortWay } from "./short-way.ts";

/** Answer of `recognise`: the flow is settled, none of its further payloads need be shown. */
export const SETTLED = 0x80;

/** Signature of a link inside the network: that packets pass it, too, is no change of path. */
export const LOCAL_SIGNATURE = 1;

/** What the observer asks of the rest of the program. */
export interface ObserverPolicy {
  /**
   * A small number that is the same for link contexts that say the same of a packet's path, 0 for one that says
   * nothing, LOCAL_SIGNATURE for a link inside. Asked when a flow's packets come in another context than before.
   */
  signature(context: number): number;
  /**
   * As `signature`, whatever BGP sessions may yet show of the context's link: other numbers, the same for one link whose
   * declared marks say the same. 0 while no BGP session was seen.
   */
  linkSignature(context: number): number;
  /** The declared path that a router with this address is on, below 0 for none. Asked of who sent an ICMP error. */
  hopPath(word0: number, word1: number, word2: number, word3: number): number;
  /**
   * Recognition of a flow from its payloads while it has no inspector: an inspector, a code above 0 (with the bit SETTLED
   * when nothing more is to be seen), or 0 when this payload says nothing yet.
   */
  recognise(
    packet: Packet,
    direction: 0 | 1,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
    flow: number,
    context: number,
  ): Inspector | number;
  /** The flow is over; its record and detail live until `release`. */
  ended(flow: number): void;
}

/** Follows packets into flows: who sent what, in which link context, and what the payloads say. */
export class FlowObserver {
  readonly table: FlowTable;
  readonly contexts: LinkContexts;
  /** Details by flow, in blocks made when first needed: a sparse array would turn into a slow dictionary. */
  readonly #details: FlowDetails = new FlowDetails();
  readonly #policy: ObserverPolicy;
  readonly #copies: Copies;
  readonly #short: ShortWay;
  readonly #holes: OpenHoles = new OpenHoles();
  #clock = 0;
  #late = 0;
  #latest = 0;

  constructor(contexts: LinkContexts, copies: Copies, timeouts: Timeouts, policy: ObserverPolicy) {
    this.contexts = contexts;
    this.#copies = copies;
    this.#policy = policy;
    this.table = new FlowTable(timeouts, {
      ended: (flow) => {
        this.#holes.forget(flow);
        policy.ended(flow);
      },
    });
    this.#short = new ShortWay(this.table, contexts, copies);
  }

  /** Latest packet time so far, seconds. */
  get clock(): number {
    return this.#clock;
  }

  /** The latest time, less what packets since the last `sweep` came later than it: seconds. */
  get settled(): number {
    return this.#clock - this.#late;
  }

  /** What a packet came later than one of a later time, at most: whole seconds. */
  get lateSeconds(): number {
    return Math.max(this.#latest, this.#late);
  }

  /**
   * Ends flows that are over; answers as `FlowTable.sweep`. Where a capture goes back in time, as one to which another
   * was appended, flows are not over that those packets may belong to. `slack`: packets are known to be so late, seconds.
   */
  sweep(linger: number, slack = 0): number {
    const moment = Math.min(this.settled, this.#clock - slack);
    this.#latest = this.lateSeconds;
    this.#late = 0;
    return this.table.sweep(moment, linger);
  }

  detail(flow: number): FlowDetail | undefined {
    return this.#details.get(flow);
  }

  /** Gives back what flows share with those of other readings, when nobody asks any more. */
  close(): void {
    this.#details.close();
  }

  /** Forgets an ended flow. */
  release(flow: number): void {
    this.#details.release(flow);
    this.table.release(flow);
  }

  /**
   * Takes in a frame that goes on as its flow did, before it is decoded; answers with its flow, or with LONG_WAY, and nothing
   * is changed. `decode` fills a packet from it where its payload is to be looked at.
   */
  goOn(frame: Frame, point: number, decode: (frame: Frame) => Packet): number {
    const short = this.#short;
    const flow = short.take(frame, point);
    if (flow < 0) return flow;
    const { seconds } = frame;
    if (seconds > this.#clock) this.#clock = seconds;
    else if (this.#clock - seconds > this.#late) this.#late = this.#clock - seconds;
    if (short.show) {
      const page = this.table.page(flow);
      const at = this.table.records.baseIn(page, flow);
      const { direction } = short;
      const context = (page[at + layout.CONTEXT + direction] ?? 0) - 1;
      this.#look(decode(frame), flow, direction, page, at, seconds, frame.nanoseconds, frame.number, context);
    }
    return flow;
  }

  /**
   * Takes in one decoded packet. `point` is the run-wide number of its capture interface; without a time
   * (`timed` false) the clock stands still. Answers with the packet's flow, or -1 where it belongs to none.
   */
  observe(
    packet: Packet,
    point: number,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
    timed: boolean,
  ): number {
    if (packet.kind === PacketKind.icmp) {
      if (packet.quoted.present) this.#report(packet, seconds, nanoseconds, packetNumber);
      return -1;
    }
    if (packet.kind !== PacketKind.tcp && packet.kind !== PacketKind.udp) return -1;
    if (seconds > this.#clock) this.#clock = seconds;
    else if (this.#clock - seconds > this.#late) this.#late = this.#clock - seconds;
    const table = this.table;
    const flow = table.touch(packet, seconds, nanoseconds);
    const direction = table.direction;
    const page = table.page(flow);
    const at = table.records.baseIn(page, flow);
    const context = this.contexts.intern(packet, point, (page[at + layout.CONTEXT + direction] ?? 0) - 1);
    let copy = this.#copies.isCopy(packet, point, seconds, nanoseconds, context);
    if (copy && this.#copies.mayBeSentAgain && isAnswered(page, at, direction, this.#copies.since)) {
      this.#copies.takeBack(point, seconds, nanoseconds, context);
      copy = false;
    }
    if (!copy) {
      const holes = this.#holes;
      if (packet.earlierFragments > 0)
        countEarlierFragments(page, at, packet, direction, context, flow, holes);
      countPacket(
        page,
        at,
        packet,
        direction,
        seconds,
        nanoseconds,
        packetNumber,
        context,
        timed,
        flow,
        holes,
      );
    }
    if (packet.innerFragment)
      page[at + layout.META] = ((page[at + layout.META] ?? 0) | layout.META_FRAGMENTED) >>> 0;
    let meta = page[at + layout.META] ?? 0;

    if (
      page[at + layout.CONTEXT + direction] !== context + 1 ||
      (meta & (layout.META_CONTEXT_MIXED << direction)) !== 0
    ) {
      this.#otherContext(flow, page, at, direction, context, packetNumber, seconds, nanoseconds, copy);
      meta = page[at + layout.META] ?? 0;
    }
    if (copy) return flow;

    const marks = page[at + layout.MARKS] ?? 0;
    if ((direction === 0 ? marks >>> 24 : (marks >>> 8) & 0xff) !== packet.dscp) {
      this.#demandDetail(flow, page, at).countDscp(direction, packet.dscp);
      page[at + layout.META] = ((page[at + layout.META] ?? 0) | (layout.META_DSCP_MIXED << direction)) >>> 0;
    }

    if ((meta & layout.META_SETTLED) !== 0 || packet.payloadEnd === packet.payloadStart) return flow;
    const isUdp = packet.protocol === 17;
    if (isUdp) {
      const run = page[at + layout.RUN + direction] ?? 0;
      if (
        run !== 0 &&
        continueRun(
          run,
          packet.view,
          packet.payloadStart,
          packet.payloadEnd,
          Math.max(packet.payloadLength, packet.payloadEnd - packet.payloadStart),
          packet.dscp,
          seconds,
          nanoseconds,
        )
      )
        return flow;
    }
    this.#look(packet, flow, direction, page, at, seconds, nanoseconds, packetNumber, context);
    return flow;
  }

  /** Shows a packet's payload to whoever watches its flow, or looks who should. */
  #look(
    packet: Packet,
    flow: number,
    direction: 0 | 1,
    page: Uint32Array,
    at: number,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
    context: number,
  ): void {
    const meta = page[at + layout.META] ?? 0;
    const inspector = (meta & layout.META_DETAIL) === 0 ? undefined : this.detail(flow)?.inspector;
    if (inspector !== undefined) {
      inspector.inspect(packet, direction, seconds, nanoseconds, packetNumber);
      if (!inspector.wantsMore) this.#settle(this.#demandDetail(flow, page, at), inspector, page, at);
      else if (packet.protocol === 17 && inspector.run !== undefined)
        page[at + layout.RUN + direction] = inspector.run(direction);
      return;
    }
    const answer = this.#policy.recognise(
      packet,
      direction,
      seconds,
      nanoseconds,
      packetNumber,
      flow,
      context,
    );
    if (typeof answer === "number") {
      if (answer > 0) {
        if (page[at + layout.RECOGNITION] === 0)
          page[at + layout.RECOGNITION] = (answer & ~SETTLED) | (direction << 8);
        if ((answer & SETTLED) !== 0)
          page[at + layout.META] = ((page[at + layout.META] ?? 0) | layout.META_SETTLED) >>> 0;
      }
      return;
    }
    const detail = this.#demandDetail(flow, page, at);
    if (answer.wantsMore) detail.inspector = answer;
    else this.#settle(detail, answer, page, at);
  }

  /** Keeps what an inspector found and lets it go: it has nothing more to learn. */
  #settle(detail: FlowDetail, inspector: Inspector, page: Uint32Array, at: number): void {
    detail.recognition = inspector.result();
    detail.inspector = undefined;
    page[at + layout.META] = ((page[at + layout.META] ?? 0) | layout.META_SETTLED) >>> 0;
    if (((page[at + layout.META] ?? 0) & layout.META_PROTOCOL) !== 17) return;
    page[at + layout.RUN] = 0;
    page[at + layout.RUN + 1] = 0;
  }

  #demandDetail(flow: number, page: Uint32Array, at: number): FlowDetail {
    const known = this.#details.get(flow);
    if (known !== undefined) return known;
    page[at + layout.META] = ((page[at + layout.META] ?? 0) | layout.META_DETAIL) >>> 0;
    return this.#details.add(flow);
  }

  #otherContext(
    flow: number,
    page: Uint32Array,
    at: number,
    direction: 0 | 1,
    context: number,
    packetNumber: number,
    seconds: number,
    nanoseconds: number,
    copy: boolean,
  ): void {
    const { links } = this.#demandDetail(flow, page, at);
    const first = (page[at + layout.CONTEXT + direction] ?? 0) - 1;
    const bit = layout.META_CONTEXT_MIXED << direction;
    const ofLink = this.#policy.linkSignature(context);
    if (((page[at + layout.META] ?? 0) & bit) === 0 || (ofLink !== 0 && links.runs[direction].length === 0)) {
      page[at + layout.META] = ((page[at + layout.META] ?? 0) | bit) >>> 0;
      const signature = ofLink === 0 ? this.#policy.signature(first) : this.#policy.linkSignature(first);
      if (signature > LOCAL_SIGNATURE) {
        links.addRun(direction, signature, {
          context: first,
          firstPacket: page[at + layout.FIRST_PACKET + direction] ?? 0,
          seconds: page[at + layout.FIRST_SECONDS + direction] ?? 0,
          nanoseconds: page[at + layout.FIRST_NANOSECONDS + direction] ?? 0,
        });
      }
    }
    const counted =
      context === first ? context : links.countContext(direction, context, packetNumber, copy, this.#policy);
    const signature = ofLink === 0 ? this.#policy.signature(context) : ofLink;
    if (signature <= LOCAL_SIGNATURE && !copy)
      links.leaveRun(direction, counted, packetNumber, seconds, nanoseconds);
    if (signature === 0) return;
    if (signature > LOCAL_SIGNATURE) {
      const run = { context: counted, firstPacket: packetNumber, seconds, nanoseconds };
      if (copy) links.addCopyRun(direction, signature, run);
      else links.addRun(direction, signature, run);
    }
    if (!copy) return;
    const { original } = this.#copies;
    if (ofLink === 0 && this.#policy.signature(original) === 0) this.#copies.setOriginal(context);
    else if (original !== context)
      links.countPair(
        direction,
        original === first ? original : links.countedAs(direction, original, this.#policy),
        counted,
      );
  }

  #report(packet: Packet, seconds: number, nanoseconds: number, packetNumber: number): void {
    const kind = icmpKind(packet);
    if (kind === undefined) return;
    const flow = this.table.find(packet);
    if (flow < 0) return;
    const direction = this.table.direction;
    const page = this.table.page(flow);
    const at = this.table.base(flow);
    if (kind === "prohibited")
      page[at + layout.META] = ((page[at + layout.META] ?? 0) | layout.META_PROHIBITED) >>> 0;
    const words = [packet.source0, packet.source1, packet.source2, packet.source3] as const;
    const path = kind === "time-exceeded" ? this.#policy.hopPath(...words) : -1;
    const report = { kind, words, direction, packets: 1, firstPacket: packetNumber };
    this.#demandDetail(flow, page, at).addReport(report, path, seconds, nanoseconds);
  }
}

/** True when the other direction was heard after a moment: what is sent again before a timer runs out answers what was heard. */
function isAnswered(page: Uint32Array, at: number, direction: 0 | 1, since: number): boolean {
  if (page[at + layout.PACKETS + 1 - direction] === 0) return false;
  const seconds = page[at + layout.LAST_SECONDS + 1 - direction] ?? 0;
  const heard = microseconds(seconds, page[at + layout.LAST_NANOSECONDS + 1 - direction] ?? 0);
  return ((heard - since) | 0) > 0;
}
