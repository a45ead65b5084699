import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { o365flow } from "./run.ts";

const FOLDER = join(ROOT, "fixtures", "failover");
const ARGUMENTS = [join(FOLDER, "failover.pcap"), "--site", join(FOLDER, "site.yaml"), "-q"];

it("does not say of a flow that moved that both directions took the same path", () => {
  const rows = JSON.parse(o365flow(["classify", ...ARGUMENTS, "--json"]).stdout) as {
    readonly flow_id: string;
    readonly symmetry: string;
    readonly path_out: string;
  }[];
  const texts = rows
    .filter(({ symmetry }) => symmetry === "symmetric")
    .map(({ flow_id: id, path_out: out }) => ({ out, text: o365flow(["explain", ...ARGUMENTS, id]).stdout }));
  expect(texts.some(({ out }) => out === "mixed")).toBe(true);
  for (const { out, text } of texts)
    expect(text).toContain(`both directions ${out === "mixed" ? "ended on" : "took"} the same path`);
});
