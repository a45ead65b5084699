import { basename } from "node:path";
import type { Readable } from "node:stream";
import { counted } from "../count-text.ts";
import type { CaptureStatus } from "../words.ts";
import type { BlockWatcher } from "./block-watcher.ts";
import type { Container } from "./container.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { CaptureError, type CaptureErrorCode } from "./errors.ts";
import { Frame } from "./frame.ts";
import type { CaptureInterface } from "./interface.ts";
import { openBytes, type CaptureBytes } from "./layers.ts";
import { SAMPLE_LENGTH, describeOther } from "./other-files.ts";
import { PCAP_HEADER_LENGTH, isPcapMagic, readPcapHeader } from "./pcap-header.ts";
import { PcapContainer } from "./pcap.ts";
import {
  BlockType,
  SECTION_HEADER_LENGTH,
  isKnownSectionVersion,
  sectionByteOrder,
} from "./pcapng-blocks.ts";
import type { CapturedName } from "./pcapng-names.ts";
import { PcapngContainer } from "./pcapng.ts";
import { ProblemLog, type CaptureProblem } from "./problems.ts";
import { CHUNK_LENGTH, type ByteWindow } from "./window.ts";

export interface OpenOptions {
  /** Name for messages and rows instead of the base name of the path ("-" for a stream). */
  readonly name?: string;
  /** Name for messages, where `name` is that of other captures, too. */
  readonly shown?: string | undefined;
  /** Bytes to ask of the input at a time; 1 MiB when left out, less where very many captures are open at once. */
  readonly chunkLength?: number;
  /** Ends a wait for the first bytes of a pipe or stream: then it is empty. */
  readonly signal?: AbortSignal | undefined;
  /** Sees a regular file's bytes as they are stored, once each, in their order; they are good until it returns. */
  readonly onBytes?: ((bytes: Uint8Array) => void) | undefined;
  /** Sees blocks of a pcapng capture that are no packets. */
  readonly watcher?: BlockWatcher | undefined;
}

/**
 * Reads one capture, packet after packet. The loop is
 *
 *     for (;;) {
 *       while (reader.next()) use(reader.frame);
 *       const more = reader.refill();
 *       if (!(typeof more === "boolean" ? more : await more)) break;
 *     }
 */
export class CaptureReader {
  /** Base name of the file, or "-". */
  readonly name: string;
  /** As it was given; "-" for a stream. */
  readonly path: string;
  /** Container, in words: "pcap", "pcapng", "nanosecond pcap", "modified pcap", "AIX pcap". */
  readonly format: string;
  /** "", or "gzip", "zstd" ..., or several from the outside in: "zstd+gzip". */
  readonly compression: string;
  /** Grows while interface blocks are read, up to 65,536. */
  readonly interfaces: readonly CaptureInterface[];
  /** The packet that `next` stepped to. */
  readonly frame: Frame;
  /** Names of name resolution blocks, at most 4,096. */
  readonly names: readonly CapturedName[];
  readonly #container: Container;
  readonly #bytes: CaptureBytes;
  readonly #window: ByteWindow;
  readonly #log: ProblemLog;
  #closed = false;

  /** `openCapture` makes readers. */
  constructor(name: string, path: string, bytes: CaptureBytes, frame: Frame, log: ProblemLog, found: Found) {
    this.name = name;
    this.path = path;
    this.#bytes = bytes;
    this.#window = bytes.window;
    this.#log = log;
    this.frame = frame;
    this.compression = bytes.compression;
    this.format = found.format;
    this.interfaces = found.interfaces;
    this.names = found.names;
    this.#container = found.container;
    frame.view = bytes.window.view;
  }

  /** Steps to the next packet among what is buffered; false: call `refill`. */
  next(): boolean {
    return !this.#closed && this.#container.step();
  }

  /** Whether one of the next few packets, as far as they are buffered, has a time of these seconds. */
  soonWithin(from: number, to: number): boolean {
    return !this.#closed && this.#container.soonWithin(from, to);
  }

  /** Reads more. False: nothing more. Compressed captures, pipes, streams and slow files answer with a promise. */
  refill(): boolean | Promise<boolean> {
    if (this.#closed || this.#window.ended) {
      this.close();
      return false;
    }
    const more = this.#window.fill();
    return typeof more === "boolean" ? this.#filled(more) : more.then((later) => this.#filled(later));
  }

  /** Lets go of file, memory and helper programs; interfaces, problems and counts stay readable. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#bytes.close();
    this.#window.drop();
    this.#bytes.stored.drop();
    this.frame.view = this.#window.view;
    this.frame.start = 0;
    this.frame.end = 0;
  }

  get status(): CaptureStatus {
    return this.#log.status;
  }

  /** What is broken, in the order of the capture, at most 100; `problemCount` has all. */
  get problems(): readonly CaptureProblem[] {
    return this.#log.list;
  }

  get problemCount(): number {
    return this.#log.total;
  }

  /** Bytes in all that had to be passed over because of damage. */
  get skippedBytes(): number {
    return this.#log.skippedBytes;
  }

  /** Packets read so far. */
  get packets(): number {
    return this.#container.packets;
  }

  /** pcapng blocks that were passed over: secrets, custom and unknown ones. */
  get passedBlocks(): number {
    return this.#container.passedBlocks;
  }

  /** Bytes read of the input as it is stored (compressed), for progress. */
  get bytesRead(): number {
    return this.#bytes.stored.bytesRead;
  }

  /** Size of the input as it is stored; undefined for pipes and streams. */
  get size(): number | undefined {
    return this.#bytes.size;
  }

  /** True also at the end: what is left over is looked at once more. */
  #filled(more: boolean): boolean {
    this.frame.view = this.#window.view;
    const failure = this.#window.source.failure;
    if (more || failure === undefined || this.#closed) return !this.#closed;
    const place = this.#window.base + this.#window.end;
    const code =
      failure.kind === "cut"
        ? "cut-short"
        : failure.kind === "damaged"
          ? "decompression-failed"
          : "read-failed";
    const before = `stops after ${counted(this.#bytes.stored.bytesRead, "byte")} of input: ${failure.text}`;
    this.#log.add(code, "capture", place, before, "", this.packets);
    this.#log.sourceFailed = true;
    return true;
  }
}

/** What an input was found to be. */
interface Found {
  readonly format: string;
  readonly container: Container;
  readonly interfaces: readonly CaptureInterface[];
  readonly names: readonly CapturedName[];
}

/**
 * Opens a capture: a path, or a stream such as standard input. Throws `CaptureError` when the input is missing,
 * a directory, empty, or no capture, when its compression cannot be undone, and when its first header is broken.
 */
export async function openCapture(
  source: string | Readable,
  options: OpenOptions = {},
): Promise<CaptureReader> {
  const path = typeof source === "string" ? source : "-";
  const name = options.name ?? (typeof source === "string" ? basename(source) : "-");
  const { chunkLength = CHUNK_LENGTH, signal, onBytes } = options;
  const shown = options.shown ?? name;
  const bytes = await openBytes(source, shown, path, { chunkLength, signal, onBytes });
  try {
    const frame = new Frame();
    const log = new ProblemLog(shown);
    const { watcher } = options;
    const found = await recognise({ bytes, frame, log, name: shown, path, watcher });
    return new CaptureReader(name, path, bytes, frame, log, found);
  } catch (error) {
    bytes.close();
    throw error;
  }
}

/** A capture that is being opened: its bytes, where its packets go, and how messages name it. */
interface Opening {
  readonly bytes: CaptureBytes;
  readonly frame: Frame;
  readonly log: ProblemLog;
  readonly name: string;
  readonly path: string;
  readonly watcher: BlockWatcher | undefined;
}

/** Tells by the first bytes which container it is, and reads that one's header. */
async function recognise(opening: Opening): Promise<Found> {
  const { window } = opening.bytes;
  const at = window.position;
  const isLong = window.end - at >= 4;
  const isPcap = isLong && isPcapMagic(window.view.getUint32(at), window.view.getUint32(at, true));
  const isPcapng = isLong && window.view.getUint32(at) === BlockType.sectionHeader;
  if (!isPcap && !isPcapng) throw await noCapture(opening);
  const needed = isPcap ? PCAP_HEADER_LENGTH : SECTION_HEADER_LENGTH;
  if (!(await window.atLeast(needed))) {
    const { failure } = window.source;
    if (failure?.kind === "unreadable")
      throw refusal(opening, "unreadable", `cannot be read: ${failure.text}`);
    const there = counted(window.end - window.position, "byte");
    throw refusal(opening, "header-cut", `ends after ${there}; wanted a file header of ${needed} bytes`);
  }
  return isPcap ? openPcap(opening) : openPcapng(opening);
}

/** Why an input that begins like no capture is refused: its bytes could not be had, or are something else. */
async function noCapture(opening: Opening): Promise<CaptureError> {
  const { bytes, path } = opening;
  const { window, compression } = bytes;
  await window.atLeast(SAMPLE_LENGTH);
  const { failure } = window.source;
  if (failure?.kind === "unreadable")
    return refusal(opening, "unreadable", `cannot be read: ${failure.text}`);
  if (failure !== undefined)
    return refusal(opening, "decompression-failed", `holds no capture: ${failure.text}`);
  const isEmpty = window.end === window.position;
  const like = isEmpty
    ? "is empty"
    : `looks like ${describeOther(window.view, window.position, window.end, path)}`;
  const what = compression === "" ? "it" : `what is inside its ${compression} data`;
  return refusal(opening, "not-a-capture", `is no capture: ${what} ${like}`);
}

function openPcap(opening: Opening): Found {
  const { window } = opening.bytes;
  const header = readPcapHeader(window.view, window.position);
  if (header.majorVersion < 2) {
    const version = `${header.majorVersion}.${header.minorVersion}`;
    const text = `says that it is pcap version ${version}; wanted 2.0 to 2.4`;
    throw refusal(opening, "version-unsupported", text, 4);
  }
  const container = new PcapContainer(window, opening.frame, opening.log, header);
  return { format: header.format, container, interfaces: [container.interface], names: [] };
}

function openPcapng(opening: Opening): Found {
  const { window } = opening.bytes;
  const { view, position } = window;
  const order = sectionByteOrder(view, position);
  if (order === undefined) {
    const word = view
      .getUint32(position + 8)
      .toString(16)
      .padStart(8, "0");
    const text = `has 0x${word} at byte 8; wanted the byte-order magic 0x1a2b3c4d`;
    throw refusal(opening, "header-broken", text, 8);
  }
  const major = view.getUint16(position + 12, order === "little");
  const minor = view.getUint16(position + 14, order === "little");
  if (!isKnownSectionVersion(major, minor)) {
    const text = `says that it is pcapng version ${major}.${minor}; wanted 1.0`;
    throw refusal(opening, "version-unsupported", text, 12);
  }
  const container = new PcapngContainer(window, opening.frame, opening.log, opening.watcher);
  return { format: "pcapng", container, interfaces: container.interfaces, names: container.names };
}

function refusal({ name, path }: Opening, code: CaptureErrorCode, text: string, offset = 0): CaptureError {
  return new CaptureError(code, path, `${terminalSafe(name)} ${text}`, offset);
}
