import { createHash } from "node:crypto";
import { terminalSafe } from "../files/shown-name.ts";

/** HTML that is safe to put into a page: everything that came from outside was escaped on its way in. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Content = string | number | undefined | Markup | readonly Content[];

/**
 * HTML from a template. Whatever is put in is escaped, unless it is Markup itself; arrays are put in one after the
 * other, undefined is nothing. Control characters and those that turn the direction of writing become visible.
 *
 * The end tag of a script is written with a backslash, which is not in the page: bundlers make something else of a template that
 * holds it plainly.
 */
export function markup(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = parts[0] ?? "";
  values.forEach((value, i) => {
    text += contentText(value) + (parts[i + 1] ?? "");
  });
  return new Markup(text);
}

function contentText(value: Content): string {
  if (value === undefined) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return escaped(value);
  return value.map(contentText).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return terminalSafe(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** A value as JSON for a script element of type application/json: nothing in it can end the element. */
export function jsonMarkup(value: unknown): Markup {
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "string" ? terminalSafe(item) : item,
  );
  return new Markup(text.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`));
}

/** What a content security policy calls a script or style with exactly this text. */
export function cspHash(text: string): string {
  return `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;
}

/** A number of bytes in the unit that suits it. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ""}`;
}

/** A share in percent that says "under 1 %" instead of 0, and 100 % only where it is all. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return "–";
  const percent = (100 * part) / whole;
  if (part > 0 && percent < 1) return "< 1 %";
  if (part < whole && percent > 99) return "> 99 %";
  return `${Math.round(percent)} %`;
}
