import { type Direction, opposite } from "../words.ts";
import type { Arrival } from "./arrival.ts";
import type { KeySink } from "./identity-key.ts";
import { type Held, RtpCandidates } from "./rtp-candidates.ts";
import { LOWEST_REFUSED_AFTER_ICE, rtpHeaderLength } from "./rtp.ts";
import { RtpStream } from "./rtp-stream.ts";
import type { SignaledCodec } from "./signaled-codec.ts";
import { leastMissed } from "./stream-room.ts";

/** Streams kept for each direction of a flow; a large conference has about twenty. */
const MAX_STREAMS = 64;
/** A stream of few packets that had one so short a time ago is growing; ms. */
const GROWING_MS = 1000;
/** Time between two searches for room, ms. */
const SEEK_MS = 1000;
/** Flow rule: packets of one SSRC, fewer on a tuple that had STUN or DTLS. */
const FEWEST_PACKETS = 6;
const FEWEST_PACKETS_BESIDE_STUN = 3;

/** The X bit in the first word of a header. */
const HAS_EXTENSION = 0x1000_0000;

/**
 * The RTP streams of one flow, by direction and SSRC. A packet that looks like RTP proves nothing; what counts is
 * several of one SSRC with advancing numbers (RFC 3550, A.1). Bounded: 64 streams a direction.
 */
export class RtpStreams {
  /** Called for a new stream and payload type, and now and then until it answers: what session signaling says of it. */
  readonly #signaled: (payloadType: number) => SignaledCodec | undefined;
  readonly #streams: [RtpStream[], RtpStream[]] = [[], []];
  readonly #last: [RtpStream | undefined, RtpStream | undefined] = [undefined, undefined];
  readonly #candidates: [RtpCandidates, RtpCandidates] = [new RtpCandidates(), new RtpCandidates()];
  /** Packets that runs of streams took which made room for others. */
  #droppedInRuns = 0;
  /** When no stream was found that could make room, by direction; ms since 1970. */
  readonly #soughtMs: [number, number] = [0, 0];
  /** Streams for which there was no room. */
  dropped = 0;
  /** Streams that passed the flow rule, ended, and made room for later ones; their packets, and copies of these. */
  retired = 0;
  retiredPackets = 0;
  retiredCopies = 0;

  constructor(signaled: (payloadType: number) => SignaledCodec | undefined) {
    this.#signaled = signaled;
  }

  /** True when some SSRC has shown several packets in sequence. */
  get promising(): boolean {
    return this.#streams[0].length + this.#streams[1].length > 0;
  }

  /** Adds a packet that passed `rtpHeaderLength`. */
  add(view: DataView, start: number, end: number, size: number, arrival: Arrival): void {
    const { direction, timeMs } = arrival;
    const ssrc = view.getUint32(start + 8);
    let stream = this.#last[direction];
    if (stream === undefined || stream.ssrc !== ssrc) {
      stream = this.#find(direction, ssrc);
      if (stream === undefined) {
        if (ssrc === 0) return;
        const held = this.#candidates[direction].hold(view, start, ssrc, size, arrival);
        if (held !== undefined) this.#promote(direction, ssrc, held);
        return;
      }
      this.#last[direction] = stream;
    }
    const word = view.getUint32(start);
    if (arrival.depth > 0) stream.wrapped++;
    stream.dscp = arrival.dscp;
    if (stream.redType >= 0 && ((word >>> 16) & 0x7f) === stream.redType)
      stream.lookInside(view, start + headerLength(view, start, end), end, size);
    stream.add((word >>> 16) & 0xff, word & 0xffff, view.getUint32(start + 4), size, timeMs);
    if ((word & HAS_EXTENSION) !== 0) stream.readSendTime(view, start, end, timeMs);
  }

  /** The capture lacks bytes of a direction that did arrive. */
  skip(direction: Direction): void {
    for (const stream of this.#streams[direction]) stream.skip();
  }

  /** Number of the run that continues the direction's latest stream, or 0 (rtp-runs.ts). */
  run(direction: Direction): number {
    return this.#last[direction]?.armRun() ?? 0;
  }

  /** Takes in what runs took, and gives them back; answers with how many packets they took in all. */
  endRuns(): number {
    let packets = 0;
    for (const streams of this.#streams) {
      for (const stream of streams) {
        stream.close();
        packets += stream.inRuns;
      }
    }
    return packets + this.#droppedInRuns;
  }

  /** Gives the runs back without what they took. */
  discard(): void {
    for (const streams of this.#streams) for (const stream of streams) stream.discard();
  }

  /** Shows the SSRCs of all streams, accepted or not. */
  identityKeys(sink: KeySink): void {
    for (const streams of this.#streams) for (const stream of streams) sink.add(stream.ssrc | 0);
  }

  #find(direction: Direction, ssrc: number): RtpStream | undefined {
    for (const stream of this.#streams[direction]) if (stream.ssrc === ssrc) return stream;
    return undefined;
  }

  #promote(direction: Direction, ssrc: number, all: readonly Held[]): void {
    const first = all[0];
    if (first === undefined) return;
    const streams = this.#streams[direction];
    const room = streams.length < MAX_STREAMS ? streams.length : this.#makeRoom(direction, first.timeMs);
    if (room < 0) {
      this.dropped++;
      return;
    }
    const others = this.#streams[opposite(direction)];
    const stream = new RtpStream(
      direction,
      ssrc,
      first.packetNumber,
      first.timeMs,
      this.#signaled,
      (fromMs, toMs) => others.some((other) => other.wasHeard(fromMs, toMs)),
    );
    for (const held of all) {
      if (held.wrapped) stream.wrapped++;
      stream.dscp = held.dscp;
      stream.add(held.kind, held.sequence, held.timestamp, held.size, held.timeMs);
    }
    streams[room] = stream;
    this.#last[direction] = stream;
  }

  /** Index of a stream that lets go of its place, or -1: all are needed. */
  #makeRoom(direction: Direction, nowMs: number): number {
    const streams = this.#streams[direction];
    const weak = weakest(streams, nowMs);
    const room = weak >= 0 ? weak : this.#leastMissed(streams, direction, nowMs);
    const gone = streams[room];
    if (gone === undefined) return -1;
    gone.close();
    this.#droppedInRuns += gone.inRuns;
    if (weak >= 0) return room;
    this.retired++;
    this.retiredPackets += gone.candidates;
    this.retiredCopies += gone.copies;
    return room;
  }

  /** Looked for once a second: what finds no room comes back with its next packets. */
  #leastMissed(streams: readonly RtpStream[], direction: Direction, nowMs: number): number {
    if (Math.abs(nowMs - this.#soughtMs[direction]) < SEEK_MS) return -1;
    for (const stream of streams) stream.endRun();
    const found = leastMissed(streams, nowMs);
    if (found < 0) this.#soughtMs[direction] = nowMs;
    return found;
  }

  /** Streams that pass the flow rule; `besideStun`: STUN or DTLS was on the same tuple. */
  accepted(besideStun: boolean): RtpStream[] {
    const fewest = besideStun ? FEWEST_PACKETS_BESIDE_STUN : FEWEST_PACKETS;
    const accepted: RtpStream[] = [];
    for (const streams of this.#streams)
      for (const stream of streams) if (passes(stream, fewest)) accepted.push(stream);
    return accepted.length < 2
      ? accepted
      : accepted.sort((a, b) => a.firstPacket - b.firstPacket || a.direction - b.direction);
  }
}

/** Of a packet that was taken for RTP already. */
function headerLength(view: DataView, start: number, end: number): number {
  return rtpHeaderLength(view, start, end, end - start, LOWEST_REFUSED_AFTER_ICE);
}

/** The flow rule. */
function passes(stream: RtpStream, fewest: number = FEWEST_PACKETS): boolean {
  return stream.candidates >= fewest && stream.advances;
}

/** Index of the stream that is least worth keeping, or -1 when all pass the flow rule, or may yet with their next packets. */
function weakest(streams: readonly RtpStream[], nowMs: number): number {
  let worst = -1;
  let worstTime = Number.POSITIVE_INFINITY;
  for (const [i, stream] of streams.entries()) {
    if (passes(stream)) continue;
    // What its run took counts, too.
    stream.endRun();
    if (passes(stream)) continue;
    if (stream.candidates < FEWEST_PACKETS && nowMs - stream.lastTimeMs < GROWING_MS) continue;
    if (stream.lastTimeMs < worstTime) {
      worst = i;
      worstTime = stream.lastTimeMs;
    }
  }
  return worst;
}
