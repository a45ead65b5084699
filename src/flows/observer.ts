import type { Frame } from "../capture/frame.ts";
import type { Inspector } from "../protocols/recognition.ts";
import { continueRun } from "../protocols/rtp-runs.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { type Packet, PacketKind } from "../wire/packet.ts";
import type { Direction } from "../words.ts";
import { isBalanced } from "./balanced.ts";
import { type Copies, microseconds } from "./copies.ts";
import type { FlowDetail } from "./flow-detail.ts";
import { FlowDetails } from "./flow-details.ts";
import type { Timeouts } from "./end-rule.ts";
import { FlowTable } from "./flow-table.ts";
import { IcmpErrors } from "./icmp-errors.ts";
import * as layout from "./layout.ts";
import type { LinkContexts } from "./link-contexts.ts";
import type { LinkDetail } from "./link-detail.ts";
import { OpenHoles } from "./open-holes.ts";
import { noteOtherContext } from "./other-context.ts";
import { PacketClock } from "./packet-clock.ts";
import { countEarlierFragments, countPacket } from "./packet-count.ts";
import type { PathSignatures } from "./path-signatures.ts";
import { LONG_WAY, ShortWay } from "./short-way.ts";
import { Sighting } from "./sighting.ts";
import { TcpLag } from "./tcp-lag.ts";
import { tenthsOf } from "./tcp-sequence.ts";

/** What the observer asks of the rest of the program. */
export interface ObserverPolicy extends PathSignatures {
  /** The declared path that a router with this address is on, below 0 for none. Asked of who sent an ICMP error. */
  hopPath(word0: number, word1: number, word2: number, word3: number): number;
  /**
   * Recognition of a flow from its payloads while it has no inspector: an inspector, a code above 0, or 0 when this payload
   * says nothing yet.
   */
  recognise(packet: Packet, seen: Sighting): Inspector | number;
  /** The flow is over; its record and detail live until `release`. */
  ended(flow: number): void;
}

/** Follows packets into flows: who sent what, in which link context, and what the payloads say. */
export class FlowObserver {
  readonly table: FlowTable;
  readonly contexts: LinkContexts;
  readonly #details: FlowDetails = new FlowDetails();
  readonly #policy: ObserverPolicy;
  readonly #copies: Copies;
  readonly #short: ShortWay;
  readonly #holes: OpenHoles = new OpenHoles();
  readonly #icmp: IcmpErrors;
  readonly #seen: Sighting = new Sighting();
  readonly #clock: PacketClock;

  constructor(contexts: LinkContexts, copies: Copies, timeouts: Timeouts, policy: ObserverPolicy) {
    this.contexts = contexts;
    this.#copies = copies;
    this.#clock = new PacketClock(copies);
    this.#policy = policy;
    this.table = new FlowTable(timeouts, {
      ended: (flow) => {
        this.#holes.forget(flow);
        if (this.#isEmpty(flow)) this.release(flow);
        else policy.ended(flow);
      },
    });
    this.#short = new ShortWay(this.table, contexts, copies);
    this.#icmp = new IcmpErrors({
      table: this.table,
      contexts,
      copies,
      hopPath: (...words) => policy.hopPath(...words),
      layOver: (flow, direction) => this.#layOver(flow, direction),
      detailOf: (seen) => this.#demandDetail(seen),
    });
  }

  /** Latest packet time so far, seconds; not that of a packet far away from the ones before and after it. */
  get clock(): number {
    return this.#clock.now;
  }

  /** As `clock`, and the last packet of all counts. */
  get latest(): number {
    return this.#clock.latest;
  }

  /** As `clock`, less the seconds by which packets since the last `sweep` came out of order. */
  get settled(): number {
    return this.#clock.settled;
  }

  /** How far packets came out of order: the most whole seconds by which one was dated before the latest before it. */
  get lateSeconds(): number {
    return this.#clock.lateSeconds;
  }

  /**
   * Ends flows that are over; answers as `FlowTable.sweep`. Where a capture goes back in time, as one to which another
   * was appended, flows are not over that those packets may belong to. `slack`: packets are known to be so late, seconds.
   */
  sweep(linger: number, slack = 0): number {
    return this.table.sweep(this.#clock.sweep(slack), linger);
  }

  /** The link context of the last packet that went into a flow. */
  get context(): number {
    return this.#seen.context;
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
    // What is forgotten where time goes somewhere else has to be so before the packet is remembered.
    if (!this.#clock.isNear(frame.seconds)) return LONG_WAY;
    const short = this.#short;
    const flow = short.take(frame, point);
    if (flow < 0) return flow;
    this.#clock.move(frame.seconds);
    if (short.show) {
      const seen = this.#layOver(flow, short.direction);
      seen.seconds = frame.seconds;
      seen.nanoseconds = frame.nanoseconds;
      seen.timed = true;
      seen.packetNumber = frame.number;
      seen.context = seen.own(layout.CONTEXT) - 1;
      this.#look(decode(frame), seen);
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
      if (packet.quoted.present) this.#icmp.take(packet, point, seconds, nanoseconds, packetNumber);
      return -1;
    }
    if (packet.kind !== PacketKind.tcp && packet.kind !== PacketKind.udp) return -1;
    this.#clock.move(seconds);
    if (this.#clock.isAway) this.#copies.forgetAlike(packet, point);
    const flow = this.table.touch(packet, seconds, nanoseconds);
    const seen = this.#layOver(flow, this.table.direction);
    seen.seconds = seconds;
    seen.nanoseconds = nanoseconds;
    seen.timed = timed;
    seen.packetNumber = packetNumber;
    const context = this.contexts.intern(packet, point, seen.own(layout.CONTEXT) - 1);
    seen.context = context;
    let copy = this.#copies.isCopy(packet, point, seconds, nanoseconds, context);
    if (copy && this.#copies.mayBeSentAgain && isAnswered(seen, this.#copies.since)) {
      this.#copies.takeBack(seconds, nanoseconds, context);
      copy = false;
    }
    const first = seen.own(layout.CONTEXT);
    const isElsewhere = first !== 0 && (first !== context + 1 || seen.isMarkedOwn(layout.META_CONTEXT_MIXED));
    const links = isElsewhere ? this.#demandDetail(seen).links : undefined;
    if (links !== undefined) {
      seen.lastSeconds = seen.own(layout.LAST_SECONDS);
      seen.lastNanoseconds = seen.own(layout.LAST_NANOSECONDS);
    }
    if (copy && links !== undefined && this.#isSentElsewhere(packet, seen, links)) {
      this.#copies.takeElsewhere(seconds, nanoseconds, context);
      copy = false;
    }
    seen.lag = links === undefined || packet.protocol !== IpProtocol.tcp ? undefined : lagOf(seen, links);
    if (!copy) {
      if (packet.earlierFragments > 0) this.#countEarlierFragments(packet, seen, links);
      countPacket(packet, seen, this.#holes);
    }
    // Its packet was counted in a flow that was over before the copy came, by a bound on time or number.
    else if (seen.own(layout.PACKETS) === 0) return -1;
    else seen.lag?.copied(seen.direction, context, (packet.tcpSequence + packet.payloadLength) >>> 0);
    if (this.table.began && this.#icmp.mayWait(seconds)) this.#icmp.takeWaiting(seen);
    if (packet.innerFragment) seen.mark(layout.META_FRAGMENTED);
    if (links !== undefined) noteOtherContext(seen, links, this.#policy, copy ? this.#copies : undefined);
    if (copy) return flow;
    this.#noteDscp(packet.dscp, seen);
    if (packet.payloadEnd === packet.payloadStart) return flow;
    if ((seen.word(layout.META) & layout.META_SETTLED) === 0 && !continuesRun(packet, seen))
      this.#look(packet, seen);
    return flow;
  }

  /** True for a copy that may be a TCP segment sent again by another link: nothing but time tells the two apart. Counts such. */
  #isSentElsewhere(packet: Packet, seen: Sighting, links: LinkDetail): boolean {
    if (packet.protocol !== IpProtocol.tcp || packet.innerFragment) return false;
    const { original } = this.#copies;
    if (original === seen.context) return false;
    if (packet.ipId > 0) {
      // A copy for certain: one of them in 65,536 has the identification 0, which tells nothing.
      links.seenTwice[seen.direction] += 1;
      return false;
    }
    const { direction, context } = seen;
    const first = seen.own(layout.CONTEXT) - 1;
    const isOfOne = isBalanced(links, direction, first, seen.own(layout.PACKETS), original, context);
    links.seenTwice[direction] += 1;
    return isOfOne;
  }

  /** True of a flow that only copies were seen of. */
  #isEmpty(flow: number): boolean {
    return this.table.word(flow, layout.PACKETS) === 0 && this.table.word(flow, layout.PACKETS + 1) === 0;
  }

  /** Lays the sighting over a flow's record; when and where the packet was seen is to be set. */
  #layOver(flow: number, direction: Direction): Sighting {
    const seen = this.#seen;
    seen.flow = flow;
    seen.direction = direction;
    seen.page = this.table.page(flow);
    seen.at = this.table.records.baseIn(seen.page, flow);
    return seen;
  }

  /** Counts fragments that came before their datagram's first one, with its link context and DSCP value. */
  #countEarlierFragments(packet: Packet, seen: Sighting, links: LinkDetail | undefined): void {
    countEarlierFragments(packet, seen, this.#holes);
    const { direction, context } = seen;
    const isElsewhere = context !== seen.own(layout.CONTEXT) - 1;
    for (let i = 0; i < packet.earlierFragments; i++) {
      if (isElsewhere)
        links?.countContext(
          direction,
          context,
          packet.earlierPacket,
          packet.earlierSeconds,
          packet.earlierNanoseconds,
          false,
          this.#policy,
        );
      this.#noteDscp(packet.dscp, seen);
    }
  }

  /** Counts a packet whose DSCP value is not that of its direction's first one. */
  #noteDscp(dscp: number, seen: Sighting): void {
    const marks = seen.word(layout.MARKS);
    if ((seen.direction === 0 ? marks >>> 24 : (marks >>> 8) & 0xff) === dscp) return;
    this.#demandDetail(seen).countDscp(seen.direction, dscp);
    seen.mark(layout.META_DSCP_MIXED << seen.direction);
  }

  /** Shows a packet's payload to whoever watches its flow, or looks who should. */
  #look(packet: Packet, seen: Sighting): void {
    const { flow, direction } = seen;
    const hasDetail = (seen.word(layout.META) & layout.META_DETAIL) !== 0;
    const inspector = hasDetail ? this.detail(flow)?.inspector : undefined;
    if (inspector !== undefined) {
      inspector.inspect(packet, direction, seen.seconds, seen.nanoseconds, seen.packetNumber);
      if (!inspector.wantsMore) this.#settle(this.#demandDetail(seen), seen);
      else if (packet.protocol === IpProtocol.udp && inspector.run !== undefined)
        seen.setOwn(layout.RUN, inspector.run(direction));
      return;
    }
    const answer = this.#policy.recognise(packet, seen);
    if (typeof answer === "number") {
      if (answer > 0 && seen.word(layout.RECOGNITION) === 0)
        seen.set(layout.RECOGNITION, answer | (direction << 8));
      return;
    }
    const detail = this.#demandDetail(seen);
    detail.inspector = answer;
    if (!answer.wantsMore) this.#settle(detail, seen);
  }

  /** Keeps what an inspector found and lets it go: it has nothing more to learn. */
  #settle(detail: FlowDetail, seen: Sighting): void {
    detail.settle();
    seen.mark(layout.META_SETTLED);
    if ((seen.word(layout.META) & layout.META_PROTOCOL) !== IpProtocol.udp) return;
    seen.set(layout.RUN, 0);
    seen.set(layout.RUN + 1, 0);
  }

  #demandDetail(seen: Sighting): FlowDetail {
    const known = this.#details.get(seen.flow);
    if (known !== undefined) return known;
    seen.mark(layout.META_DETAIL);
    return this.#details.add(seen.flow);
  }
}

/** Which point is behind: the direction came in its first context alone before the second one is met. */
function lagOf(seen: Sighting, links: LinkDetail): TcpLag {
  const lag = (links.lag ??= new TcpLag());
  if (lag.knows(seen.direction)) return lag;
  const last = tenthsOf(seen.own(layout.LAST_SECONDS), seen.own(layout.LAST_NANOSECONDS));
  lag.led(seen.direction, seen.own(layout.CONTEXT) - 1, seen.own(layout.NEXT_SEQUENCE), last);
  return lag;
}

/** True where a run of RTP took the packet: whoever watches its flow need not see it. */
function continuesRun(packet: Packet, seen: Sighting): boolean {
  if (packet.protocol !== IpProtocol.udp) return false;
  const run = seen.own(layout.RUN);
  return (
    run !== 0 &&
    continueRun(
      run,
      packet.view,
      packet.payloadStart,
      packet.payloadEnd,
      Math.max(packet.payloadLength, packet.payloadEnd - packet.payloadStart),
      packet.dscp,
      seen.seconds,
      seen.nanoseconds,
    )
  );
}

/** True when the other direction was heard after a moment: what is sent again before a timer runs out answers what was heard. */
function isAnswered(seen: Sighting, since: number): boolean {
  if (seen.other(layout.PACKETS) === 0) return false;
  const heard = microseconds(seen.other(layout.LAST_SECONDS), seen.other(layout.LAST_NANOSECONDS));
  return ((heard - since) | 0) > 0;
}
