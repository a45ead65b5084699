import { parseAddress } from "../address/address.ts";
import { prefixText } from "../address/prefix.ts";
import type { BuildingFile, BuildingSubnet } from "./building-file.ts";

/** What a result of `classify` shows of one subnet of a building file. */
export interface SubnetPaths {
  readonly subnet: BuildingSubnet;
  /** Office 365 flows that may take ExpressRoute; the counts below are of them. */
  eligible: number;
  /** Seen on the Internet, in one direction at least. */
  internet: number;
  /** Seen on ExpressRoute, and in no direction on the Internet. */
  expressRoute: number;
  unknown: number;
}

/** Counts of a result by the subnets of a building file. */
export class BuildingResult {
  readonly #paths: Map<BuildingSubnet, SubnetPaths>;
  readonly #file: BuildingFile;
  /** Eligible flows whose client lies in no subnet of the file. */
  elsewhere = 0;

  constructor(file: BuildingFile) {
    this.#file = file;
    this.#paths = new Map(
      file.subnets.map((subnet) => [
        subnet,
        { subnet, eligible: 0, internet: 0, expressRoute: 0, unknown: 0 },
      ]),
    );
  }

  /** Takes in a row of a result, CSV (all text) or JSON, and the address of our side of it. */
  add(row: Readonly<Record<string, unknown>>, ours: string): void {
    if (row["er_eligible"] !== true && row["er_eligible"] !== "true") return;
    const address = parseAddress(ours);
    if (address === undefined) return;
    const subnet = this.#file.subnetOf(...address.words);
    const paths = subnet === undefined ? undefined : this.#paths.get(subnet);
    if (paths === undefined) {
      this.elsewhere += 1;
      return;
    }
    paths.eligible += 1;
    const ways = [row["path_out"], row["path_back"]];
    if (ways.includes("internet") || ways.includes("mixed")) paths.internet += 1;
    else if (ways.includes("expressroute")) paths.expressRoute += 1;
    else paths.unknown += 1;
  }

  /** Subnets with eligible flows, in the order of the file. */
  subnets(): SubnetPaths[] {
    return [...this.#paths.values()].filter(({ eligible }) => eligible > 0);
  }
}

/** What declaration and observation say together; empty where they agree or nothing was seen. */
export function buildingFinding({ subnet, internet, expressRoute }: SubnetPaths): string {
  if (subnet.expressRoute === true && internet > 0) return "declared ExpressRoute, seen on the Internet";
  if (subnet.expressRoute !== true && expressRoute > 0) return "not declared ExpressRoute, seen on it";
  return "";
}

/** Columns of the report, and a subnet's cells. */
export const SUBNET_COLUMNS: readonly string[] = [
  "subnet",
  "network_name",
  "building_name",
  "declared_expressroute",
  "eligible_flows",
  "expressroute_flows",
  "internet_flows",
  "unknown_flows",
  "finding",
];

export function subnetCells(paths: SubnetPaths): (string | number | boolean)[] {
  const { subnet } = paths;
  return [
    prefixText(subnet.prefix),
    subnet.networkName,
    subnet.buildingName,
    subnet.expressRoute ?? "",
    paths.eligible,
    paths.expressRoute,
    paths.internet,
    paths.unknown,
    buildingFinding(paths),
  ];
}
