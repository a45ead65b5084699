import { type Command, Option } from "commander";

/** Options of every command that reads captures, as commander hands them over. */
export interface RawInputOptions {
  readonly site?: string;
  readonly expressroute?: string[];
  readonly internet?: string[];
  readonly internal?: string[];
  readonly remote?: string[];
  readonly cloud?: string;
  readonly asOf?: string;
  readonly endpoints?: string;
  readonly recursive?: boolean;
  readonly filesFrom?: string;
  readonly converge?: string;
  readonly activeTimeout?: string;
  readonly maxFlows?: string;
  readonly jobs?: string;
}

/** What a repeatable option has so far. */
export function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/**
 * Options of every command that reads captures in one thread. `--jobs` is taken there as anywhere, so that a line of options
 * fits all commands; help has it only where it changes something.
 */
export function addInputOptions(command: Command): Command {
  return addReadOptions(command).addOption(new Option("-j, --jobs <n>").hideHelp());
}

/** The same without `--jobs`. */
export function addReadOptions(command: Command): Command {
  return command
    .option("-s, --site <file>", "site description (YAML or JSON): where links, NAT pools and servers are")
    .option(
      "--expressroute <key=value>",
      "a marker of the ExpressRoute path, such as vlan=100 (repeatable)",
      collect,
    )
    .option(
      "--internet <key=value>",
      "a marker of the Internet path, such as interface=isp-a (repeatable)",
      collect,
    )
    .option("--internal <prefix>", "a prefix of your network (repeatable)", collect)
    .option("--remote <prefix>", "a prefix of VPN or home users (repeatable)", collect)
    .option("--cloud <cloud>", "worldwide, usgovdod, usgovgcchigh, china or germany")
    .option("--as-of <when>", "which endpoint list judges: capture, latest, a date or a version", "capture")
    .option("--endpoints <file>", "your own endpoint list: a saved response of the web service")
    .option("-r, --recursive", "also read folders inside folders")
    .option("--files-from <file>", "read the names of captures from a file, one per line")
    .option(
      "--converge <seconds>",
      "how long the directions of a flow that changes its path may differ",
      "200",
    )
    .option("--active-timeout <seconds>", "longest time that one row covers; no limit by default")
    .option(
      "--max-flows <n>",
      "most flows followed at once; beyond that, those silent longest are ended early",
    );
}
