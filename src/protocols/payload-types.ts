import type { Modality } from "../words.ts";

/** What packets of a payload type are to a stream. */
export type PayloadKind = "audio" | "video" | "data" | "comfort-noise" | "event" | "repair";

/** One meaning of a payload type. */
export interface PayloadMeaning {
  readonly payloadType: number;
  /** Encoding name (media subtype). */
  readonly codec: string;
  /** RTP clock in Hz; undefined where it differs. */
  readonly clockRate: number | undefined;
  readonly kind: PayloadKind;
  /** Who gives the number this meaning: the profile for all, or a Microsoft product's default. */
  readonly profile: "rfc3551" | "skype-for-business" | "teams";
}

type Row = readonly [number, string, number | undefined, PayloadKind];

// RFC 3551, table 4 and 5. G.722 samples at 16 kHz and its clock is 8000 all the same (section 4.5.2).
const STATIC: readonly Row[] = [
  [0, "PCMU", 8000, "audio"],
  [3, "GSM", 8000, "audio"],
  [4, "G723", 8000, "audio"],
  [5, "DVI4", 8000, "audio"],
  [6, "DVI4", 16000, "audio"],
  [7, "LPC", 8000, "audio"],
  [8, "PCMA", 8000, "audio"],
  [9, "G722", 8000, "audio"],
  [10, "L16", 44100, "audio"],
  [11, "L16", 44100, "audio"],
  [12, "QCELP", 8000, "audio"],
  [13, "CN", 8000, "comfort-noise"],
  [14, "MPA", 90000, "audio"],
  [15, "G728", 8000, "audio"],
  [16, "DVI4", 11025, "audio"],
  [17, "DVI4", 22050, "audio"],
  [18, "G729", 8000, "audio"],
  [19, "CN", 8000, "comfort-noise"], // reserved; older Cisco and Microsoft equipment
  [25, "CelB", 90000, "video"],
  [26, "JPEG", 90000, "video"],
  [28, "nv", 90000, "video"],
  [31, "H261", 90000, "video"],
  [32, "MPV", 90000, "video"],
  [33, "MP2T", 90000, "video"],
  [34, "H263", 90000, "video"],
];

// MS-RTP 2.2.1, MS-RTPRAD, MS-SDPEXT 3.1.5.3 and the INVITE of a Skype for Business client.
const SKYPE_FOR_BUSINESS: readonly Row[] = [
  [97, "RED", 8000, "audio"],
  [101, "telephone-event", 8000, "event"],
  [103, "SILK", 8000, "audio"],
  [104, "SILK", 16000, "audio"],
  [106, "OPUS", 48000, "audio"],
  [111, "SIREN", 16000, "audio"],
  [112, "G7221", 16000, "audio"],
  [114, "x-msrta", 16000, "audio"],
  [115, "x-msrta", 8000, "audio"],
  [116, "AAL2-G726-32", 8000, "audio"],
  [117, "G722", 8000, "audio"],
  [118, "CN", 16000, "comfort-noise"],
  [119, "CN", 24000, "comfort-noise"],
  [121, "x-rtvc1", 90000, "video"],
  [122, "X-H264UC", 90000, "video"], // screen sharing as video too
  [123, "x-ulpfecuc", 90000, "repair"],
  [127, "x-data", 90000, "data"],
];

// Session descriptions of Teams' clients. 126 is left out: rtx or telephone-event.
const TEAMS: readonly Row[] = [
  [96, "CN", 48000, "comfort-noise"],
  [99, "rtx", 90000, "repair"],
  [102, "OPUS", 48000, "audio"],
  [105, "CN", 48000, "comfort-noise"],
  [107, "H264", 90000, "video"],
  [110, "telephone-event", 48000, "event"],
  [111, "opus", 48000, "audio"],
  [120, "CN", undefined, "comfort-noise"],
];

const MEANINGS: readonly PayloadMeaning[] = [
  ...STATIC.map((row) => meaning(row, "rfc3551")),
  ...SKYPE_FOR_BUSINESS.map((row) => meaning(row, "skype-for-business")),
  ...TEAMS.map((row) => meaning(row, "teams")),
];

function meaning(row: Row, profile: PayloadMeaning["profile"]): PayloadMeaning {
  return { payloadType: row[0], codec: row[1], clockRate: row[2], kind: row[3], profile };
}

const BY_TYPE: readonly (readonly PayloadMeaning[])[] = Array.from({ length: 128 }, (_, payloadType) =>
  MEANINGS.filter((item) => item.payloadType === payloadType),
);

/** Every meaning of a payload type, 0 to 127; an empty list when none is known. */
export function payloadMeanings(payloadType: number): readonly PayloadMeaning[] {
  return BY_TYPE[payloadType] ?? [];
}

const SPELLINGS: ReadonlySet<string> = new Set(MEANINGS.map(({ codec }) => codec));
/** The later rows' where two differ: `opus` is what RFC 7587 registers. */
const BY_LOWER_CASE: ReadonlyMap<string, string> = new Map(
  [...SPELLINGS].map((codec) => [codec.toLowerCase(), codec]),
);

/** An encoding name as these tables spell it; one that they do not have as it was told. Case means nothing in it (RFC 4855, section 3). */
export function spelledCodec(told: string): string {
  return SPELLINGS.has(told) ? told : (BY_LOWER_CASE.get(told.toLowerCase()) ?? told);
}

/** True for numbers that RFC 3551 fixes or keeps for itself; from 35 on each call may give its own meaning. */
export function isStaticPayloadType(payloadType: number): boolean {
  return payloadType < 35;
}

/** Payload bytes of comfort noise and events are fewer (RFC 3389, RFC 4733), with a tag of SRTP, too. */
export const MOST_OF_NOISE = 40;

/**
 * The meaning of a payload type that was not signaled. A static number has its own. A dynamic one keeps a meaning of
 * the table only if the clock that was seen agrees, or, with no clock seen, if the flow is known to be Microsoft's and
 * the number has one meaning; else undefined. `meanSize`: payload bytes of a packet, 0 where not known.
 */
export function likelyMeaning(
  payloadType: number,
  seenClock: number | undefined,
  microsoft: boolean,
  meanSize = 0,
): PayloadMeaning | undefined {
  const known = payloadMeanings(payloadType);
  if (isStaticPayloadType(payloadType)) return known[0];
  const isNoise = ({ kind }: PayloadMeaning): boolean => kind === "comfort-noise" || kind === "event";
  const all = meanSize > MOST_OF_NOISE ? known.filter((item) => !isNoise(item)) : known;
  if (seenClock !== undefined) return all.find((item) => item.clockRate === seenClock);
  return microsoft && all.length === 1 ? all[0] : undefined;
}

/** Modality of a kind of payload; comfort noise and events belong to audio, repair packets to video. */
export function kindModality(kind: PayloadKind): Modality {
  if (kind === "data") return "data";
  return kind === "video" || kind === "repair" ? "video" : "audio";
}

/** Sent again, or made of other packets: RFC 4588, 5109, 8627 and their kin; Microsoft's x-ulpfecuc. */
const REPAIR = /^(?:rtx|ulpfec|x-ulpfecuc|parityfec|flexfec(?:-03)?)$/i;

/** True for the encoding name of repair packets. */
export function isRepair(codec: string): boolean {
  return REPAIR.test(codec);
}
