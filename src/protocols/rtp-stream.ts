import type { Direction } from "../words.ts";
import type { StreamReport } from "./recognition.ts";
import { absoluteSendTime } from "./rtp.ts";
import { doAdvance, goodShare, NEAR_STEP } from "./rtp-advance.ts";
import { JitterMeter } from "./rtp-jitter.ts";
import { NetworkJitter } from "./rtp-network-jitter.ts";
import { StreamLoss } from "./rtp-loss.ts";
import { StreamPayloads } from "./rtp-payloads.ts";
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
import { fillsGap, isRenumbered, type Step } from "./rtp-gap.ts";
import { isFarAhead, isLeap, SequenceStep, SequenceTracker } from "./rtp-sequence.ts";
import type { SignaledCodec } from "./signaled-codec.ts";
import { streamCodec, type StreamSurroundings } from "./stream-codec.ts";
import {
  figuresOf,
  jitterWindow,
  NOTHING_MEASURED,
  type StreamMeters,
  type StreamWorth,
  worthOf,
} from "./stream-figures.ts";
import type { WorstWindow } from "./stream-windows.ts";

/** A silence longer than this may be a hole in the capture, ms. */
const HEARD_MS = 3000;

const place = new RunPlace();

/** One SSRC in one direction of a flow: is it RTP, which codec, how good. Packets in order of arrival. */
export class RtpStream {
  readonly direction: Direction;
  readonly ssrc: number;
  readonly firstPacket: number;
  /** Packets that came inside TURN, a Send or Data message or TCP framing. */
  wrapped = 0;
  /** Candidates, exact repetitions not counted. */
  candidates = 0;
  /** Exact repetitions of the packet before, as mirror ports make them. */
  copies = 0;
  /** Steps between candidates, and how many of them went forward, or back, by less than 100. */
  steps = 0;
  goodSteps = 0;
  lateSteps = 0;
  lastTimeMs = 0;
  /** DSCP of the latest packet. */
  dscp = 0;
  readonly #sequence: SequenceTracker = new SequenceTracker();
  readonly #jitter: JitterMeter = new JitterMeter();
  readonly #loss: StreamLoss;
  readonly #windowJitter: WorstWindow = jitterWindow();
  readonly #payloads: StreamPayloads;
  #networkJitter: NetworkJitter | undefined;
  readonly #firstTimeMs: number;
  #lastSequence = -1;
  #lastTimestamp = 0;
  #lastArrivalMs = -1;
  #maxDeltaMs = 0;
  #bytes = 0;
  /** The second in which signaling was asked last: it may tell a payload type later. */
  #askedSecond = 0;
  /** Number of the stream's run (rtp-runs.ts), 0 before the first; it is armed while packets may be put into it. */
  #run = 0;
  #isArmed = false;
  /** The last packet came in sequence, and gave a jitter value or would have, were the clock known. */
  #isSteady = false;
  /** Since when no silence was longer than HEARD_MS, ms since 1970. */
  #heardSinceMs: number;
  readonly #isOtherHeard: (fromMs: number, toMs: number) => boolean;
  /** Packets that were taken by runs. */
  inRuns = 0;

  /**
   * `signaled` is asked for each payload type, while a packet of it is at hand, and once a second until it answers;
   * `isOtherHeard` says whether media the other way was captured all the time.
   */
  constructor(
    direction: Direction,
    ssrc: number,
    firstPacket: number,
    timeMs: number,
    signaled: (payloadType: number) => SignaledCodec | undefined = () => undefined,
    isOtherHeard: (fromMs: number, toMs: number) => boolean = () => false,
  ) {
    this.direction = direction;
    this.ssrc = ssrc;
    this.firstPacket = firstPacket;
    this.#firstTimeMs = this.#heardSinceMs = timeMs;
    this.#isOtherHeard = isOtherHeard;
    this.#loss = new StreamLoss(timeMs);
    this.#payloads = new StreamPayloads(signaled);
  }

  get goodShare(): number {
    return goodShare(this);
  }

  /** The numbers advance as RTP's do (rtp-advance.ts). */
  get advances(): boolean {
    return doAdvance(this, this.#sequence);
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
      this.copies++;
      this.#sequence.add(sequence); // counted as duplicate, and nothing else
      return;
    }
    this.candidates++;
    let isAfterGap = false;
    if (this.#lastSequence >= 0) {
      this.steps++;
      const ahead = (sequence - this.#lastSequence) & 0xffff;
      if (ahead > 0 && ahead < NEAR_STEP) this.goodSteps++;
      else if (ahead > 0x10000 - NEAR_STEP) this.lateSteps++;
      else if (isFarAhead(ahead)) isAfterGap = this.#goesOn(this.#stepTo(ahead, timestamp, timeMs), timeMs);
      else if (isLeap(ahead) && this.#isRenumbered(this.#stepTo(ahead, timestamp, timeMs)))
        this.#sequence.skip();
    }
    this.#lastSequence = sequence;
    this.#lastTimestamp = timestamp;
    const payloads = this.#payloads;
    this.#jitter.setClock(payloadType, payloads.add(payloadType, size));
    this.#bytes += size;
    const step = isAfterGap ? this.#sequence.addAfterGap(sequence) : this.#sequence.add(sequence);
    if (step === SequenceStep.duplicate || step === SequenceStep.jump) return;
    this.lastTimeMs = timeMs;
    if (timeMs - this.#lastArrivalMs > HEARD_MS) this.#heardSinceMs = timeMs;
    // The marker begins a talk spurt: the time before it is silence, not delay.
    if (kind < 0x80 && this.#lastArrivalMs >= 0 && timeMs - this.#lastArrivalMs > this.#maxDeltaMs)
      this.#maxDeltaMs = timeMs - this.#lastArrivalMs;
    this.#lastArrivalMs = timeMs;
    this.#loss.add(step, this.#sequence, timeMs);
    if (this.#loss.second !== this.#askedSecond) {
      this.#askedSecond = this.#loss.second;
      this.#jitter.tellClock(payloadType, payloads.askAgain());
    }
    if (step === SequenceStep.restart) this.#jitter.skip();
    const { kind: meaning } = payloads;
    if (meaning === "comfort-noise" || meaning === "event") this.#jitter.skip();
    else if (meaning === "repair") this.#jitter.pass(sequence);
    else if (this.#addJitter(payloadType, sequence, timestamp, timeMs) || this.#jitter.clock === 0) {
      // RED packets are looked into one by one.
      this.#isSteady =
        step === SequenceStep.forward && payloads.isCounted && payloadType !== payloads.redType;
    }
  }

  /**
   * True where a number far ahead is what time and rate say, and the time stamp, too: the stream did not begin anew, a minute of
   * audio, or some seconds of video, is missing. Media the other way has to show that it is not the capture that has a hole.
   */
  #goesOn(step: Step | undefined, timeMs: number): boolean {
    if (step === undefined || !fillsGap(step)) return false;
    return this.#isOtherHeard(timeMs - step.ms / 2, timeMs - HEARD_MS);
  }

  #isRenumbered(step: Step | undefined): boolean {
    return step !== undefined && isRenumbered(step);
  }

  /** The step from the last packet to one so many numbers ahead; undefined where nothing tells how long it should take. */
  #stepTo(ahead: number, timestamp: number, timeMs: number): Step | undefined {
    const { clock } = this.#jitter;
    if (clock === 0 || this.#lastArrivalMs < 0) return undefined;
    return {
      ahead,
      stampMs: (((timestamp - this.#lastTimestamp) | 0) / clock) * 1000,
      ms: timeMs - this.#lastArrivalMs,
      numbersAMs: this.#sequence.expected / Math.max(1, this.#lastArrivalMs - this.#firstTimeMs),
      clock,
    };
  }

  /** True where it was captured between two moments without a long silence. Leaves its run as it is: packets may be put into it. */
  wasHeard(fromMs: number, toMs: number): boolean {
    return this.#heardSinceMs <= fromMs && this.#latestMs() >= toMs;
  }

  #latestMs(): number {
    if (!this.#isArmed) return this.lastTimeMs;
    const { doubles, double } = place.at(this.#run);
    return doubles[double + LAST_MS] ?? 0;
  }

  #addJitter(payloadType: number, sequence: number, timestamp: number, timeMs: number): boolean {
    if (payloadType !== this.#jitter.payloadType && payloadType === this.#payloads.main)
      this.#jitter.comeBack(payloadType, sequence, timeMs);
    const measured = this.#jitter.add(payloadType, sequence, timestamp, timeMs);
    if (measured) this.#windowJitter.add(this.#loss.second, this.#jitter.jitter, 1);
    return measured;
  }

  /** The capture lacks what was sent until the next packet, which the network did not lose. */
  skip(): void {
    this.endRun();
    this.#sequence.skip();
    this.#lastSequence = -1;
    this.#lastArrivalMs = -1;
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
    words[word + KIND] = (this.dscp << 16) | this.#payloads.payloadType;
    words[word + NEXT_SEQUENCE] = (this.#lastSequence + 1) & 0xffff;
    words[word + TIMESTAMP] = this.#lastTimestamp;
    words[word + PACKETS] = 0;
    words[word + BYTES] = 0;
    words[word + SECOND] = this.#loss.second;
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
    this.#payloads.addRun(count);
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
          this.#payloads.payloadType,
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
      this.#windowJitter.add(this.#loss.second, doubles[double + RUN_JITTER] ?? 0, count);
    }
    this.#loss.addRun(count, bytes, byte + BURSTS);
  }

  /** The stream is over, or makes room for another: its run is given back. */
  close(): void {
    this.endRun();
    this.discard();
    this.#isSteady = false;
  }

  /** Gives the run back without what it took. */
  discard(): void {
    if (this.#run !== 0) releaseRun(this.#run);
    this.#run = 0;
  }

  /** Session signaling says what most of its packets are. */
  get isSignaled(): boolean {
    return this.#payloads.signaledOf(this.#payloads.main) !== undefined;
  }

  /** The payload type that carries others inside (RED, RFC 2198), or -1. */
  get redType(): number {
    return this.#payloads.redType;
  }

  /** Looks into a packet of the RED type, just before it is added; its payload on the wire has `size` bytes. */
  lookInside(view: DataView, payloadStart: number, end: number, size: number): void {
    this.#payloads.lookInside(view, payloadStart, end, size);
  }

  /** Reads the absolute send time of a packet that was just added, where its header extensions have one. */
  readSendTime(view: DataView, start: number, end: number, timeMs: number): void {
    const extension = absoluteSendTime(view, start, end, this.#networkJitter?.rejected ?? 0);
    if (extension < 0) return;
    this.#networkJitter ??= new NetworkJitter();
    this.#networkJitter.add(extension, timeMs);
  }

  get #meters(): StreamMeters {
    return {
      sequence: this.#sequence,
      jitter: this.#jitter,
      loss: this.#loss,
      windowJitter: this.#windowJitter,
    };
  }

  /** How bad it was so far. Repair is judged by nobody. */
  get worth(): StreamWorth {
    return this.#payloads.kind === "repair" ? NOTHING_MEASURED : worthOf(this.#meters);
  }

  /** The stream as it stands at the end of the flow. Call once. */
  report(around: StreamSurroundings): StreamReport {
    const meanSize = this.#bytes / this.candidates;
    return {
      direction: this.direction,
      ssrc: this.ssrc,
      firstPacket: this.firstPacket,
      startSeconds: this.#firstTimeMs / 1000,
      endSeconds: Math.max(this.lastTimeMs, this.#firstTimeMs) / 1000,
      maxDeltaMs: this.#sequence.unique > 1 ? this.#maxDeltaMs : undefined,
      networkJitterMs: this.#networkJitter?.mean,
      ...streamCodec(this.#payloads, this.#jitter, meanSize, around),
      ...figuresOf(this.#meters),
    };
  }
}
