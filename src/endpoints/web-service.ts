import * as v from "valibot";
import { canonicalPrefix, parsePrefix, prefixProblem } from "../address/prefix.ts";
import {
  CATEGORIES,
  EndpointDataError,
  type EndpointSet,
  SERVICE_AREAS,
  parsePorts,
} from "./endpoint-set.ts";
import { normalHost } from "./host-names.ts";

// Bounds on what a file or an answer may make us keep; the real lists have 110 sets, 200 prefixes, 250 names.
const MAX_SETS = 2_000;
const MAX_TEXTS = 20_000;

/** Service areas that the service knows and that are no part of Office 365: device management. */
const LEFT_OUT = "MEM";

const ports = v.optional(
  v.pipe(
    v.string(),
    v.check((text) => parsePorts(text) !== undefined, "no list of ports"),
  ),
  "",
);
const prefix = v.pipe(
  v.string(),
  v.check(
    (text) => parsePrefix(text) !== undefined,
    (issue) => prefixProblem(issue.input) ?? "no prefix",
  ),
);
const hostName = v.pipe(
  v.string(),
  v.regex(/^(?=.{1,253}$)[a-z0-9*_-]+(?:\.[a-z0-9*_-]+)*\.?$/i, "no host name"),
);

/** A name that Microsoft gives: there may be new ones. */
const word = v.pipe(v.string(), v.regex(/^[\w .&-]{1,64}$/, "no name of a service area or category"));

const endpointSet = v.object({
  id: v.pipe(v.number(), v.integer(), v.minValue(1)),
  serviceArea: v.picklist([...SERVICE_AREAS, LEFT_OUT]),
  category: v.picklist(CATEGORIES),
  required: v.boolean(),
  expressRoute: v.boolean(),
  tcpPorts: ports,
  udpPorts: ports,
  urls: v.optional(v.pipe(v.array(hostName), v.maxLength(MAX_TEXTS)), []),
  ips: v.optional(v.pipe(v.array(prefix), v.maxLength(MAX_TEXTS)), []),
});

const answer = v.pipe(v.array(endpointSet), v.minLength(1), v.maxLength(MAX_SETS));
const answerWithNews = v.pipe(
  v.array(v.object({ ...endpointSet.entries, serviceArea: word, category: word })),
  v.minLength(1),
  v.maxLength(MAX_SETS),
);

/**
 * The sets in an answer of Microsoft's endpoint web service (`/endpoints/INSTANCE`, format JSON), parsed already.
 * Device-management sets are left out. EndpointDataError says which member of which set is wrong.
 * With `note`, one new word of Microsoft's does not take the whole list away: sets of an unknown service area are left
 * out, an unknown category counts as Default, and `note` is told of both. Without it they are wrong: somebody's own file
 * can be mended.
 */
export function readWebService(json: unknown, source: string, note?: (text: string) => void): EndpointSet[] {
  const read = v.safeParse(note === undefined ? answer : answerWithNews, json);
  if (!read.success) throw new EndpointDataError(`${source}: ${issueText(read.issues[0])}`);
  const sets: EndpointSet[] = [];
  const unknown = new Map<string, number[]>();
  const remember = (what: string, id: number): void =>
    void unknown.set(what, [...(unknown.get(what) ?? []), id]);
  for (const set of read.output) {
    if (set.serviceArea === LEFT_OUT) continue;
    const serviceArea = SERVICE_AREAS.find((area) => area === set.serviceArea);
    if (serviceArea === undefined) {
      remember(`service area ${set.serviceArea} is not known: not Office 365 here`, set.id);
      continue;
    }
    const category = CATEGORIES.find((each) => each === set.category);
    if (category === undefined) remember(`category ${set.category} is not known: Default here`, set.id);
    if (sets.some((one) => one.id === set.id))
      throw new EndpointDataError(`${source}: set ${set.id} stands twice`);
    sets.push({
      id: set.id,
      serviceArea,
      category: category ?? "Default",
      required: set.required,
      expressRoute: set.expressRoute,
      tcpPorts: compactPorts(set.tcpPorts),
      udpPorts: compactPorts(set.udpPorts),
      names: [...new Set(set.urls.map(normalHost))].toSorted(),
      prefixes: [...new Set(set.ips.map(canonicalPrefix))],
    });
  }
  if (sets.length === 0) throw new EndpointDataError(`${source}: no set is of a known service area`);
  for (const [what, ids] of unknown)
    note?.(
      `${source}: ${what} (set${ids.length === 1 ? "" : "s"} ${ids.join(", ")}); a later o365flow may know it`,
    );
  return sets.toSorted((a, b) => a.id - b.id);
}

/** What is wrong with an answer, and with which member of it: "[3].ips[0]: ...". */
export function issueText(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
}

/** Ports ascending and without blanks: the service writes `443,80` and `143, 587` too. */
function compactPorts(text: string): string {
  const items = text.split(",").map((item) => item.replaceAll(" ", ""));
  return items
    .filter((item) => item !== "")
    .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .join(",");
}
