import type { Command } from "commander";
import type { EndpointChange } from "../endpoints/diff.ts";
import type { EndpointList } from "../endpoints/endpoint-list.ts";
import { EndpointDataError } from "../endpoints/endpoint-set.ts";
import { type EndpointHistory, openEndpoints } from "../endpoints/history.ts";
import type { UpdateOutcome } from "../endpoints/update.ts";
import { userDataFolder } from "../endpoints/user-data.ts";
import { kindOf } from "../files/kind-of.ts";
import { type Cloud, CLOUDS } from "../words.ts";
import {
  addOutputOptions,
  cloudOf,
  emit,
  type EndpointOptions,
  mendable,
  note,
  type Row,
  say,
  tableText,
} from "./endpoint-output.ts";
import { EXIT_OK, EXIT_PARTIAL, EXIT_USAGE, UsageError } from "./exit.ts";
import { STRICT_CAPTURES, STRICT_CLOUDS } from "./strict-option.ts";

const CLOUD = ["--cloud <cloud>", CLOUDS.join(", "), "worldwide"] as const;

/** `o365flow endpoints show`, `diff` and `update`. */
export function register(program: Command): void {
  const endpoints = program.command("endpoints").description("the endpoint lists: show, compare, update");

  const showCommand = endpoints
    .command("show")
    .description("the sets of one list, or the versions that are known")
    .option(...CLOUD)
    .option("--as-of <when>", "latest, a day YYYY-MM-DD, or a version YYYYMMDDNN", "latest")
    .option("--endpoints <file>", "use this saved response of the endpoint web service instead")
    .option("--set <id>", "show only this set, with all its names and prefixes")
    .option("--versions", "show the known versions instead of sets");
  addOutputOptions(showCommand).action(show);

  const diffCommand = endpoints
    .command("diff")
    .description("what changed between two lists, and which flows it concerns")
    .argument("<before>", "a version, a day, latest, or a file")
    .argument("<after>", "the same")
    .argument("[file...]", "captures, or results of classify: show the flows judged differently instead")
    .option(...CLOUD);
  addOutputOptions(diffCommand)
    .option(...STRICT_CAPTURES)
    .action(async (before: string, after: string, files: string[], options: EndpointOptions & Strict) => {
      diffCommand.setOptionValue("exitStatus", await diff(before, after, files, options));
    });

  const updateCommand = endpoints
    .command("update")
    .description("fetch the newest lists from Microsoft's endpoint web service (the only use of the network)")
    .option(...CLOUD)
    .option("--all", "every cloud that the service still offers")
    .option(
      "--force",
      "accept a list that lost most of its prefixes; fetch even a version that is already stored",
    )
    .option("--timeout <seconds>", "time limit for one request", "30")
    .option("--url <base>", "base URL of a mirror; also O365FLOW_ENDPOINTS_URL");
  addOutputOptions(updateCommand)
    .option(...STRICT_CLOUDS)
    .action(async (options: UpdateCommandOptions) => {
      updateCommand.setOptionValue("exitStatus", await update(options));
    });
}

interface Strict {
  readonly strict?: true;
}

interface ShowOptions extends EndpointOptions {
  readonly set?: string;
  readonly versions?: true;
}

const SET_COLUMNS = [
  "endpoints_version",
  "set",
  "service_area",
  "category",
  "required",
  "er_eligible",
  "tcp_ports",
  "udp_ports",
  "prefixes",
  "names",
];
const VERSION_COLUMNS = [
  "cloud",
  "endpoints_version",
  "origin",
  "day_of_reading",
  "sets",
  "prefixes",
  "names",
];

async function show(options: ShowOptions): Promise<void> {
  const history = await openEndpoints(cloudOf(options), { file: options.endpoints });
  if (options.versions === true && options.set !== undefined)
    throw new UsageError("--versions and --set: which one?");
  if (options.versions === true) {
    const rows = versionRows(history);
    await emit(options, VERSION_COLUMNS, rows, history.files, (width) =>
      tableText(VERSION_COLUMNS, rows, width),
    );
    return;
  }
  const rows = mendable(() => setRows(history.at(options.asOf ?? "latest"), options.set));
  // A set may have 200 names: a table of all sets counts them, that of one set has a line for each.
  const cell = (list: Row[string]): Row[string] =>
    Array.isArray(list) ? (options.set === undefined ? list.length : list.join("\n")) : list;
  await emit(options, SET_COLUMNS, rows, history.files, (width) =>
    tableText(
      SET_COLUMNS,
      rows.map((row) => ({ ...row, prefixes: cell(row["prefixes"]), names: cell(row["names"]) })),
      width,
    ),
  );
}

function setRows(list: EndpointList, only: string | undefined): Row[] {
  const sets = list.sets.filter((set) => only === undefined || String(set.id) === only);
  if (only !== undefined && sets.length === 0)
    throw new RangeError(`list ${list.version} has no set ${only}`);
  return sets.map((set) => ({
    endpoints_version: list.version,
    set: set.id,
    service_area: set.serviceArea,
    category: set.category,
    required: set.required,
    er_eligible: set.expressRoute,
    tcp_ports: set.tcpPorts,
    udp_ports: set.udpPorts,
    prefixes: set.prefixes,
    names: set.names,
  }));
}

function versionRows(history: EndpointHistory): Row[] {
  return history.stored.map((stored) => {
    const sets = stored.sets();
    return {
      cloud: history.cloud,
      endpoints_version: stored.version,
      origin: stored.origin,
      day_of_reading: stored.reading,
      sets: sets.length,
      prefixes: new Set(sets.flatMap((set) => set.prefixes)).size,
      names: new Set(sets.flatMap((set) => set.names)).size,
    };
  });
}

const CHANGE_COLUMNS = ["change", "kind", "set", "service_area", "value", "before", "after"];
const AFFECTED_COLUMNS = ["flow_id", "address", "host", "port", "transport", "before", "after"];

async function diff(
  before: string,
  after: string,
  files: readonly string[],
  options: EndpointOptions & Strict,
): Promise<number> {
  const cloud = cloudOf(options);
  const [from, to] = [await listOf(before, cloud), await listOf(after, cloud)];
  const [old, now] = [from.list, to.list];
  const lists = [...from.files, ...to.files];
  note(options, `${old.version} to ${now.version} (${cloud})`);
  if (files.length === 0) {
    const { diffSets } = await import("../endpoints/diff.ts");
    const rows = diffSets(old.sets, now.sets).map(changeRow);
    await emit(options, CHANGE_COLUMNS, rows, lists, (width) => tableText(CHANGE_COLUMNS, rows, width));
    return EXIT_OK;
  }
  const { affectedFlows } = await import("./affected-flows.ts");
  const { flows, looked, status, read } = await affectedFlows(old, now, files, cloud);
  const rows = flows.map(({ flowId, ...rest }) => ({ ...rest, flow_id: flowId }));
  if (status !== EXIT_USAGE)
    await emit(options, AFFECTED_COLUMNS, rows, [...lists, ...read], (width) =>
      tableText(AFFECTED_COLUMNS, rows, width),
    );
  note(options, `${rows.length} of ${looked} flows are judged differently`);
  return status === EXIT_PARTIAL && options.strict === true ? EXIT_USAGE : status;
}

/** The list that a version, a day, "latest" or else a file stands for, and the files that it was looked for in. */
async function listOf(
  text: string,
  cloud: Cloud,
): Promise<{ readonly list: EndpointList; readonly files: readonly string[] }> {
  const isMoment = /^(?:latest|\d{10}|\d{4}-\d\d-\d\d)$/.test(text);
  if (!isMoment && kindOf(text, (message) => new UsageError(message)) === "nothing")
    throw new UsageError(
      `${text}: is no version (YYYYMMDDNN), no day (YYYY-MM-DD) and not latest, and no file of that name exists`,
    );
  const history = await openEndpoints(cloud, isMoment ? {} : { file: text });
  return { list: mendable(() => history.at(isMoment ? text : "latest")), files: history.files };
}

function changeRow(change: EndpointChange): Row {
  return {
    change: change.change,
    kind: change.kind,
    set: change.set,
    service_area: change.serviceArea,
    value: change.value,
    before: change.before,
    after: change.after,
  };
}

interface UpdateCommandOptions extends EndpointOptions, Strict {
  readonly all?: true;
  readonly force?: true;
  readonly timeout: string;
  readonly url?: string;
}

const UPDATE_COLUMNS = [
  "cloud",
  "status",
  "endpoints_version",
  "previous_version",
  "prefixes_added",
  "prefixes_removed",
  "file",
];

/** Answers with the exit status: some clouds done and others not is a job done in part. */
async function update(options: UpdateCommandOptions): Promise<number> {
  if (options.all === true && options.cloud !== "worldwide")
    throw new UsageError(`--all and --cloud ${options.cloud}: which one?`);
  // The service for Germany ended in 2021.
  const clouds = options.all === true ? CLOUDS.filter((each) => each !== "germany") : [cloudOf(options)];
  const timeoutMs = Number(options.timeout) * 1000;
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31)) {
    throw new UsageError(`--timeout ${options.timeout}: wanted a number of seconds above 0`);
  }
  const { updateEndpoints, webServiceBase } = await import("../endpoints/update.ts");
  // A variable that is set to nothing is as good as none.
  const fromEnvironment = process.env["O365FLOW_ENDPOINTS_URL"];
  const base = webServiceBase(options.url ?? (fromEnvironment === "" ? undefined : fromEnvironment));
  const outcomes: UpdateOutcome[] = [];
  const failures: string[] = [];
  for (const cloud of clouds) {
    try {
      outcomes.push(
        await updateEndpoints({
          cloud,
          folder: userDataFolder(),
          base,
          force: options.force,
          limits: { timeoutMs },
          notify: (text) => note(options, `${cloud}: ${text}`),
        }),
      );
    } catch (error) {
      if (!(error instanceof EndpointDataError)) throw error;
      failures.push(error.message);
    }
  }
  const rows = outcomes.map((outcome) => ({
    cloud: outcome.cloud,
    status: outcome.status,
    endpoints_version: outcome.version,
    previous_version: outcome.previous,
    prefixes_added: outcome.prefixesAdded,
    prefixes_removed: outcome.prefixesRemoved,
    file: outcome.file,
  }));
  for (const failure of failures) say(failure);
  const files = outcomes.map(({ file }) => file).filter((file) => file !== undefined);
  if (rows.length > 0)
    await emit(options, UPDATE_COLUMNS, rows, files, (width) => tableText(UPDATE_COLUMNS, rows, width));
  if (failures.length === 0) return EXIT_OK;
  return rows.length > 0 && options.strict !== true ? EXIT_PARTIAL : EXIT_USAGE;
}
