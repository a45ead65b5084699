import { LineCounter, parseDocument } from "yaml";
import { isAzureJson, parseAzureJson } from "./azure.ts";
import { eosTables, parseEosJson } from "./eos-json.ts";
import { frrRoutes, isAnnouncedJson, parseFrrJson } from "./frr-json.ts";
import { isJunosJson, parseJunosJson } from "./junos-json.ts";
import { nxosRoutes, parseNxosJson } from "./nxos-json.ts";
import { type RouteTable, RouteTableError } from "./route-table.ts";
import { MAX_LINE_LENGTH } from "./terminal-lines.ts";

/** Broken JSON up to this length is searched for its first fault, in characters. */
const MAX_SEARCHED = 65_536;

/** Warnings of `az`, or a command line, may stand before JSON. */
const LINES_BEFORE = 50;
const BEGINS_JSON = /^\s*(?:\{\s*(?:["}]|$)|\[\s*(?:[\]{["]|$))/;

/** What routers say behind it: a prompt, and Junos "{master:0}" or "[edit]" before that. */
const SAID_BEHIND =
  /\n\s*(?:\{[a-z]+(?::[\w-]+)?\}|\[edit[^\]\n]{0,80}\]|[<[]?[\w.@:/()~-]{1,80}[\]>#$%]+.{0,80})\s*$/;
const MOST_BEHIND = 400;
const MOST_LINES_BEHIND = 8;

/** The JSON of a text, as far down as it stood; `undefined` where there is none. "{master}" and "[edit]" are what Junos says before its prompt. */
export function jsonOf(text: string, lines: readonly string[]): string | undefined {
  const whole = withoutPrompt(text);
  if (/^\s*\{(?!master|backup|primary|secondary|linecard|local)/.test(whole)) return whole;
  if (/^\s*\[\s*(?:[\]{["]|$)/.test(whole)) return whole;
  const start = lines.slice(0, LINES_BEFORE).findIndex((line) => BEGINS_JSON.test(line));
  if (start < 0) return undefined;
  const first = lines[start] ?? "";
  // All on one line, of which the rest was left out.
  const at = first.length < MAX_LINE_LENGTH ? -1 : whole.indexOf(first);
  if (at >= 0) {
    const end = Math.max(whole.lastIndexOf("]"), whole.lastIndexOf("}")) + 1;
    return "\n".repeat(start) + whole.slice(at, end);
  }
  const end = lines.findLastIndex((line) => /[\]}]\s*$/.test(line) && !SAID_BEHIND.test(`\n${line}`));
  return "\n".repeat(start) + lines.slice(start, end + 1).join("\n");
}

function withoutPrompt(text: string): string {
  let whole = text;
  for (let lines = 0; lines < MOST_LINES_BEHIND; lines++) {
    const from = Math.max(0, whole.length - MOST_BEHIND);
    const found = SAID_BEHIND.exec(whole.slice(from));
    if (found === null) break;
    whole = whole.slice(0, from + found.index);
  }
  return whole;
}

/** A table in JSON: Azure's, FRR's, or that of Junos, EOS or NX-OS. */
export function parseJson(text: string, fileName: string): RouteTable {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    throw new RouteTableError(`${fileName}${placeOfFault(text)}: is no JSON`);
  }
  if (isJunosJson(root)) return parseJunosJson(root, text, fileName);
  if (isAzureJson(root)) return parseAzureJson(root, text, fileName);
  if (isAnnouncedJson(root))
    throw new RouteTableError(
      `${fileName}: shows what is announced to a neighbour; wanted the routes that Microsoft announces`,
    );
  const eos = eosTables(root);
  if (eos !== undefined) return parseEosJson(eos, text, fileName);
  const nxos = nxosRoutes(root);
  if (nxos !== undefined) return parseNxosJson(nxos, text, fileName);
  const vrfs = frrRoutes(root);
  if (vrfs !== undefined) return parseFrrJson(vrfs, text, fileName);
  throw new RouteTableError(
    `${fileName}: is JSON, but no route table that is read: wanted Azure's list-route-tables, Junos' show route | display json, EOS' show ip bgp | json or show ip route | json, NX-OS' show ip route | json, or FRR's show bgp ipv4 unicast json or show ip route json with all prefixes`,
  );
}

/** ":3:7" for the first fault of broken JSON; empty for long ones. */
function placeOfFault(text: string): string {
  if (text.length > MAX_SEARCHED) return "";
  const lines = new LineCounter();
  // Every JSON text is YAML, and this reader knows the lines.
  const fault = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" })
    .errors[0];
  if (fault === undefined) return "";
  const { line, col } = lines.linePos(fault.pos[0]);
  return `:${line}:${col}`;
}
