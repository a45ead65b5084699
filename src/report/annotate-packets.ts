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
import { type TakenPacket, WaitingFragments } from "./annotate-fragments.ts";
import { carriedOptions } from "./annotate-options.ts";
import { dropCount, enhancedPacket, frameCheckOption, interfaceDescription } from "./annotate-pcapng.ts";
import { statisticsBlock } from "./annotate-statistics.ts";
import { type Time, timeBy } from "./annotate-time.ts";

interface WrittenInterface {
  /** Its number in the file that is written. */
  readonly index: number;
  readonly capture: number;
  /** Its number in its capture. */
  readonly interfaceIndex: number;
}

/** What captures of which packets were written hold besides. */
export interface NotCopied {
  /** Secrets for decryption. */
  readonly hasSecrets: boolean;
  /** Blocks of kinds that are not copied. */
  readonly others: number;
}

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
  /** The interfaces written, by capture and interface. */
  readonly #interfaces = new Map<string, WrittenInterface>();
  readonly #fragments = new WaitingFragments();
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

  /** Writes what belongs to packets that were written but came behind them, and statistics. Answers with what was not copied. */
  end(): NotCopied {
    let hasSecrets = false;
    let others = 0;
    for (const capture of this.#written) {
      const blocks = this.#blocks[capture];
      if (blocks === undefined) continue;
      blocks.write(this.#put);
      hasSecrets ||= blocks.hasSecrets;
      others += blocks.others;
    }
    for (const { index, capture, interfaceIndex } of this.#interfaces.values()) {
      const statistics = this.#blocks[capture]?.statisticsOf(interfaceIndex);
      if (statistics !== undefined) this.#put(statisticsBlock(index, statistics, this.#clocks[capture]));
    }
    return { hasSecrets, others };
  }

  /** Writes those that are buffered. */
  write(): void {
    const merge = this.#merge;
    while (merge.next()) {
      const { frame, captureIndex } = merge;
      const packet = this.#packet;
      this.#decoder.decode(frame, packet);
      const time = timeBy(this.#clocks[captureIndex], frame);
      if (this.#findings.has(packet, time.seconds)) {
        if (packet.fragment) for (const waiting of this.#fragments.take(packet)) this.#writePacket(waiting);
        this.#writePacket(this.#takenOf(frame, captureIndex, time));
      } else if (WaitingFragments.isSilent(packet)) {
        const taken = this.#takenOf(frame, captureIndex, time);
        if (this.#fragments.hasTold(packet)) this.#writePacket(taken);
        else this.#fragments.keep(packet, { ...taken, bytes: taken.bytes.slice() });
      }
    }
  }

  /** The frame's packet; its bytes are good until the next one. */
  #takenOf(frame: Frame, capture: number, time: Time): TakenPacket {
    const { view, start, end, interfaceIndex, linkType, number, originalLength } = frame;
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, end - start);
    const isPcapng = this.#merge.captures[capture]?.reader?.format === "pcapng";
    const had = isPcapng ? optionsOf(frame) : [];
    return { capture, interfaceIndex, linkType, number, time, bytes, originalLength, had };
  }

  #writePacket(taken: TakenPacket): void {
    const { capture, number, time, bytes, originalLength, had } = taken;
    const index = this.#interfaceOf(taken);
    this.#blocks[capture]?.write(this.#put);
    this.#written.add(capture);
    const said = this.#comments.get(capture)?.get(number) ?? [];
    this.#put(enhancedPacket(index, time, bytes, originalLength, had, said));
    this.count += 1;
  }

  /** Number of the packet's interface, which is described before its first packet. */
  #interfaceOf({ capture: captureIndex, interfaceIndex, linkType }: TakenPacket): number {
    const key = `${captureIndex} ${interfaceIndex}`;
    const known = this.#interfaces.get(key);
    if (known !== undefined) return known.index;
    const index = this.#interfaces.size;
    this.#interfaces.set(key, { index, capture: captureIndex, interfaceIndex });
    const capture = this.#merge.captures[captureIndex];
    const card = capture?.reader?.interfaces[interfaceIndex];
    const file = terminalSafe(capture?.input.shown ?? capture?.input.name ?? "");
    const description = [card?.description, `from ${file}`].filter((part) => part !== undefined).join(", ");
    const had = this.#blocks[captureIndex]?.optionsOf(interfaceIndex) ?? [];
    const more = [...had, ...frameCheckOption(card?.frameCheckLength)];
    this.#put(interfaceDescription(linkType, card?.snapLength ?? 0, card?.name ?? file, description, more));
    return index;
  }
}

function optionsOf(frame: Frame): RawOption[] {
  const had = packetOptions(frame);
  if (had === undefined) return [];
  const { obsolete, options, littleEndian, drops } = had;
  const carried = carriedOptions(obsolete ? "obsolete packet" : "packet", options, littleEndian);
  return drops === undefined ? carried : [...carried, dropCount(drops)];
}
