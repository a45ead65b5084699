import { type RawOption, readOptions } from "../capture/pcapng-options.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { carriedOptions } from "./annotate-options.ts";

const COMMENT = 1;
const HARDWARE = 2;
const SYSTEM = 3;
const APPLICATION = 4;

/** Longest value of an option. */
const MAX_VALUE = 65_535;
/** Bytes of options in the header that is written: longer headers are refused by readers, our own among them. */
const MAX_HEADER = 500_000;
/** Files that a comment names; the others are counted. */
const MAX_FILES = 3;

const DECODER = new TextDecoder();

/** Which machine and program wrote a section, and what was said of it (draft-ietf-opsawg-pcapng, section 4.1). */
export interface Origin {
  readonly hardware: RawOption | undefined;
  readonly system: RawOption | undefined;
  readonly application: RawOption | undefined;
  /** Comments and custom options, as they are there. */
  readonly notes: readonly RawOption[];
  /** Equal where two say the same. */
  readonly key: string;
  /** Bytes that it takes, about. */
  readonly size: number;
}

/** Reads the `body` of a section header. */
export function originOf(body: DataView, littleEndian: boolean): Origin {
  const options = carriedOptions(
    "section",
    readOptions(body, 16, body.byteLength, littleEndian),
    littleEndian,
  );
  const first = (code: number): RawOption | undefined => options.find((option) => option.code === code);
  const isMachine = ({ code }: RawOption): boolean =>
    code === HARDWARE || code === SYSTEM || code === APPLICATION;
  return {
    hardware: first(HARDWARE),
    system: first(SYSTEM),
    application: first(APPLICATION),
    notes: options.filter((option) => !isMachine(option)),
    key: options.map(keyOf).join(" "),
    size: options.reduce((sum, { value }) => sum + 64 + 2 * value.length, 0),
  };
}

/** What an interface is given where its section says something else than the first one of its capture. */
export function originNotes(origin: Origin): RawOption[] {
  const machine = machineText(origin);
  return [...origin.notes, ...(machine === "" ? [] : [comment(`its section: ${machine}`)])];
}

/** A capture that is read, with what its first section says; pcap has none. */
export interface OriginOf {
  readonly file: string;
  readonly origin: Origin | undefined;
}

/** Options of the one section that is written, from those of all; `left`: how many did not fit. */
export function headerOptions(
  captures: readonly OriginOf[],
  application: string,
): { readonly options: readonly RawOption[]; readonly left: number } {
  const machines = grouped(captures, ({ origin }) => (origin === undefined ? [] : [machineText(origin)]));
  const [alone] = captures;
  const isOne = machines.get(machineText(alone?.origin))?.length === captures.length;
  const notes = new Map(
    captures.flatMap(({ origin }) => (origin?.notes ?? []).map((note) => [keyOf(note), note])),
  );
  const noted = grouped(captures, ({ origin }) => (origin?.notes ?? []).map(keyOf));
  const options: RawOption[] = [];
  if (isOne && alone?.origin?.hardware !== undefined) options.push(alone.origin.hardware);
  if (isOne && alone?.origin?.system !== undefined) options.push(alone.origin.system);
  options.push({ code: APPLICATION, value: new TextEncoder().encode(application) });
  if (isOne) {
    const writer = alone?.origin?.application;
    if (writer !== undefined) options.push(comment(`${namesOf(captures)}: written by ${textOf(writer)}`));
  } else {
    for (const [machine, of] of machines)
      if (machine !== "") options.push(comment(`${namesOf(of)}: ${machine}`));
  }
  for (const [key, of] of noted) {
    const note = notes.get(key);
    if (note === undefined) continue;
    const isSaidOfAll = note.code !== COMMENT || of.length === captures.length;
    options.push(isSaidOfAll ? note : comment(`${namesOf(of)}: ${DECODER.decode(note.value)}`, note));
  }
  let room = MAX_HEADER;
  const fitting = options.filter(({ value }) => (room -= 8 + value.length) >= 0);
  return { options: fitting, left: options.length - fitting.length };
}

/** The captures by each of the keys that they have, in the order in which these come first. */
function grouped(
  captures: readonly OriginOf[],
  keysOf: (capture: OriginOf) => readonly string[],
): Map<string, OriginOf[]> {
  const groups = new Map<string, OriginOf[]>();
  for (const capture of captures)
    for (const key of new Set(keysOf(capture))) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [capture]);
      else group.push(capture);
    }
  return groups;
}

function machineText(origin: Origin | undefined): string {
  const parts = [
    origin?.hardware === undefined ? "" : `hardware ${textOf(origin.hardware)}`,
    origin?.system === undefined ? "" : `system ${textOf(origin.system)}`,
    origin?.application === undefined ? "" : `written by ${textOf(origin.application)}`,
  ];
  return parts.filter((part) => part !== "").join("; ");
}

function namesOf(captures: readonly OriginOf[]): string {
  const names = captures.slice(0, MAX_FILES).map(({ file }) => terminalSafe(file));
  const more = captures.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** A comment; `instead` where the text is longer than an option may be. */
function comment(text: string, instead?: RawOption): RawOption {
  const value = new TextEncoder().encode(text);
  if (value.length <= MAX_VALUE) return { code: COMMENT, value };
  return instead ?? { code: COMMENT, value: value.subarray(0, MAX_VALUE) };
}

function textOf({ value }: RawOption): string {
  return terminalSafe(DECODER.decode(value));
}

function keyOf({ code, value }: RawOption): string {
  return `${code}:${Buffer.from(value).toString("base64")}`;
}
