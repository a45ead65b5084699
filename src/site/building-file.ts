import { stringify } from "csv-stringify/sync";
import { formatAddress } from "../address/address.ts";
import { PrefixTable } from "../address/prefix-table.ts";
import { type Prefix, parsePrefix, prefixText } from "../address/prefix.ts";
import { grouped } from "../count-text.ts";
import { FirstFaults } from "./first-faults.ts";
import { nearest } from "./nearest.ts";
import { LONGEST_CELL, type SeparatedRow, separatedRows } from "./separated-rows.ts";
import { SiteError } from "./site-error.ts";

/** One row of a building file: a subnet and where it is. Empty text where the file says nothing. */
export interface BuildingSubnet {
  readonly prefix: Prefix;
  readonly networkName: string;
  readonly buildingName: string;
  readonly ownershipType: string;
  readonly buildingType: string;
  readonly buildingOfficeType: string;
  readonly city: string;
  readonly zipCode: string;
  readonly country: string;
  readonly state: string;
  readonly region: string;
  /** Inside the corporate network; `undefined` where the file does not say. */
  readonly insideCorp: boolean | undefined;
  /** The subnet's Office 365 traffic takes ExpressRoute. */
  readonly expressRoute: boolean | undefined;
  /** A VPN pool. */
  readonly vpn: boolean | undefined;
  /** Line in the file, from 1. */
  readonly line: number;
}

/** The subnets of a building file, with a lookup by address. */
export class BuildingFile {
  readonly subnets: readonly BuildingSubnet[];
  /** What a person should know, each with file and line. */
  readonly warnings: readonly string[];
  readonly #table: PrefixTable;

  constructor(subnets: readonly BuildingSubnet[], warnings: readonly string[]) {
    this.subnets = subnets;
    this.warnings = warnings;
    this.#table = new PrefixTable(subnets.map((subnet) => subnet.prefix));
  }

  /** The longest subnet that holds an address (four words); `undefined` when none does. */
  subnetOf(w0: number, w1: number, w2: number, w3: number): BuildingSubnet | undefined {
    return this.subnets[this.#table.longest(w0, w1, w2, w3)];
  }
}

/** Columns in the order of "Tenant and building data file format" of Microsoft's call quality dashboard. */
const BUILDING_COLUMNS = [
  "NetworkIP",
  "NetworkName",
  "NetworkRange",
  "BuildingName",
  "OwnershipType",
  "BuildingType",
  "BuildingOfficeType",
  "City",
  "ZipCode",
  "Country",
  "State",
  "Region",
  "InsideCorp",
  "ExpressRoute",
  "VPN",
] as const;
type BuildingColumn = (typeof BUILDING_COLUMNS)[number];

/**
 * Reads the building file that Microsoft's call quality dashboard takes: no heading, 15 columns joined by commas or
 * tabs, the last one (VPN) sometimes missing. A heading is passed over with a warning. Throws a `SiteError` with every
 * line that is wrong.
 */
export function readBuildingFile(text: string, fileName: string): BuildingFile {
  const errors = new FirstFaults();
  const warnings: string[] = [];
  const subnets: BuildingSubnet[] = [];
  const seen = new Map<string, number>();
  const separator = /^[^\r\n\t]*\t/.test(text) ? "\t" : ",";
  let isFirst = true;
  for (const row of separatedRows(text.replace(/^\ufeff/, ""), separator)) {
    const place = `${fileName}:${row.line}`;
    const first = isFirst;
    isFirst = false;
    if (first && isHeading(row)) {
      warnings.push(`${place}: the dashboard wants no heading; it is passed over`);
      continue;
    }
    const subnet = readRow(row, (column, problem) => {
      errors.add(`${place}: ${column === undefined ? "" : `${column}: `}${problem}`);
    });
    if (subnet === undefined) continue;
    const key = prefixText(subnet.prefix);
    const other = seen.get(key);
    if (other === undefined) seen.set(key, row.line);
    else warnings.push(`${place}: ${key} is already at line ${other}, which counts`);
    subnets.push(subnet);
  }
  if (errors.count === 0 && subnets.length === 0) errors.add(`${fileName}: has no subnet`);
  if (errors.count > 0) throw new SiteError(errors.messages(fileName));
  return new BuildingFile(subnets, warnings);
}

/** Told what is wrong with a row; `undefined` for the column where it is the row itself. */
type Fail = (column: BuildingColumn | undefined, problem: string) => void;

function isHeading({ cells }: SeparatedRow): boolean {
  return /^network ?(ip)?$/i.test((cells[0] ?? "").trim());
}

/** `undefined` for a row without a subnet; all that is wrong with it is told. */
function readRow(row: SeparatedRow, fail: Fail): BuildingSubnet | undefined {
  const { line, cells, columns, isCut } = row;
  if (columns < BUILDING_COLUMNS.length - 1 || columns > BUILDING_COLUMNS.length) {
    fail(undefined, `found ${columns} columns, wanted 15 (or 14, without VPN)`);
    return undefined;
  }
  if (isCut) {
    fail(undefined, `a cell has more than ${grouped(LONGEST_CELL)} characters: is a quote missing?`);
    return undefined;
  }
  const cell = (column: BuildingColumn): string => (cells[BUILDING_COLUMNS.indexOf(column)] ?? "").trim();
  const flag = (column: BuildingColumn): boolean | undefined => readFlag(cell(column), column, fail);
  const prefix = readSubnet(cell("NetworkIP"), cell("NetworkRange"), fail);
  const subnet = {
    networkName: cell("NetworkName"),
    buildingName: cell("BuildingName"),
    ownershipType: cell("OwnershipType"),
    buildingType: cell("BuildingType"),
    buildingOfficeType: cell("BuildingOfficeType"),
    city: cell("City"),
    zipCode: cell("ZipCode"),
    country: cell("Country"),
    state: cell("State"),
    region: cell("Region"),
    insideCorp: flag("InsideCorp"),
    expressRoute: flag("ExpressRoute"),
    vpn: flag("VPN"),
    line,
  };
  return prefix === undefined ? undefined : { prefix, ...subnet };
}

function readFlag(text: string, column: BuildingColumn, fail: Fail): boolean | undefined {
  const value = text.toLowerCase();
  if (value === "") return undefined;
  if (value === "1" || value === "true") return true;
  if (value === "0" || value === "false") return false;
  const meant = nearest(value, ["true", "false"]);
  const hint = meant === undefined ? "" : ` (did you mean "${meant}"?)`;
  fail(column, `found "${value}", wanted 0 or 1${hint}`);
  return undefined;
}

function readSubnet(network: string, range: string, fail: Fail): Prefix | undefined {
  const address = parsePrefix(network);
  if (address === undefined || network.includes("/")) {
    fail("NetworkIP", `"${network}" is no IPv4 or IPv6 address`);
    return undefined;
  }
  const prefix = parsePrefix(`${network}/${range.replace(/^\//, "")}`, { hostBits: "clear" });
  if (prefix === undefined) {
    fail("NetworkRange", `"${range}" is no prefix length from 0 to ${address.length}`);
    return undefined;
  }
  if (prefix.words.some((word, index) => word !== address.words[index])) {
    fail("NetworkIP", `"${network}" has bits set behind its length; its network is ${prefixText(prefix)}`);
    return undefined;
  }
  return prefix;
}

/** A building file as the dashboard takes it: no heading, 15 columns, lines ended by CR LF. */
export function writeBuildingFile(subnets: readonly BuildingSubnet[], separator: "," | "\t" = ","): string {
  const flag = (value: boolean | undefined): string => (value === undefined ? "" : value ? "1" : "0");
  return stringify(
    subnets.map((subnet) => [
      formatAddress(subnet.prefix.version, ...subnet.prefix.words),
      subnet.networkName,
      String(subnet.prefix.length),
      subnet.buildingName,
      subnet.ownershipType,
      subnet.buildingType,
      subnet.buildingOfficeType,
      subnet.city,
      subnet.zipCode,
      subnet.country,
      subnet.state,
      subnet.region,
      flag(subnet.insideCorp),
      flag(subnet.expressRoute),
      flag(subnet.vpn),
    ]),
    { delimiter: separator, record_delimiter: "windows" },
  );
}
