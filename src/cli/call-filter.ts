import { formatAddress, parseAddress } from "../address/address.ts";
import type { Call } from "../callflow/call.ts";
import { UsageError } from "./exit.ts";
import { momentOption } from "./row-filter.ts";

/** Words that `--only` and `--fail-on` of `calls` take. */
const WORDS = ["as-documented", "deviates", "unproven", "not-office365", "good", "poor"] as const;

/** Seconds before and after a call in which somebody who complains may place it. */
const COMPLAINT_SECONDS = 60;

export function callWords(option: string, text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined;
  const words = text.split(",").map((word) => word.trim());
  for (const word of words)
    if (!WORDS.some((known) => known === word))
      throw new UsageError(`${option} ${word}: wanted words out of ${WORDS.join(", ")}`);
  return new Set(words);
}

export function hasWord(call: Call, words: ReadonlySet<string>): boolean {
  return words.has(call.verdict) || (call.quality.quality !== undefined && words.has(call.quality.quality));
}

export interface CallChoice {
  readonly only: ReadonlySet<string> | undefined;
  /** Seconds since 1970. */
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly client: string | undefined;
  readonly at: number | undefined;
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
  return {
    only: callWords("--only", raw.only),
    since: momentOption("--since", raw.since),
    until: momentOption("--until", raw.until),
    client: clientOption(raw.client),
    at: momentOption("--at", raw.at),
  };
}

/** The address in the spelling that rows have. */
function clientOption(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const address = parseAddress(text);
  if (address === undefined) throw new UsageError(`--client ${text}: wanted an IPv4 or IPv6 address`);
  return formatAddress(address.version, ...address.words);
}

/** The calls that were asked for, and a note where a complaint names a time without a call. */
export function chosenCalls(calls: readonly Call[], choice: CallChoice): { calls: Call[]; note?: string } {
  const { only, since, until, client, at } = choice;
  const wanted = calls.filter(
    (call) =>
      (only === undefined || hasWord(call, only)) &&
      (since === undefined || call.endUs === 0 || call.endUs / 1e6 >= since) &&
      (until === undefined || call.startUs / 1e6 < until) &&
      (client === undefined || isOf(call, client)),
  );
  if (client === undefined || at === undefined) return { calls: wanted };
  const during = wanted.filter(
    (call) => at >= call.startUs / 1e6 - COMPLAINT_SECONDS && at <= call.endUs / 1e6 + COMPLAINT_SECONDS,
  );
  if (during.length > 0) return { calls: during };
  const nearest = wanted.reduce<Call | undefined>(
    (best, call) => (best === undefined || distance(call, at) < distance(best, at) ? call : best),
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

function distance(call: Call, at: number): number {
  return Math.min(Math.abs(call.startUs / 1e6 - at), Math.abs(call.endUs / 1e6 - at));
}

function isOf(call: Call, client: string): boolean {
  return (
    call.users.some((user) => user.address === client) ||
    call.legs.some(({ flow }) => flow.client.address === client || flow.nat?.address === client) ||
    call.reflexive.some((text) => text.slice(0, text.lastIndexOf(":")).replace(/^\[|\]$/g, "") === client)
  );
}
