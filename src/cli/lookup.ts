import type { Command } from "commander";
import { askEndpoints, type EndpointAnswer } from "../endpoints/ask.ts";
import { takenFor } from "../endpoints/asked-text.ts";
import { communityName } from "../endpoints/communities.ts";
import { openEndpoints } from "../endpoints/history.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { proseLines } from "../report/prose.ts";
import {
  addOutputOptions,
  cloudOf,
  emit,
  type EndpointOptions,
  mendable,
  note,
  type Row,
  tableText,
} from "./endpoint-output.ts";
import { UsageError } from "./exit.ts";

const COLUMNS = [
  "query",
  "kind",
  "cloud",
  "endpoints_version",
  "listed",
  "chosen",
  "er_eligible",
  "why",
  "set",
  "service_area",
  "category",
  "required",
  "set_er_eligible",
  "matched",
  "relation",
  "tcp_ports",
  "udp_ports",
  "since",
  "until",
  "community",
  "advertised",
  "advertised_as",
] as const;

/** What is in the list has no `until`. */
const LISTED_COLUMNS = [
  "set",
  "service_area",
  "category",
  "required",
  "set_er_eligible",
  "matched",
  "tcp_ports",
  "udp_ports",
  "since",
] as const;

/** Columns before what is said of an address. */
const LABEL_WIDTH = 13;

interface LookupOptions extends EndpointOptions {
  readonly history?: true;
}

/** `o365flow lookup ADDRESS...`: what the endpoint lists say of addresses, prefixes and names. */
export function register(program: Command): void {
  const command = program
    .command("lookup")
    .description("which endpoint sets addresses, prefixes or host names belong to, and since when")
    .argument("<address...>", "IPv4 or IPv6 addresses, prefixes, host names or URLs")
    .option("--cloud <cloud>", "worldwide, usgovdod, usgovgcchigh, china or germany", "worldwide")
    .option("--as-of <when>", "list to judge by: latest, a day YYYY-MM-DD, or a version YYYYMMDDNN", "latest")
    .option("--endpoints <file>", "judge by this saved response of the endpoint web service instead")
    .option("--history", "also show sets that listed it in other versions only");
  addOutputOptions(command).action(lookup);
}

async function lookup(asked: readonly string[], options: LookupOptions): Promise<void> {
  const when = options.asOf ?? "latest";
  const history = await openEndpoints(cloudOf(options), { file: options.endpoints });
  // What is asked without a day is asked of today.
  const age = mendable(() => history.note(when === "latest" ? Date.now() / 1000 : when));
  const answers = asked.map((text): EndpointAnswer => {
    const answer = askEndpoints(history, when, text, { allVersions: options.history === true });
    if (answer === undefined) throw new UsageError(`"${text}" is no address, prefix or host name`);
    const taken = takenFor(text);
    if (taken !== undefined) note(options, `${text} is taken for its network ${taken}`);
    return answer;
  });
  await emit(options, COLUMNS, answers.flatMap(rowsOf), history.files, (width) =>
    answers.map((answer) => paragraph(answer, width)).join("\n"),
  );
  if (age !== undefined) note(options, age);
}

/** One row for every set; one without a set where nothing has to do with what was asked. */
function rowsOf(answer: EndpointAnswer): Row[] {
  const all = {
    query: answer.asked,
    kind: answer.kind,
    cloud: answer.cloud,
    endpoints_version: answer.version,
    er_eligible: answer.erEligible,
    why: answer.why,
    advertised: answer.advertised,
    advertised_as: answer.advertisedAs,
  };
  if (answer.sets.length === 0) return [{ ...all, listed: false, chosen: false }];
  return answer.sets.map((set) => ({
    ...all,
    listed: set.listed,
    chosen: set.listed && set.set === answer.chosen,
    set: set.set,
    service_area: set.serviceArea,
    category: set.category,
    required: set.required,
    set_er_eligible: set.expressRoute,
    matched: set.matched,
    relation: set.relation,
    tcp_ports: set.tcpPorts,
    udp_ports: set.udpPorts,
    since: set.sinceOrEarlier ? `${set.since} or earlier` : set.since,
    until: set.until,
    community: set.community,
  }));
}

function paragraph(answer: EndpointAnswer, width: number): string {
  const listed = answer.sets.filter((set) => set.listed);
  const others = answer.sets.filter((set) => !set.listed);
  const lines = [
    `  list       ${answer.version} (${answer.cloud})`,
    `  listed     ${answer.listed ? "yes" : listed.length > 0 ? "in part" : "no"}`,
    `  eligible   ${answer.erEligible === undefined ? "unknown: " : answer.erEligible ? "yes: " : "no: "}${answer.why}`,
  ];
  const communities = [...new Set(listed.map((set) => set.community).filter((each) => each !== undefined))];
  for (const each of communities) lines.push(`  community  ${each} ${communityName(each) ?? ""}`);
  if (answer.advertisedAs.length > 0) {
    lines.push(`  advertised ${answer.advertisedAs.join(", ")}`);
  } else if (answer.kind !== "name" && communities.length > 0) {
    const known =
      answer.advertised === "not-seen" ? "not in the stored advertisements" : "not known: none are stored";
    lines.push(`  advertised ${known}`);
  }
  const rows = rowsOf(answer);
  let text = `${terminalSafe(answer.asked)}\n`;
  for (const line of lines) text += `${proseLines(line.trimStart(), width, 2, LABEL_WIDTH).join("\n")}\n`;
  if (listed.length > 0)
    text += tableText(
      LISTED_COLUMNS,
      rows.filter((row) => row["listed"] === true),
      width,
    );
  if (others.length > 0)
    text += `In other versions:\n${tableText(
      [...LISTED_COLUMNS, "until"],
      rows.filter((row) => row["listed"] === false),
      width,
    )}`;
  return text;
}
