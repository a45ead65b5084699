import * as v from "valibot";
import type { Prefix } from "../address/prefix.ts";
import { VERDICTS } from "../report/verdicts.ts";
import { type Read, readGlob, readInstant, readSitePrefix } from "../site/values.ts";
import { APPLICATIONS } from "../words.ts";

const PATHS = ["local", "internet", "expressroute", "other", "mixed", "unknown", "none"] as const;
const SYMMETRIES = ["symmetric", "asymmetric", "suspect", "one-way", "unknown"] as const;
const ZONES = ["internal", "on-premises-server", "remote", "microsoft", "partner", "internet"] as const;
const TYPES = ["media", "signaling", "broadcast", "dependency", "data", "other"] as const;

type Text = v.GenericSchema<unknown, string>;

/** Text, or a number as YAML read it. */
const text: Text = v.pipe(
  v.unknown(),
  v.transform((value) => (typeof value === "number" ? String(value) : value)),
  v.string("wanted text"),
);

/** Text that a reader of values understands. */
function readWith<T>(read: (text: string) => Read<T>): v.GenericSchema<unknown, T> {
  return v.pipe(
    text,
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const result = read(dataset.value);
      if ("value" in result) return result.value;
      addIssue({ message: result.problem });
      return NEVER;
    }),
  );
}

function word<const W extends string>(words: readonly W[]): v.GenericSchema<unknown, W> {
  return v.picklist(words, ({ input }) => `found ${shown(input)}, wanted one of ${words.join(", ")}`);
}

/** One item, or a list of at least one. */
function oneOrMore<T>(item: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, readonly T[]> {
  return v.pipe(
    v.unknown(),
    v.transform((value) => (Array.isArray(value) ? (value as unknown[]) : [value])),
    v.array(item),
    v.minLength(1, "is empty: it would match nothing; leave it out to match everything"),
  );
}

function numberFrom(least: number, most: number): v.GenericSchema<unknown, number> {
  const wanted = `a number from ${least} to ${most}`;
  return v.pipe(
    v.number(({ input }) => `found ${shown(input)}, wanted ${wanted}`),
    v.minValue(least, ({ input }) => `found ${input}, wanted ${wanted}`),
    v.maxValue(most, ({ input }) => `found ${input}, wanted ${wanted}`),
  );
}

const flag: v.GenericSchema<unknown, boolean> = v.boolean(
  ({ input }) => `found ${shown(input)}, wanted true or false`,
);

/** Ports from first to last. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

function readPorts(range: string): Read<PortRange> {
  const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? [];
  const ports = { first: Number(first), last: Number(last) };
  if (first !== "" && ports.first <= ports.last && ports.last <= 65_535) return { value: ports };
  return { problem: `"${range}" is no port: wanted 0 to 65535, or a range such as "3478-3481"` };
}

/** Which flows: every key that is there must hold; of several values of a key one is enough. */
export interface FlowChoice {
  readonly clients?: readonly Prefix[] | undefined;
  readonly servers?: readonly Prefix[] | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly ports?: readonly PortRange[] | undefined;
  readonly transports?: readonly string[] | undefined;
  readonly applications?: readonly string[] | undefined;
  readonly "traffic-types"?: readonly string[] | undefined;
  readonly modalities?: readonly string[] | undefined;
  readonly "service-areas"?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly eligible?: boolean | undefined;
  readonly required?: boolean | undefined;
  readonly "expected-paths"?: readonly string[] | undefined;
  readonly "client-zones"?: readonly string[] | undefined;
  readonly "server-zones"?: readonly string[] | undefined;
  readonly scenarios?: readonly string[] | undefined;
  readonly captures?: readonly string[] | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

const CHOICE = {
  clients: v.optional(oneOrMore(readWith(readSitePrefix))),
  servers: v.optional(oneOrMore(readWith(readSitePrefix))),
  hosts: v.optional(oneOrMore(readWith(readGlob))),
  ports: v.optional(oneOrMore(readWith(readPorts))),
  transports: v.optional(oneOrMore(word(["tcp", "udp"]))),
  applications: v.optional(oneOrMore(word(APPLICATIONS))),
  "traffic-types": v.optional(oneOrMore(word(TYPES))),
  modalities: v.optional(oneOrMore(word(["audio", "video", "sharing", "data"]))),
  "service-areas": v.optional(oneOrMore(word(["Exchange", "Skype", "SharePoint", "Common"]))),
  categories: v.optional(oneOrMore(word(["Optimize", "Allow", "Default"]))),
  eligible: v.optional(flag),
  required: v.optional(flag),
  "expected-paths": v.optional(oneOrMore(word(["local", "internet", "expressroute", "either", "unknown"]))),
  "client-zones": v.optional(oneOrMore(word(ZONES))),
  "server-zones": v.optional(oneOrMore(word(ZONES))),
  scenarios: v.optional(oneOrMore(readWith(readGlob))),
  captures: v.optional(oneOrMore(readWith(readGlob))),
  from: v.optional(readWith(readInstant)),
  to: v.optional(readWith(readInstant)),
};
const choice: v.GenericSchema<unknown, FlowChoice> = v.strictObject(CHOICE);

/** What has to hold for each of the flows. */
export interface Requirement {
  readonly path?: readonly string[] | undefined;
  readonly "path-out"?: readonly string[] | undefined;
  readonly "path-back"?: readonly string[] | undefined;
  readonly "path-names"?: readonly string[] | undefined;
  readonly symmetry?: readonly string[] | undefined;
  readonly verdicts?: readonly string[] | undefined;
  readonly quality?: "good" | undefined;
  readonly "max-loss-pct"?: number | undefined;
  readonly "max-jitter-ms"?: number | undefined;
  readonly "max-rtt-ms"?: number | undefined;
  readonly "min-mos"?: number | undefined;
  readonly proof?: boolean | undefined;
}

const REQUIREMENT = {
  path: v.optional(oneOrMore(word(PATHS))),
  "path-out": v.optional(oneOrMore(word(PATHS))),
  "path-back": v.optional(oneOrMore(word(PATHS))),
  "path-names": v.optional(oneOrMore(readWith(readGlob))),
  symmetry: v.optional(oneOrMore(word(SYMMETRIES))),
  verdicts: v.optional(oneOrMore(word(VERDICTS))),
  quality: v.optional(word(["good"])),
  "max-loss-pct": v.optional(numberFrom(0, 100)),
  "max-jitter-ms": v.optional(numberFrom(0, 60_000)),
  "max-rtt-ms": v.optional(numberFrom(0, 60_000)),
  "min-mos": v.optional(numberFrom(1, 5)),
  proof: v.optional(flag),
};
const requirement: v.GenericSchema<unknown, Requirement> = v.pipe(
  v.strictObject(REQUIREMENT),
  v.check(
    (value) => Object.keys(value).some((key) => key !== "proof"),
    "requires nothing: wanted path, path-out, path-back, path-names, symmetry, verdicts, quality or a limit",
  ),
);

/** One rule as it is written. */
export interface RuleText {
  readonly id: string;
  readonly description?: string | undefined;
  readonly severity: "error" | "warning";
  readonly match: FlowChoice;
  readonly except?: readonly FlowChoice[] | undefined;
  readonly require: Requirement;
  readonly "min-flows"?: number | undefined;
  readonly allow?: { readonly flows?: number | undefined; readonly percent?: number | undefined } | undefined;
}

const ALLOWANCE = {
  flows: v.optional(v.pipe(numberFrom(0, 1e9), v.integer("wanted a whole number"))),
  percent: v.optional(numberFrom(0, 100)),
};

const RULE = {
  id: v.pipe(
    text,
    v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "wanted a name of letters, digits, ., _ and -"),
  ),
  description: v.optional(text),
  severity: v.optional(word(["error", "warning"]), "error"),
  match: v.optional(choice, {}),
  except: v.optional(oneOrMore(choice)),
  require: requirement,
  "min-flows": v.optional(v.pipe(numberFrom(0, 1e9), v.integer("wanted a whole number"))),
  allow: v.optional(v.strictObject(ALLOWANCE)),
};
const rule: v.GenericSchema<unknown, RuleText> = v.strictObject(RULE);

export interface PolicyText {
  readonly version: 1;
  readonly name: string;
  readonly rules: readonly RuleText[];
}

const FILE = {
  version: v.literal(1, ({ input }) => `found ${shown(input)}, wanted 1`),
  name: v.optional(text, ""),
  rules: v.pipe(
    v.array(rule, "wanted a list of rules"),
    v.minLength(1, "is empty: wanted at least one rule"),
  ),
};

/** The whole file. */
export const POLICY: v.GenericSchema<unknown, PolicyText> = v.strictObject(FILE);

/** The keys that a mapping can have, by the key that it stands under. */
export const KEYS: Readonly<
  Record<"policy" | "rule" | "match" | "except" | "require" | "allow", readonly string[]>
> = {
  policy: Object.keys(FILE),
  rule: Object.keys(RULE),
  match: Object.keys(CHOICE),
  except: Object.keys(CHOICE),
  require: Object.keys(REQUIREMENT),
  allow: Object.keys(ALLOWANCE),
};

function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : JSON.stringify(value);
}
