import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "./support/shared.ts";

const examples = [
  ...readFileSync(join(ROOT, "docs", "library.md"), "utf8").matchAll(/```js\n([^]*?)```/g),
].map(([, code = ""]) => code);

/** Runs an example of the documentation as a module of somebody who depends on this package. */
function run(code: string): string {
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(child.stderr).toBe("");
  return child.stdout;
}

it("classifies as the first example says", () => {
  expect(run(examples[0] ?? "")).toBe("10.20.30.44 13.107.136.9 internet expressroute 45\n141 packets\n");
});

it("reads and decodes as the second example says", () => {
  expect(run(examples[1] ?? "")).toBe("75 TCP packets\n");
});

it("reads a result back as the third example says", () => {
  expect(run(examples[2] ?? "")).toBe("1 asymmetric\n");
});

it("throws the errors that it names", () => {
  const code = `
    import { CaptureError, EndpointDataError, ResultError, SiteError } from "o365flow";
    import { loadSite, openCapture, openEndpoints, openFlowResult } from "o365flow";
    const missing = "fixtures/no-such-file";
    const wrong = [
      [CaptureError, () => openCapture(missing)],
      [EndpointDataError, () => openEndpoints("worldwide", { file: missing })],
      [ResultError, () => openFlowResult(missing, { required: [], purpose: "nothing" })],
      [SiteError, async () => loadSite(missing)],
    ];
    for (const [kind, work] of wrong) await work().catch((error) => console.log(error instanceof kind, kind.name));`;
  expect(run(code)).toBe("true CaptureError\ntrue EndpointDataError\ntrue ResultError\ntrue SiteError\n");
});
