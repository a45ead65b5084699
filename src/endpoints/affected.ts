import { parseAddress } from "../address/address.ts";
import type { EndpointList } from "./endpoint-list.ts";
import { type EndpointMatch, type EndpointQuery, opinionOf } from "./match.ts";

/** A flow that two lists judge differently. */
export interface AffectedFlow {
  readonly flowId: string;
  readonly address: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly transport: "tcp" | "udp" | undefined;
  /** `not listed`, or service area, category, whether eligible; whether required, where that changed. */
  readonly before: string;
  readonly after: string;
}

/** A row of results by column name, as CSV (all text) or JSON gives it. */
export type ResultRow = Readonly<Record<string, unknown>>;

/**
 * How two lists judge a flow of an earlier result, where they differ; `undefined` where they agree or the row has no
 * server address. The server is asked for; where only the client is Microsoft's, which opens flows too, the client.
 */
export function affectedFlow(
  before: EndpointList,
  after: EndpointList,
  row: ResultRow,
): AffectedFlow | undefined {
  const fromMicrosoft = text(row["client_zone"]) === "microsoft" && text(row["server_zone"]) !== "microsoft";
  const address = text(row[fromMicrosoft ? "client_ip" : "server_ip"]);
  const words = address === undefined ? undefined : parseAddress(address)?.words;
  if (address === undefined || words === undefined) return undefined;
  const transport = text(row["transport"]);
  const query: EndpointQuery = {
    words,
    host: text(row["host"]),
    port: fromMicrosoft ? undefined : portOf(row["server_port"]),
    transport: transport === "tcp" || transport === "udp" ? transport : undefined,
  };
  const [old, now] = [before.match(query), after.match(query)];
  const say = sayFor(old, now);
  const [was, is] = [say(old), say(now)];
  if (was === is) return undefined;
  return {
    flowId: text(row["flow_id"]) ?? "",
    address,
    host: query.host,
    port: query.port,
    transport: query.transport,
    before: was,
    after: is,
  };
}

/** How both matches are said: `required` only where it differs, as most flows change for another reason. */
function sayFor(before: EndpointMatch, after: EndpointMatch): (match: EndpointMatch) => string {
  if (before.chosen === undefined || after.chosen === undefined || before.required === after.required)
    return opinionOf;
  return (match) => `${opinionOf(match)}, ${match.required === true ? "required" : "not required"}`;
}

function text(cell: unknown): string | undefined {
  return typeof cell === "string" && cell !== "" ? cell : undefined;
}

function portOf(cell: unknown): number | undefined {
  const port = typeof cell === "number" ? cell : Number(text(cell) ?? NaN);
  return Number.isInteger(port) && port >= 0 && port <= 0xffff ? port : undefined;
}
