import type { CaptureReader } from "../capture/reader.ts";
import { FlowKey } from "../flows/flow-key.ts";
import { Decoder } from "../wire/decode.ts";
import { Oddities } from "../wire/oddities.ts";
import { Packet, PacketKind } from "../wire/packet.ts";
import type { FrameWriter } from "./frame-file.ts";
import { LessonFinder } from "./lessons.ts";
import type { CaptureSurvey } from "./tasks.ts";
import { TupleTable } from "./tuple-table.ts";

/** Fragments of one datagram come within this time, seconds. */
const FRAGMENT_SECONDS = 2;

export type PacketFindings = Pick<
  CaptureSurvey,
  "packetsInFlows" | "untimed" | "firstSeconds" | "lastSeconds" | "disorderSeconds" | "tuples" | "oddities"
>;

/** The packets of one capture, as a survey looks at them: their times, their 5-tuples, and those that teach of others. */
export class SurveyedPackets {
  /** When each 5-tuple was seen; whoever takes them out counts them. */
  readonly tuples: TupleTable = new TupleTable();
  readonly #reader: CaptureReader;
  readonly #lessons: FrameWriter;
  readonly #finder: LessonFinder = new LessonFinder();
  readonly #oddities: Oddities = new Oddities();
  readonly #decoder: Decoder;
  readonly #packet: Packet = new Packet();
  readonly #key: FlowKey = new FlowKey();
  #packetsInFlows = 0;
  #untimed = 0;
  #firstSeconds: number | undefined;
  /** The latest time so far: a packet that is late lies beside it. */
  #position = 0;
  #disorderSeconds = 0;

  constructor(reader: CaptureReader, lessons: FrameWriter) {
    this.#reader = reader;
    this.#lessons = lessons;
    this.#oddities.capture = reader.name;
    this.#decoder = new Decoder(this.#oddities);
  }

  /** Takes what is buffered; true where `tuples` got full before it had all of that. */
  read(): boolean {
    const reader = this.#reader;
    const { frame } = reader;
    const [packet, key, tuples] = [this.#packet, this.#key, this.tuples];
    while (reader.next()) {
      if (frame.timed) this.#noteTime(frame.seconds);
      else this.#untimed += 1;
      this.#decoder.decode(frame, packet);
      const isOfFlow = packet.kind !== PacketKind.none && key.ofPacket(packet);
      if (this.#finder.isLesson(packet, key)) this.#lessons.add(0, frame, 0, this.#position);
      if (!isOfFlow) continue;
      if (packet.kind !== PacketKind.icmp) this.#packetsInFlows += 1;
      tuples.note(key.high, key.low, this.#position);
      if (tuples.full) return true;
    }
    return false;
  }

  /** Notes datagrams of which not all came: the rest may lie in the next file, where nothing tells its ports. */
  noteUnfinished(): void {
    const key = this.#key;
    this.#decoder.eachUnfinished((datagram) => {
      key.ofDatagram(datagram);
      this.tuples.note(key.high, key.low, this.#position + FRAGMENT_SECONDS);
    });
  }

  /** `tuples`: how many were taken out. */
  findings(tuples: number): PacketFindings {
    return {
      packetsInFlows: this.#packetsInFlows,
      untimed: this.#untimed,
      firstSeconds: this.#firstSeconds,
      lastSeconds: this.#firstSeconds === undefined ? undefined : this.#position,
      disorderSeconds: this.#disorderSeconds,
      tuples,
      oddities: this.#oddities.list(),
    };
  }

  #noteTime(seconds: number): void {
    this.#firstSeconds ??= seconds;
    const late = this.#position - seconds;
    if (late < 0) this.#position = seconds;
    else if (late > this.#disorderSeconds) this.#disorderSeconds = late;
  }
}
