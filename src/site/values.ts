import { type Prefix, parsePrefix, prefixProblem } from "../address/prefix.ts";
import { grouped } from "../count-text.ts";
import { expandBraces, MOST_ALTERNATIVES } from "./glob.ts";

/** A value as it was read, or what was found and what was wanted. */
export type Read<T> = { readonly value: T } | { readonly problem: string };

/** An address prefix; a bare address is a whole one. Bits behind the length are refused. */
export function readSitePrefix(text: string): Read<Prefix> {
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return { value: prefix };
  return { problem: prefixProblem(text) ?? `"${text}" is not an address prefix` };
}

/** One VLAN id from 1 to 4094, or S-tag and C-tag joined by a dot (a vertical bar is taken, too): "100", "500.100". */
export function readVlan(text: string): Read<string> {
  const tags = text.split(/[.|]/);
  const fits = tags.every((tag) => /^\d{1,4}$/.test(tag) && Number(tag) >= 1 && Number(tag) <= 4094);
  if (fits && tags.length <= 2) return { value: tags.map(Number).join(".") };
  return { problem: `"${text}" is no VLAN: wanted 1 to 4094, or S-tag.C-tag such as "500.100"` };
}

/** aa:bb:cc:dd:ee:ff, aa-bb-cc-dd-ee-ff, aabb.ccdd.eeff or aabbccddeeff; comes back as aa:bb:cc:dd:ee:ff. */
export function readMac(text: string): Read<string> {
  const problem = `"${text}" is no Ethernet address: wanted aa:bb:cc:dd:ee:ff, aabb.ccdd.eeff or aa-bb-cc-dd-ee-ff`;
  let digits: string;
  if (/^[0-9a-f]{1,2}([:-])(?:[0-9a-f]{1,2}\1){4}[0-9a-f]{1,2}$/i.test(text))
    digits = text
      .split(/[:-]/)
      .map((part) => part.padStart(2, "0"))
      .join("");
  else if (/^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$/i.test(text)) digits = text.replaceAll(".", "");
  else if (/^[0-9a-f]{12}$/i.test(text)) digits = text;
  else return { problem };
  if ((Number.parseInt(digits.slice(0, 2), 16) & 1) !== 0)
    return { problem: `"${text}" is a group address: a next hop has an address of its own` };
  if (/^0+$/.test(digits)) return { problem: `"${text}" is nobody's address` };
  return { value: digits.toLowerCase().replace(/(..)(?=.)/g, "$1:") };
}

/** ERSPAN session id: 0 to 1023, ten bits (draft-foschiano-erspan, section 4.1). */
export function readErspanSession(text: string): Read<number> {
  if (/^\d{1,4}$/.test(text) && Number(text) <= 1023) return { value: Number(text) };
  return { problem: `"${text}" is no ERSPAN session: wanted 0 to 1023` };
}

/** A BGP community as AS:value (RFC 1997), both 0 to 65535. */
export function readCommunity(text: string): Read<string> {
  const [, as = "", value = ""] = /^(\d{1,5}):(\d{1,5})$/.exec(text) ?? [];
  if (as !== "" && Number(as) <= 65535 && Number(value) <= 65535)
    return { value: `${Number(as)}:${Number(value)}` };
  return { problem: `"${text}" is no BGP community: wanted AS:value such as "12076:5030"` };
}

/** A glob: any text but an empty one, and one that stands for too many. */
export function readGlob(text: string): Read<string> {
  if (text === "") return { problem: `"" matches nothing: wanted a name or a glob such as "er1-*"` };
  return expandBraces(text) === undefined
    ? { problem: `its braces stand for more than ${grouped(MOST_ALTERNATIVES)} names` }
    : { value: text };
}

/**
 * A date (midnight UTC) or a date and time in whole seconds (UTC where no offset is given), as seconds since 1970 UTC:
 * 2026-11-01, 2026-11-01T08:30:00Z, 2026-11-01 08:30+01:00.
 */
export function readInstant(text: string): Read<number> {
  const problem = {
    problem: `"${text}" is no date: wanted 2026-11-01 or 2026-11-01T08:30:00Z, in whole seconds`,
  };
  const [, year, month, day, hour = "00", minute = "00", second = "00", zone = "Z"] =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?\s*(Z|[+-]\d{2}:\d{2})?)?$/i.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return problem;
  const seconds =
    Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone.toUpperCase()}`) / 1000;
  // Date.parse turns 30 February into 2 March.
  const days = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (Number.isNaN(seconds) || days.getUTCMonth() !== Number(month) - 1 || seconds < 0) return problem;
  return { value: seconds };
}
