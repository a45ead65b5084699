import type { Direction, Modality } from "../words.ts";
import type { StreamReport } from "./recognition.ts";
import {
  isStaticPayloadType,
  kindModality,
  likelyMeaning,
  payloadMeanings,
  type PayloadKind,
} from "./payload-types.ts";
import { absoluteSendTime } from "./rtp.ts";
import { JitterMeter } from "./rtp-jitter.ts";
import { NetworkJitter } from "./rtp-network-jitter.ts";
import { isBeside, type RedContent, RedContents } from "./rtp-red.ts";
import {
  allocateRun,
  BURSTS,
  BURSTS_IN_SECOND,
  BYTES,
  CLOCK,
  FIRST_MS,
  JITTER,
  JITTER_MAX,
  JITTER_SUM,
  KIND,
  LAST_MS,
  MAX_DELTA,
  NEXT_SEQUENCE,
  PACKETS,
  releaseRun,
  RUN_JITTER,
  RunPlace,
  SECOND,
  SSRC,
  TIMESTAMP,
  TRIAL_MS,
  TRIAL_TIMESTAMPS,
} from "./rtp-runs.ts";
import { SequenceStep, SequenceTracker } from "./rtp-sequence.ts";
import { LossWindow } from "./loss-window.ts";
import { WorstWindow } from "./stream-windows.ts";

/** Microsoft's windows: loss and jitter in any 15 s, burst loss in any 200 ms. */
const WINDOW_BUCKETS = 15; // of one second
const BURST_BUCKET_MS = 20;
const BURST_BUCKETS = 10;
/** A window with fewer packets says nothing about percents: with 100, one lost packet is one percent. */
const FEWEST_IN_WINDOW = 100;
const FEWEST_IN_BURST = 5;
/** Numbers whose loss can be taken back; as far as late packets are accepted. */
const LATE = 128;
/** Different payload types that are counted in one stream. */
const MAX_PAYLOAD_TYPES = 8;
const MEAN_SIZE_OF_VIDEO = 500;
/** Microsoft's number for RED where no signaling says (MS-RTP 2.2.1). */
const USUAL_RED = 97;

const place = new RunPlace();

/** A meaning that session signaling gave to a payload type. */
export interface SignaledCodec {
  readonly encodingName: string;
  /** Hz. */
  readonly clockRate: number | undefined;
  readonly modality: Modality | undefined;
}

/** What the flow around a stream adds to what its packets say. */
export interface StreamSurroundings {
  /** True when something else on the flow is Microsoft's (MS-TURN, MS-ICE2). */
  readonly microsoft: boolean;
  /** The flow's own hint at a modality (ports, DSCP, TURN service quality), weaker than the payload type. */
  readonly hint: Modality | undefined;
}

/** One SSRC in one direction of a flow: is it RTP, which codec, how good. Packets in order of arrival. */
export class RtpStream {
  readonly direction: Direction;
  readonly ssrc: number;
  readonly firstPacket: number;
  /** Packets that came inside TURN, a Send or Data message or TCP framing. */
  wrapped = 0;
  /** Candidates, exact repetitions not counted. */
  candidates = 0;
  /** Steps between candidates, and how many of them went forward by less than 100. */
  steps = 0;
  goodSteps = 0;
  lastTimeMs = 0;
  /** DSCP of the latest packet. */
  dscp = 0;
  /** The payload type that carries others inside (RED, RFC 2198), or -1. */
  redType = -1;
  #red: RedContents | undefined;
  /** What the RED packet about to be added has inside. */
  #inside: RedContent | undefined;
  readonly #sequence: SequenceTracker = new SequenceTracker();
  readonly #jitter: JitterMeter = new JitterMeter();
  readonly #windowLoss: LossWindow = new LossWindow(WINDOW_BUCKETS, FEWEST_IN_WINDOW);
  readonly #windowJitter: WorstWindow = new WorstWindow(WINDOW_BUCKETS, FEWEST_IN_WINDOW / 2);
  readonly #burstLoss: LossWindow = new LossWindow(BURST_BUCKETS, FEWEST_IN_BURST);
  #second = 0;
  /** Burst bucket in which a missing number was found missing, by number modulo LATE. */
  readonly #missingIn: Uint32Array = new Uint32Array(LATE);
  readonly #payloadTypes: number[] = [];
  readonly #payloadCounts: number[] = [];
  readonly #kinds: (PayloadKind | undefined)[] = [];
  readonly #signaled: (SignaledCodec | undefined)[] = [];
  #networkJitter: NetworkJitter | undefined;
  readonly #ask: (payloadType: number) => SignaledCodec | undefined;
  #slot = -1;
  #payloadType = -1;
  readonly #firstTimeMs: number;
  #lastSequence = -1;
  #lastTimestamp = 0;
  #lastArrivalMs = -1;
  #maxDeltaMs = 0;
  #bytes = 0;
  /** Number of the stream's run (rtp-runs.ts), 0 before the first; it is armed while packets may be put into it. */
  #run = 0;
  #isArmed = false;
  /** The last packet came in sequence, and gave a jitter value or would have, were the clock known. */
  #isSteady = false;
  /** Packets that were taken by runs. */
  inRuns = 0;

  /** `signaled` is asked once for each payload type, while a packet of it is at hand. */
  constructor(
    direction: Direction,
    ssrc: number,
    firstPacket: number,
    timeMs: number,
    signaled: (payloadType: number) => SignaledCodec | undefined = () => undefined,
  ) {
    this.#ask = signaled;
    this.direction = direction;
    this.ssrc = ssrc;
    this.firstPacket = firstPacket;
    this.#firstTimeMs = timeMs;
  }

  /** Share of steps that went forward by less than 100. */
  get goodShare(): number {
    return this.steps === 0 ? 0 : this.goodSteps / this.steps;
  }

  /**
   * Adds a packet. `kind` is the header's second byte, marker and payload type; `size` its payload in bytes, `timeMs`
   * the arrival in ms since 1970.
   */
  add(kind: number, sequence: number, timestamp: number, size: number, timeMs: number): void {
    const payloadType = kind & 0x7f;
    if (this.#isArmed) this.endRun();
    this.#isSteady = false;
    if (sequence === this.#lastSequence && timestamp === this.#lastTimestamp) {
      this.#sequence.add(sequence); // a copy made by a mirror port: counted as duplicate, and nothing else
      return;
    }
    this.candidates++;
    if (this.#lastSequence >= 0) {
      this.steps++;
      const ahead = (sequence - this.#lastSequence) & 0xffff;
      if (ahead > 0 && ahead < 100) this.goodSteps++;
    }
    this.#lastSequence = sequence;
    this.#lastTimestamp = timestamp;
    if (payloadType !== this.#payloadType) this.#turnTo(payloadType);
    const slot = this.#slot;
    if (slot >= 0) this.#payloadCounts[slot] = (this.#payloadCounts[slot] ?? 0) + 1;
    this.#bytes += size;
    const step = this.#sequence.add(sequence);
    if (step === SequenceStep.duplicate || step === SequenceStep.jump) return;
    this.lastTimeMs = timeMs;
    // The marker begins a talk spurt: the time before it is silence, not delay.
    if (kind < 0x80 && this.#lastArrivalMs >= 0 && timeMs - this.#lastArrivalMs > this.#maxDeltaMs)
      this.#maxDeltaMs = timeMs - this.#lastArrivalMs;
    this.#lastArrivalMs = timeMs;
    this.#countLoss(step, timeMs);
    if (step === SequenceStep.restart) this.#jitter.skip();
    const inside = payloadType === this.redType ? this.#inside?.kind : undefined;
    const meaning = inside ?? (slot >= 0 ? this.#kinds[slot] : undefined);
    if (meaning === "comfort-noise" || meaning === "event") this.#jitter.skip();
    else if (this.#addJitter(payloadType, sequence, timestamp, timeMs) || this.#jitter.clock === 0) {
      // RED packets are looked into one by one.
      this.#isSteady = step === SequenceStep.forward && slot >= 0 && payloadType !== this.redType;
    }
  }

  #addJitter(payloadType: number, sequence: number, timestamp: number, timeMs: number): boolean {
    const measured = this.#jitter.add(payloadType, sequence, timestamp, timeMs);
    if (measured) this.#windowJitter.add(this.#second, this.#jitter.jitter, 1);
    return measured;
  }

  /** Lets packets that continue the stream be taken by `continueRun`; answers with the run's number, 0 for not now. */
  armRun(): number {
    if (!this.#isSteady || this.#isArmed) return this.#isArmed ? this.#run : 0;
    if (this.#run === 0) this.#run = allocateRun();
    const { words, doubles, bytes, word, double, byte } = place.at(this.#run);
    doubles[double + LAST_MS] = this.#lastArrivalMs;
    doubles[double + JITTER] = this.#jitter.jitter;
    doubles[double + JITTER_SUM] = this.#jitter.sum;
    doubles[double + JITTER_MAX] = this.#jitter.max;
    doubles[double + RUN_JITTER] = 0;
    doubles[double + MAX_DELTA] = this.#maxDeltaMs;
    doubles[double + FIRST_MS] = this.#firstTimeMs;
    doubles[double + CLOCK] = this.#jitter.clock;
    words[word + SSRC] = this.ssrc;
    words[word + KIND] = (this.dscp << 16) | this.#payloadType;
    words[word + NEXT_SEQUENCE] = (this.#lastSequence + 1) & 0xffff;
    words[word + TIMESTAMP] = this.#lastTimestamp;
    words[word + PACKETS] = 0;
    words[word + BYTES] = 0;
    words[word + SECOND] = this.#second;
    bytes.fill(0, byte + BURSTS, byte + BURSTS + BURSTS_IN_SECOND);
    this.#isArmed = true;
    return this.#run;
  }

  /** Takes in what the run took. */
  endRun(): void {
    if (!this.#isArmed) return;
    this.#isArmed = false;
    const { words, doubles, bytes, word, double, byte } = place.at(this.#run);
    const count = words[word + PACKETS] ?? 0;
    if (count === 0) return;
    this.inRuns += count;
    this.candidates += count;
    this.steps += count;
    this.goodSteps += count;
    this.#payloadCounts[this.#slot] = (this.#payloadCounts[this.#slot] ?? 0) + count;
    this.#bytes += words[word + BYTES] ?? 0;
    this.#sequence.addRun(count);
    const first = this.#lastSequence + 1;
    this.#lastSequence = ((words[word + NEXT_SEQUENCE] ?? 0) - 1) & 0xffff;
    this.#lastTimestamp = (words[word + TIMESTAMP] ?? 0) >>> 0;
    this.lastTimeMs = this.#lastArrivalMs = doubles[double + LAST_MS] ?? 0;
    this.#maxDeltaMs = doubles[double + MAX_DELTA] ?? 0;
    if (doubles[double + CLOCK] === 0) {
      for (let i = 0; i < count; i++) {
        const timestamp = (words[word + TRIAL_TIMESTAMPS + i] ?? 0) >>> 0;
        this.#addJitter(
          this.#payloadType,
          (first + i) & 0xffff,
          timestamp,
          doubles[double + TRIAL_MS + i] ?? 0,
        );
      }
    } else {
      this.#jitter.addRun(
        count,
        doubles[double + JITTER] ?? 0,
        doubles[double + JITTER_SUM] ?? 0,
        doubles[double + JITTER_MAX] ?? 0,
        this.#lastSequence,
        this.#lastTimestamp,
        this.lastTimeMs,
      );
      this.#windowJitter.add(this.#second, doubles[double + RUN_JITTER] ?? 0, count);
    }
    this.#windowLoss.add(this.#second, 0, count);
    for (let i = 0; i < BURSTS_IN_SECOND; i++) {
      const packets = bytes[byte + BURSTS + i] ?? 0;
      if (packets > 0) this.#burstLoss.add(this.#second * BURSTS_IN_SECOND + i, 0, packets);
    }
  }

  /** The stream is over, or makes room for another: its run is given back. */
  close(): void {
    this.endRun();
    if (this.#run !== 0) releaseRun(this.#run);
    this.#run = 0;
    this.#isSteady = false;
  }

  /** Looks into a packet of the RED type, just before it is added; its payload on the wire has `size` bytes. */
  lookInside(view: DataView, payloadStart: number, end: number, size: number): void {
    this.#inside = this.#red?.add(view, payloadStart, end, size);
  }

  /** Reads the absolute send time of a packet that was just added, where its header extensions have one. */
  readSendTime(view: DataView, start: number, end: number, timeMs: number): void {
    const extension = absoluteSendTime(view, start, end, this.#networkJitter?.rejected ?? 0);
    if (extension < 0) return;
    this.#networkJitter ??= new NetworkJitter();
    this.#networkJitter.add(extension, timeMs);
  }

  #countLoss(step: SequenceStep, timeMs: number): void {
    const elapsed = timeMs > this.#firstTimeMs ? timeMs - this.#firstTimeMs : 0;
    const burst = (elapsed / BURST_BUCKET_MS) | 0; // 31 bits: a stream of more than a year
    const second = (burst / BURSTS_IN_SECOND) | 0;
    this.#second = second;
    if (step === SequenceStep.late) {
      const foundIn = this.#missingIn[this.#sequence.lateNumber % LATE] ?? 0;
      this.#burstLoss.takeBack(foundIn);
      this.#windowLoss.takeBack(Math.trunc(foundIn / BURSTS_IN_SECOND));
      this.#burstLoss.add(burst, 0, 0);
      this.#windowLoss.add(second, 0, 0);
      return;
    }
    const advance = step === SequenceStep.restart ? 1 : this.#sequence.advance;
    this.#burstLoss.add(burst, advance - 1, advance);
    this.#windowLoss.add(second, advance - 1, advance);
    if (advance === 1) return;
    const highest = this.#sequence.highest;
    for (let i = Math.min(advance - 1, LATE); i > 0; i--) this.#missingIn[(highest - i) % LATE] = burst;
  }

  #turnTo(payloadType: number): void {
    this.#payloadType = payloadType;
    this.#slot = this.#slotOf(payloadType);
  }

  #slotOf(payloadType: number): number {
    const known = this.#payloadTypes.indexOf(payloadType);
    if (known >= 0 || this.#payloadTypes.length >= MAX_PAYLOAD_TYPES) return known;
    this.#payloadTypes.push(payloadType);
    this.#payloadCounts.push(0);
    const signaled = this.#ask(payloadType);
    this.#signaled.push(signaled);
    const presumed = this.#presumedKind(payloadType);
    this.#kinds.push(signaled === undefined ? presumed : (signaledKind(signaled) ?? presumed));
    const fixed = isStaticPayloadType(payloadType) ? payloadMeanings(payloadType)[0]?.clockRate : undefined;
    const clock = signaled?.clockRate ?? fixed;
    if (clock !== undefined) this.#jitter.setClock(payloadType, clock);
    if (signaled === undefined ? payloadType === USUAL_RED : signaled.encodingName.toLowerCase() === "red")
      this.#beginRed(payloadType, signaled !== undefined);
    return this.#payloadTypes.length - 1;
  }

  #beginRed(payloadType: number, isSignaled: boolean): void {
    this.redType = payloadType;
    this.#red = new RedContents(payloadType, isSignaled, (inner) => {
      const signaled = this.#ask(inner);
      const presumed = payloadMeanings(inner)[0]?.kind;
      const kind = signaled === undefined ? undefined : signaledKind(signaled);
      const known = isStaticPayloadType(inner) || isBeside(presumed) ? presumed : undefined;
      return { payloadType: inner, signaled, kind: kind ?? known };
    });
  }

  /** Before signaling: static types and Microsoft's comfort noise and events, but only beside another type. */
  #presumedKind(payloadType: number): PayloadKind | undefined {
    const kind = payloadMeanings(payloadType)[0]?.kind;
    if (isStaticPayloadType(payloadType)) return kind;
    const beside = this.#payloadTypes.length > 1;
    return beside && (kind === "comfort-noise" || kind === "event") ? kind : undefined;
  }

  /** Payload type of most packets that are no comfort noise, events or repair (of all, if there are only such). */
  get mainPayloadType(): number {
    let best = -1;
    for (let i = 0; i < this.#payloadTypes.length; i++) {
      if (isBeside(this.#kinds[i])) continue;
      if (best < 0 || (this.#payloadCounts[i] ?? 0) > (this.#payloadCounts[best] ?? 0)) best = i;
    }
    return this.#payloadTypes[best < 0 ? 0 : best] ?? 0;
  }

  /** The stream as it stands at the end of the flow. Call once. */
  report(around: StreamSurroundings): StreamReport {
    const payloadType = this.mainPayloadType;
    const inside = payloadType === this.redType ? this.#red?.main : undefined;
    const outside = this.#signaled[this.#payloadTypes.indexOf(payloadType)];
    const likely = likelyMeaning(payloadType, undefined, around.microsoft);
    this.#jitter.finish(likely?.clockRate);
    for (const window of [this.#windowLoss, this.#windowJitter, this.#burstLoss]) window.finish();
    const measured = this.#jitter.measuredClock(payloadType);
    const own = likelyMeaning(payloadType, measured, around.microsoft);
    const within =
      inside && likelyMeaning(inside.payloadType, measured ?? outside?.clockRate, around.microsoft);
    const signaled = inside?.signaled ?? (within === undefined ? outside : undefined);
    const meaning = within ?? own;
    const clockRate = this.#jitter.clockOf(payloadType) || meaning?.clockRate;
    const kind = inside?.kind ?? this.#kinds[this.#payloadTypes.indexOf(payloadType)] ?? meaning?.kind;
    const sequence = this.#sequence;
    const measurable = this.#jitter.count > 0;
    return {
      direction: this.direction,
      ssrc: this.ssrc,
      payloadType,
      codec: signaled?.encodingName ?? meaning?.codec,
      clockRate,
      modality: signaled?.modality ?? this.#modality(kind, clockRate, around.hint),
      packets: sequence.unique,
      expected: sequence.expected,
      lost: sequence.lost,
      duplicates: sequence.duplicates,
      reordered: sequence.reordered,
      firstPacket: this.firstPacket,
      startSeconds: this.#firstTimeMs / 1000,
      endSeconds: Math.max(this.lastTimeMs, this.#firstTimeMs) / 1000,
      firstSequence: sequence.firstSequence,
      lastSequence: sequence.lastSequence,
      meanJitterMs: measurable ? this.#jitter.sum / this.#jitter.count : undefined,
      maxJitterMs: measurable ? this.#jitter.max : undefined,
      maxDeltaMs: sequence.unique > 1 ? this.#maxDeltaMs : undefined,
      networkJitterMs: this.#networkJitter?.mean,
      burstLossPercent: percent(this.#burstLoss.worst),
      worstWindowLossPercent: percent(this.#windowLoss.worst),
      worstWindowJitterMs: this.#windowJitter.worst < 0 ? undefined : this.#windowJitter.worst,
    };
  }

  /** The ladder, strongest first: payload type, the flow's hints as far as the clock allows them, shape. */
  #modality(
    kind: PayloadKind | undefined,
    clockRate: number | undefined,
    hint: Modality | undefined,
  ): Modality | undefined {
    // "data" on 127 may be application sharing: a hint that says so is better.
    if (kind === "data") return hint === "sharing" ? "sharing" : "data";
    if (kind !== undefined) {
      const modality = kindModality(kind);
      return modality === "video" && hint === "sharing" ? "sharing" : modality;
    }
    if (clockRate === 90000) return hint === "sharing" ? "sharing" : "video";
    if (clockRate !== undefined) return "audio";
    if (hint !== undefined) return hint;
    return this.candidates > 0 && this.#bytes / this.candidates > MEAN_SIZE_OF_VIDEO ? "video" : undefined;
  }
}

/** Percent of a ratio that is -1 where nothing was measured. */
function percent(ratio: number): number | undefined {
  return ratio < 0 ? undefined : 100 * ratio;
}

/** Sent again, or made of other packets: RFC 4588, 5109, 8627 and their kin; Microsoft's x-ulpfecuc. */
const REPAIR = /^(?:rtx|ulpfec|x-ulpfecuc|parityfec|flexfec(?:-03)?)$/;

function signaledKind(codec: SignaledCodec): PayloadKind | undefined {
  const name = codec.encodingName.toLowerCase();
  if (name === "cn") return "comfort-noise";
  if (name === "telephone-event") return "event";
  if (REPAIR.test(name)) return "repair";
  if (codec.modality === "audio" || codec.modality === "video") return codec.modality;
  return undefined;
}
