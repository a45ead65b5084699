import { formatAddress, parseAddress } from "../address/address.ts";
import type { Call } from "../callflow/call.ts";
import type { Moment } from "../path/moment.ts";
import { UsageError } from "./exit.ts";
import { momentOption, spanOptions } from "./moment-option.ts";
import { wordsOption } from "./words-option.ts";

/** Words that `--only` and `--fail-on` of `calls` take. */
const WORDS = ["as-documented", "deviates", "unproven", "not-office365", "good", "poor"];

/** How long before and after a call somebody who complains may place it, microseconds. */
const COMPLAINT_US = 60e6;

/** The verdicts and qualities of calls that an option names, or undefined where it was not given. */
export function callWords(option: string, text: string | undefined): ReadonlySet<string> | undefined {
  return wordsOption(option, text, WORDS);
}

export function hasWord(call: Call, words: ReadonlySet<string>): boolean {
  return words.has(call.verdict) || (call.quality.quality !== undefined && words.has(call.quality.quality));
}

export interface CallChoice {
  readonly only: ReadonlySet<string> | undefined;
  /** Microseconds since 1970, as calls have them. */
  readonly sinceUs: number | undefined;
  readonly untilUs: number | undefined;
  readonly client: string | undefined;
  readonly atUs: number | undefined;
}

/** Reads the options that choose calls. */
export function callChoice(raw: {
  readonly only?: string;
  readonly since?: string;
  readonly until?: string;
  readonly client?: string;
  readonly at?: string;
}): CallChoice {
  if (raw.at !== undefined && raw.client === undefined)
    throw new UsageError("--at goes with --client: whose call?");
  const span = spanOptions(raw);
  return {
    only: callWords("--only", raw.only),
    sinceUs: microseconds(span.since),
    untilUs: microseconds(span.until),
    client: clientOption(raw.client),
    atUs: microseconds(momentOption("--at", raw.at)),
  };
}

function microseconds(moment: Moment | undefined): number | undefined {
  return moment === undefined ? undefined : moment.seconds * 1e6 + moment.nanoseconds / 1e3;
}

/** The address in the spelling that rows have. */
function clientOption(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const address = parseAddress(text);
  if (address === undefined) throw new UsageError(`--client ${text}: wanted an IPv4 or IPv6 address`);
  return formatAddress(address.version, ...address.words);
}

interface ChosenCalls {
  /** What is asked about: `--fail-on` sees these. */
  readonly calls: readonly Call[];
  /** Those of them that `--only` shows. */
  readonly shown: readonly Call[];
  /** Said where a complaint names a time without a call. */
  readonly note?: string | undefined;
}

/** The calls that were asked for. */
export function chosenCalls(all: readonly Call[], choice: CallChoice): ChosenCalls {
  const { only } = choice;
  const { calls, note } = callsAskedAbout(all, choice);
  const shown = only === undefined ? calls : calls.filter((call) => hasWord(call, only));
  return { calls, shown, note };
}

function callsAskedAbout(all: readonly Call[], choice: CallChoice): { calls: Call[]; note?: string } {
  const { sinceUs, untilUs, client, atUs } = choice;
  const wanted = all.filter(
    (call) =>
      (sinceUs === undefined || call.endUs === 0 || call.endUs >= sinceUs) &&
      (untilUs === undefined || call.startUs < untilUs) &&
      (client === undefined || isOf(call, client)),
  );
  if (client === undefined || atUs === undefined) return { calls: wanted };
  const during = wanted.filter(
    (call) => atUs >= call.startUs - COMPLAINT_US && atUs <= call.endUs + COMPLAINT_US,
  );
  if (during.length > 0) return { calls: during };
  const nearest = wanted.reduce<Call | undefined>(
    (best, call) => (best === undefined || distance(call, atUs) < distance(best, atUs) ? call : best),
    undefined,
  );
  return {
    calls: [],
    note:
      nearest === undefined
        ? `no call of ${client} in these captures`
        : `no call of ${client} at that time; the nearest began at ${new Date(nearest.startUs / 1000).toISOString()}`,
  };
}

function distance(call: Call, atUs: number): number {
  return Math.min(Math.abs(call.startUs - atUs), Math.abs(call.endUs - atUs));
}

function isOf(call: Call, client: string): boolean {
  return (
    call.users.some((user) => user.address === client) ||
    call.legs.some(({ flow }) => flow.client.address === client || flow.nat?.address === client) ||
    call.reflexive.some((text) => text.slice(0, text.lastIndexOf(":")).replace(/^\[|\]$/g, "") === client)
  );
}
