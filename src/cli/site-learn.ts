import type { Command } from "commander";
import { siteProposal } from "../site/learn.ts";
import { refuseOtherForm } from "./output-form.ts";
import { addInputOptions, type RawInputOptions } from "./input-options.ts";
import { STRICT_CAPTURES } from "./strict-option.ts";

interface RawLearnOptions extends RawInputOptions {
  readonly output?: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
}

/** `o365flow site learn`: proposes markers from what captures show. `site` is the command that it belongs to. */
export function registerLearn(site: Command): void {
  const command = site
    .command("learn")
    .description("propose a site description from captures; you then name the paths");
  command.argument("[capture...]", "captures: files, folders, globs; - is standard input");
  addInputOptions(command)
    .option("-o, --output <file>", "write to a file")
    .option(...STRICT_CAPTURES)
    .option("-q, --quiet", "no notes on standard error");
  command.action(async (captures: string[], raw: RawLearnOptions) => {
    command.setOptionValue("exitStatus", await learn(captures, raw));
  });
}

async function learn(names: readonly string[], raw: RawLearnOptions): Promise<number> {
  refuseOtherForm("site learn", "-o", raw.output, "YAML");
  const { learnedBgpLinks } = await import("../doctor/learned-links.ts");
  const { study } = await import("./run-doctor.ts");
  const { statusOf } = await import("./run-result.ts");
  const { Notes } = await import("./notes.ts");
  const { Output } = await import("./output.ts");
  const { run, markers, result } = await study(names, raw, new Notes(raw.quiet === true, false));
  const bgpLinks = learnedBgpLinks(run.site.paths, run.links);
  if (run.captures.length > 0) {
    const output = new Output(raw.output);
    output.write(siteProposal({ captures: run.captures.map(({ name }) => name), markers, bgpLinks }));
    await output.end();
  }
  return statusOf(result, raw.strict === true);
}
