import type { ClockLine } from "../capture/clock-line.ts";
import type { Frame } from "../capture/frame.ts";
import type { CaptureInput } from "../capture/inputs.ts";
import type { CaptureMerge } from "../capture/merge.ts";
import { packetOptions } from "../capture/packet-options.ts";
import type { RawOption } from "../capture/pcapng-options.ts";
import type { RunSummary } from "../classify/run-summary.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { Decoder } from "../wire/decode.ts";
import { Oddities } from "../wire/oddities.ts";
import { Packet } from "../wire/packet.ts";
import type { CaptureBlocks } from "./annotate-blocks.ts";
import type { AnnotatedFindings } from "./annotate-findings.ts";
import { carriedOptions } from "./annotate-options.ts";
import { enhancedPacket, interfaceDescription } from "./annotate-pcapng.ts";

interface Time {
  readonly seconds: number;
  readonly nanoseconds: number;
}

const NO_TIME: Time = { seconds: 0, nanoseconds: 0 };

/** The packets of findings as blocks of one pcapng section, their times by the clock of the run's reference. */
export class AnnotatedPackets {
  /** Packets written. */
  count = 0;
  readonly #merge: CaptureMerge;
  readonly #findings: AnnotatedFindings;
  readonly #comments: ReadonlyMap<number, ReadonlyMap<number, readonly string[]>>;
  readonly #clocks: readonly ClockLine[];
  /** What the captures hold besides packets, in the order of `captures`. */
  readonly #blocks: readonly (CaptureBlocks | undefined)[];
  readonly #put: (block: Uint8Array) => void;
  readonly #decoder = new Decoder(new Oddities());
  readonly #packet = new Packet();
  /** Numbers of the interfaces written, by capture and interface. */
  readonly #interfaces = new Map<string, number>();
  /** Indices of the captures of which packets were written. */
  readonly #written = new Set<number>();

  constructor(
    merge: CaptureMerge,
    run: RunSummary,
    findings: AnnotatedFindings,
    blocks: ReadonlyMap<CaptureInput, CaptureBlocks>,
    put: (block: Uint8Array) => void,
  ) {
    this.#merge = merge;
    this.#findings = findings;
    this.#comments = findings.comments(run.links);
    this.#clocks = merge.captures.map(({ input }) => run.clocks.lineOf(input));
    this.#blocks = merge.captures.map(({ input }) => blocks.get(input));
    this.#put = put;
  }

  /** Writes what belongs to packets that were written but came behind them. True: there are secrets that were not copied. */
  end(): boolean {
    let hasSecrets = false;
    for (const capture of this.#written) {
      this.#blocks[capture]?.write(this.#put);
      hasSecrets ||= this.#blocks[capture]?.hasSecrets === true;
    }
    return hasSecrets;
  }

  /** Writes those that are buffered. */
  write(): void {
    const merge = this.#merge;
    while (merge.next()) {
      const { frame, captureIndex } = merge;
      this.#decoder.decode(frame, this.#packet);
      const time = timeBy(this.#clocks[captureIndex], frame);
      if (this.#findings.has(this.#packet, time.seconds)) this.#writePacket(frame, captureIndex, time);
    }
  }

  #writePacket(frame: Frame, capture: number, { seconds, nanoseconds }: Time): void {
    const { view, start, end, originalLength } = frame;
    const index = this.#interfaceOf(frame, capture);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, end - start);
    const isPcapng = this.#merge.captures[capture]?.reader?.format === "pcapng";
    const had = isPcapng ? optionsOf(frame) : [];
    this.#blocks[capture]?.write(this.#put);
    this.#written.add(capture);
    const said = this.#comments.get(capture)?.get(frame.number) ?? [];
    this.#put(enhancedPacket(index, seconds, nanoseconds, bytes, originalLength, had, said));
    this.count += 1;
  }

  /** Number of the packet's interface, which is described before its first packet. */
  #interfaceOf({ interfaceIndex, linkType }: Frame, captureIndex: number): number {
    const key = `${captureIndex} ${interfaceIndex}`;
    const known = this.#interfaces.get(key);
    if (known !== undefined) return known;
    const index = this.#interfaces.size;
    this.#interfaces.set(key, index);
    const capture = this.#merge.captures[captureIndex];
    const card = capture?.reader?.interfaces[interfaceIndex];
    const file = terminalSafe(capture?.input.shown ?? capture?.input.name ?? "");
    const description = [card?.description, `from ${file}`].filter((part) => part !== undefined).join(", ");
    const more = this.#blocks[captureIndex]?.optionsOf(interfaceIndex) ?? [];
    this.#put(interfaceDescription(linkType, card?.snapLength ?? 0, card?.name ?? file, description, more));
    return index;
  }
}

function optionsOf(frame: Frame): RawOption[] {
  const had = packetOptions(frame);
  if (had === undefined) return [];
  return carriedOptions(had.obsolete ? "obsolete packet" : "packet", had.options, had.littleEndian);
}

/** The frame's time by the reference's clock; zero for one that has none, or lies before 1970. */
function timeBy(clock: ClockLine | undefined, frame: Frame): Time {
  if (!frame.timed) return NO_TIME;
  const offset = clock?.at(frame.seconds) ?? 0;
  if (frame.seconds * 1e9 + frame.nanoseconds + offset < 0) return NO_TIME;
  const offsetSeconds = Math.floor(offset / 1e9);
  const nanoseconds = frame.nanoseconds + (offset - offsetSeconds * 1e9);
  const seconds = frame.seconds + offsetSeconds;
  return nanoseconds >= 1e9
    ? { seconds: seconds + 1, nanoseconds: nanoseconds - 1e9 }
    : { seconds, nanoseconds };
}
