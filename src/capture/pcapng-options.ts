import { printable } from "./errors.ts";
import { CaptureInterface } from "./interface.ts";
import { DEFAULT_TIME_RESOLUTION, TimeScale } from "./time-scale.ts";

// Option codes, draft-ietf-opsawg-pcapng, sections 3.5, 4.2, 4.3 and 4.6.
const END_OF_OPTIONS = 0;
const IF_NAME = 2;
const IF_DESCRIPTION = 3;
const IF_TIME_RESOLUTION = 9;
const IF_FILTER = 11;
const IF_TIME_OFFSET = 14;
const IF_HARDWARE = 15;
const PACKET_DROP_COUNT = 4;
const STATISTICS_INTERFACE_DROPS = 5;
const STATISTICS_SYSTEM_DROPS = 7;

/** Longest text that is kept of an option, in bytes. */
const MAX_TEXT_LENGTH = 1024;

const decoder = new TextDecoder();

/** Text of an option, without what could steer a terminal or hide in a table; undefined when it is empty. */
export function readText(view: DataView, start: number, length: number): string | undefined {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + start, Math.min(length, MAX_TEXT_LENGTH));
  const zero = bytes.indexOf(0);
  const text = printable(decoder.decode(zero < 0 ? bytes : bytes.subarray(0, zero)));
  return text === "" ? undefined : text;
}

/** An unsigned 64-bit number; beyond 2^53 only nearly right, which is enough for counts of packets. */
function readUint64(view: DataView, at: number, littleEndian: boolean): number {
  const first = view.getUint32(at, littleEndian);
  const second = view.getUint32(at + 4, littleEndian);
  return littleEndian ? second * 4_294_967_296 + first : first * 4_294_967_296 + second;
}

/**
 * Walks an option list and answers with the offset of the value of the first option at or after `at`, or a
 * negative number: -1 at the end of the list, -2 when the list is broken there. The code is 4, the length 2 bytes
 * before the value. A list may end without the option that says so.
 */
function nextOption(view: DataView, at: number, end: number, littleEndian: boolean): number {
  if (end - at < 4) return at === end ? -1 : -2;
  const length = view.getUint16(at + 2, littleEndian);
  if (view.getUint16(at, littleEndian) === END_OF_OPTIONS) return -1;
  return length > end - at - 4 ? -2 : at + 4;
}

/** Offset of the option after the one whose value begins at `value`. */
function afterOption(view: DataView, value: number, end: number, littleEndian: boolean): number {
  const length = view.getUint16(value - 2, littleEndian);
  return Math.min(value + length + ((4 - (length & 3)) & 3), end);
}

/** An interface with its clock. */
export class DeclaredInterface {
  readonly interface: CaptureInterface;
  readonly scale: TimeScale;
  constructor(declared: CaptureInterface, scale: TimeScale) {
    this.interface = declared;
    this.scale = scale;
  }
}

/** What an option list was found to be. */
export type OptionsState = "whole" | "broken";

/** Reads the options of an interface description block into a new interface. */
export function readInterface(
  view: DataView,
  at: number,
  end: number,
  littleEndian: boolean,
  index: number,
  linkType: number,
  snapLength: number,
): { readonly declared: DeclaredInterface; readonly options: OptionsState } {
  const made = new CaptureInterface(index, linkType, snapLength);
  let resolution = DEFAULT_TIME_RESOLUTION;
  let offsetSeconds = 0;
  let value = nextOption(view, at, end, littleEndian);
  for (
    ;
    value >= 0;
    value = nextOption(view, afterOption(view, value, end, littleEndian), end, littleEndian)
  ) {
    const length = view.getUint16(value - 2, littleEndian);
    switch (view.getUint16(value - 4, littleEndian)) {
      case IF_NAME:
        made.name ??= readText(view, value, length);
        break;
      case IF_DESCRIPTION:
        made.description ??= readText(view, value, length);
        break;
      case IF_HARDWARE:
        made.hardware ??= readText(view, value, length);
        break;
      case IF_FILTER:
        // The first byte says what follows: 0 text, 1 a compiled filter.
        if (length > 1 && view.getUint8(value) === 0) made.filter ??= readText(view, value + 1, length - 1);
        break;
      case IF_TIME_RESOLUTION:
        if (length >= 1) resolution = view.getUint8(value);
        break;
      case IF_TIME_OFFSET:
        if (length >= 8) offsetSeconds = Number(view.getBigInt64(value, littleEndian));
        break;
      default:
    }
  }
  const scale = new TimeScale(resolution, offsetSeconds);
  // if_tsresol: 10^-n s, or 2^-n s with the high bit; 2^-20 s is 0.95 microseconds.
  made.fineClock = resolution < 0x80 ? resolution > DEFAULT_TIME_RESOLUTION : resolution >= 0x80 + 20;
  return {
    declared: new DeclaredInterface(made, scale),
    options: value === -1 ? "whole" : "broken",
  };
}

/** Packets lost before this one, by a packet's own options; 0 when they do not say, -2 when they are broken. */
export function readPacketDrops(view: DataView, at: number, end: number, littleEndian: boolean): number {
  let drops = 0;
  let value = nextOption(view, at, end, littleEndian);
  for (
    ;
    value >= 0;
    value = nextOption(view, afterOption(view, value, end, littleEndian), end, littleEndian)
  ) {
    if (view.getUint16(value - 4, littleEndian) !== PACKET_DROP_COUNT) continue;
    if (view.getUint16(value - 2, littleEndian) >= 8) drops += readUint64(view, value, littleEndian);
  }
  return value === -1 ? drops : -2;
}

/** An option as it stands in a block. */
export interface RawOption {
  readonly code: number;
  readonly value: Uint8Array;
}

/** The options of a list, copied: those before what is broken. */
export function readOptions(view: DataView, at: number, end: number, littleEndian: boolean): RawOption[] {
  const options: RawOption[] = [];
  let value = nextOption(view, at, end, littleEndian);
  for (
    ;
    value >= 0;
    value = nextOption(view, afterOption(view, value, end, littleEndian), end, littleEndian)
  ) {
    const length = view.getUint16(value - 2, littleEndian);
    options.push({
      code: view.getUint16(value - 4, littleEndian),
      value: new Uint8Array(view.buffer, view.byteOffset + value, length).slice(),
    });
  }
  return options;
}

/** Packets lost so far, by an interface statistics block; -1 when it does not say, -2 when it is broken. */
export function readStatisticsDrops(view: DataView, at: number, end: number, littleEndian: boolean): number {
  let drops = -1;
  let value = nextOption(view, at, end, littleEndian);
  for (
    ;
    value >= 0;
    value = nextOption(view, afterOption(view, value, end, littleEndian), end, littleEndian)
  ) {
    const code = view.getUint16(value - 4, littleEndian);
    if (code !== STATISTICS_INTERFACE_DROPS && code !== STATISTICS_SYSTEM_DROPS) continue;
    if (view.getUint16(value - 2, littleEndian) < 8) continue;
    drops = Math.max(drops, 0) + readUint64(view, value, littleEndian);
  }
  return value === -1 ? drops : -2;
}
