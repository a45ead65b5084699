import { createRequire } from "node:module";
import type { Direction, Modality } from "../words.ts";
import { addressText, parseAddress } from "../address/address.ts";
import { detached } from "./host-name.ts";
import type { SdpAddress, SdpMedia } from "./recognition.ts";

type SdpTransform = typeof import("sdp-transform");

/** Loaded with the first description, since most captures have none: it costs some 7 ms. */
let library: SdpTransform | undefined;

/** Bounds: lines of a description, characters of a line, and what is kept of one m= section. */
const MOST_LINES = 512;
const LONGEST_LINE = 1024;
const MOST_MEDIA = 64;
const MOST_ADDRESSES = 32;
const MOST_PAYLOAD_TYPES = 64;
const MOST_SSRC_RANGES = 16;

/** Lines that anything is read from. Those with keys or passwords (k=, crypto, key-mgmt, ice-pwd) go no further. */
const WANTED_LINE =
  /^(?:[mc]=|a=(?:rtpmap|rtcp|candidate|ice-ufrag|label|ssrc|x-ssrc-range|x-candidate-ipv6):)/i;

/** Of those, the ones that sdp-transform is not asked about. */
const OWN_LINE = /^a=(?:label|ssrc|x-)/i;

/** The count of ports behind a port (RFC 8866, section 5.14), which sdp-transform does not know. */
const PORT_COUNT = /^(m=\S+ \d+)\/\d+(?= )/;

/** The description read last in each direction. Most are seen again: answers with and after 183, what is sent again. */
const latest: [Description, Description] = [
  { text: "", media: [] },
  { text: "", media: [] },
];

interface Description {
  readonly text: string;
  readonly media: readonly SdpMedia[];
}

/**
 * The media sections of a session description (RFC 8866) with the addresses, payload types, ICE fragment and SSRC
 * ranges that join them to flows. Sections with port 0 (refused) are left out. An empty list when there are none.
 */
export function readSdp(text: string, direction: Direction, packetNumber: number): SdpMedia[] {
  if (latest[direction].text !== text) latest[direction] = { text, media: readMedia(text, direction) };
  return latest[direction].media.map((media) => ({ ...media, firstPacket: packetNumber }));
}

function readMedia(text: string, direction: Direction): SdpMedia[] {
  const lines: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/, MOST_LINES))
    if (line.length <= LONGEST_LINE && WANTED_LINE.test(line)) lines.push(line.replace(PORT_COUNT, "$1"));
  if (!lines.some((line) => line.startsWith("m="))) return [];
  library ??= createRequire(import.meta.url)("sdp-transform") as SdpTransform;
  // The session's lines first, then one part a section; Microsoft's own attributes are read from the same lines.
  const sections: string[][] = [[]];
  for (const line of lines) {
    if (line.startsWith("m=")) sections.push([]);
    sections[sections.length - 1]?.push(line);
  }
  const session = library.parse(lines.filter((line) => !OWN_LINE.test(line)).join("\r\n"));
  const media: SdpMedia[] = [];
  for (const [index, description] of session.media.slice(0, MOST_MEDIA).entries()) {
    if (description.port === 0 || typeof description.type !== "string") continue;
    const own = sections[index + 1] ?? [];
    const connection = description.connection?.ip ?? session.connection?.ip;
    media.push({
      direction,
      media: description.type.toLowerCase().slice(0, 32),
      modality: modalityOf(description.type, own),
      addresses: readAddresses(connection, description, own),
      payloadTypes: description.rtp
        .filter((item) => Number.isInteger(item.payload) && item.payload >= 0 && item.payload < 128)
        .slice(0, MOST_PAYLOAD_TYPES)
        .map((item) => ({
          payloadType: item.payload,
          codec: plainText(String(item.codec)),
          clockRate: item.rate,
        })),
      iceUfrag: plainOrNothing(description.iceUfrag ?? session.iceUfrag),
      ssrcRanges: readSsrcRanges(own),
      firstPacket: 0,
    });
  }
  return media;
}

const UNSPECIFIED: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

interface Candidates {
  readonly port: number;
  readonly rtcp?: { readonly port: number; readonly address?: string | undefined } | undefined;
  readonly candidates?: readonly { transport: string; ip: string; port: number; type: string }[] | undefined;
}

function readAddresses(connection: unknown, description: Candidates, lines: readonly string[]): SdpAddress[] {
  const found: SdpAddress[] = [];
  addAddress(found, "connection", "udp", connection, description.port);
  const { rtcp } = description;
  if (rtcp !== undefined) addAddress(found, "rtcp", "udp", rtcp.address ?? connection, rtcp.port);
  for (const candidate of description.candidates ?? [])
    addAddress(found, kindOf(candidate.type), transportOf(candidate.transport), candidate.ip, candidate.port);
  for (const line of lines) {
    // Microsoft offers IPv6 candidates under a name of its own, in the same form ([MS-SDPEXT]).
    const own = /^a=x-candidate-ipv6:\S+ \d+ (\S+) \S+ (\S+) (\d+) typ (\w+)/i.exec(line);
    if (own !== null) addAddress(found, kindOf(own[4]), transportOf(own[1]), own[2], Number(own[3]));
    // The form of draft-ietf-mmusic-ice-06: user, component, password, transport, preference, address, port.
    const old = /^a=candidate:\S+ \d+ \S+ (UDP|TCP)\S* [\d.]+ (\S+) (\d+)\s*$/i.exec(line);
    if (old !== null) addAddress(found, "host", transportOf(old[1]), old[2], Number(old[3]));
  }
  return found;
}

function addAddress(
  found: SdpAddress[],
  kind: SdpAddress["kind"],
  transport: SdpAddress["transport"],
  text: unknown,
  port: number,
): void {
  if (found.length >= MOST_ADDRESSES || typeof text !== "string") return;
  if (!Number.isInteger(port) || port <= 0 || port > 65535) return;
  const value = parseAddress(text);
  // 0.0.0.0 and :: put a call on hold (RFC 3264, section 8.4); they are nobody's address.
  if (value === undefined || UNSPECIFIED.has(addressText(value))) return;
  const address = addressText(value);
  if (!found.some((item) => item.address === address && item.port === port && item.transport === transport))
    found.push({ kind, transport, address, port });
}

function kindOf(type: string | undefined): SdpAddress["kind"] {
  return type === "srflx" || type === "prflx" || type === "relay" ? type : "host";
}

function transportOf(text: string | undefined): SdpAddress["transport"] {
  return text?.toUpperCase().startsWith("TCP") === true ? "tcp" : "udp";
}

/** Modality of an m= section by its label (Microsoft), else by its word. */
function modalityOf(type: string, lines: readonly string[]): Modality | undefined {
  const label = lines.find((line) => /^a=label:/i.test(line))?.toLowerCase() ?? "";
  if (label.includes("applicationsharing") || type.toLowerCase() === "applicationsharing") return "sharing";
  switch (type.toLowerCase()) {
    case "audio":
      return "audio";
    case "video":
      return "video";
    case "data":
    case "application":
      return "data";
    default:
      return undefined;
  }
}

function readSsrcRanges(lines: readonly string[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const line of lines) {
    const match = /^a=x-ssrc-range:(\d{1,10})-(\d{1,10})/i.exec(line) ?? /^a=ssrc:(\d{1,10})\b/i.exec(line);
    if (match === null) continue;
    const low = Number(match[1]);
    const high = Number(match[2] ?? match[1]);
    if (high > 0xffffffff || low > high || ranges.some((range) => range[0] === low)) continue;
    ranges.push([low, high]);
    if (ranges.length === MOST_SSRC_RANGES) break;
  }
  return ranges;
}

/** Printable ASCII of a short text. */
function plainText(text: string): string {
  return detached(text.replace(/[^\x21-\x7e]/g, "").slice(0, 64));
}

function plainOrNothing(text: unknown): string | undefined {
  const plain = typeof text === "string" || typeof text === "number" ? plainText(String(text)) : "";
  return plain === "" ? undefined : plain;
}
