import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { parsePrefix, type Prefix } from "../address/prefix.ts";
import { counted } from "../count-text.ts";
import { MOST_LIST_BYTES, readWholeFile, reasonOf, whyUnread, whyUnwritten } from "../files/whole-file.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { decodeText } from "../files/decode-text.ts";
import { proseLines } from "../report/prose.ts";
import { type BuildingFile, readBuildingFile } from "../site/building-file.ts";
import { compareBuildings } from "../site/building-checks.ts";
import { loadSite } from "../site/load.ts";
import { microsoftOverlaps } from "../site/microsoft-overlaps.ts";
import { SiteError } from "../site/site-error.ts";
import type { Site } from "../site/site.ts";
import { SITE_TEMPLATE } from "../site/template.ts";
import { UsageError } from "./exit.ts";
import { refuseOtherForm } from "./output-form.ts";
import { terminalWidth } from "./report-options.ts";
import { registerLearn } from "./site-learn.ts";

interface InitOptions {
  readonly output?: string;
  readonly force?: true;
}

interface CheckOptions {
  readonly building?: string;
  readonly result?: string;
}

/** `o365flow site init` and `o365flow site check`. Returns the `site` command, for more subcommands. */
export function register(program: Command): Command {
  const site = program.command("site").description("write, validate or propose a site description");
  site
    .command("init")
    .description("write a commented site description to start from")
    .option("-o, --output <file>", "write to a file instead of standard output")
    .option("--force", "overwrite an existing file")
    .action(initSite);
  site
    .command("check")
    .description("report everything that is wrong with a site description or a building file")
    .argument("[file]", "site description, YAML or JSON")
    .option(
      "--building <file>",
      "check Microsoft's call quality building file, alone or against the site description",
    )
    .option(
      "--result <file>",
      "with --building: a result of classify, held against the subnets declared ExpressRoute; writes CSV",
    )
    .action(checkSite);
  registerLearn(site);
  return site;
}

function initSite(options: InitOptions): void {
  if (options.output === undefined || options.output === "-") {
    process.stdout.write(SITE_TEMPLATE);
    return;
  }
  refuseOtherForm("site init", "-o", options.output, "YAML");
  try {
    writeFileSync(options.output, SITE_TEMPLATE, { flag: options.force === true ? "w" : "wx" });
  } catch (error) {
    const problem =
      reasonOf(error) === "EEXIST"
        ? "exists; --force overwrites it"
        : `cannot be written (${whyUnwritten(error)})`;
    throw new UsageError(`${options.output} ${problem}`);
  }
}

async function checkSite(file: string | undefined, options: CheckOptions): Promise<void> {
  if (options.result !== undefined && options.building === undefined)
    throw new UsageError("--result needs --building: the building file whose subnets it is held against");
  if (file === undefined && options.building === undefined)
    throw new UsageError("name a site description, or a building file with --building");
  const faults: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SiteError)) throw error;
      for (const message of error.messages) faults.push(message);
      return undefined;
    }
  };
  const site = file === undefined ? undefined : attempt(() => loadSite(file));
  const building = options.building;
  const buildings = building === undefined ? undefined : attempt(() => loadBuildings(building));
  const compared =
    site === undefined || buildings === undefined || building === undefined
      ? []
      : compareBuildings(site, buildings, building);
  const ofSite =
    site === undefined ? [] : [...site.warnings, ...microsoftOverlaps(site, await microsoftPrefixes(site))];
  const warnings = [...ofSite, ...(buildings?.warnings ?? []), ...compared];
  for (const warning of warnings) process.stderr.write(`warning: ${terminalSafe(warning)}\n`);
  for (const fault of faults) process.stderr.write(`error: ${terminalSafe(fault)}\n`);
  if (faults.length > 0) {
    process.exitCode = 2;
    return;
  }
  if (options.result !== undefined && buildings !== undefined) {
    const { holdResult } = await import("./building-result.ts");
    await holdResult(buildings, options.result);
    return;
  }
  if (site !== undefined && file !== undefined) sayWrapped(`${file}: ${siteSummary(site, ofSite.length)}`);
  if (buildings !== undefined && building !== undefined)
    sayWrapped(`${building}: ${buildingSummary(buildings)}`);
}

function sayWrapped(text: string): void {
  process.stdout.write(`${proseLines(text, terminalWidth() ?? Infinity, 0, 2).join("\n")}\n`);
}

/** Microsoft's addresses by the newest list of the site's cloud. */
async function microsoftPrefixes(site: Site): Promise<readonly Prefix[]> {
  const { openEndpoints } = await import("../endpoints/history.ts");
  const { stored } = await openEndpoints(site.cloud ?? "worldwide");
  return (stored.at(-1)?.sets() ?? [])
    .flatMap(({ prefixes }) => prefixes.map((text) => parsePrefix(text)))
    .filter((prefix) => prefix !== undefined);
}

function loadBuildings(path: string): BuildingFile {
  let bytes: Uint8Array;
  try {
    bytes = readWholeFile(path, MOST_LIST_BYTES);
  } catch (error) {
    throw new SiteError([`${path}: ${whyUnread(error)}`]);
  }
  const text = decodeText(bytes);
  if (text === undefined) throw new SiteError([`${path}: is no text in UTF-8 or UTF-16`]);
  return readBuildingFile(text, path);
}

function siteSummary(site: Site, warnings: number): string {
  const kinds = new Map<string, number>();
  for (const path of site.paths) kinds.set(path.kind, (kinds.get(path.kind) ?? 0) + 1);
  const paths = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(", ");
  const routes = site.paths
    .flatMap((path) => path.routes)
    .reduce((sum, table) => sum + table.routes.length, 0);
  const parts = [
    site.name === "" ? "no name" : site.name,
    counted(site.paths.length, "path") + (paths === "" ? "" : ` (${paths})`),
    counted(site.internal.length, "internal prefix", "internal prefixes"),
    ...(routes === 0 ? [] : [counted(routes, "route")]),
    counted(warnings, "warning"),
  ];
  return `ok: ${parts.join("; ")}`;
}

function buildingSummary(buildings: BuildingFile): string {
  const onExpressRoute = buildings.subnets.filter((subnet) => subnet.expressRoute === true).length;
  return (
    `ok: ${counted(buildings.subnets.length, "subnet")}; ${onExpressRoute} declared ExpressRoute; ` +
    counted(buildings.warnings.length, "warning")
  );
}
