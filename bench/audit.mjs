// node bench/audit.mjs [MEGABYTES...]: CPU seconds and peak memory of an audit, stage by stage, against the size of the
// archive; beside it one classify over all files. Build first. The archives are made and deleted here.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeArchive } from "./archive.mjs";

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const sizes = process.argv.slice(2).map(Number);
const FILE_BYTES = 10_000_000;
const WINDOW_BYTES = 100_000_000;

for (const megabytes of sizes.length > 0 ? sizes : [125, 250, 500, 1000]) {
  const folder = mkdtempSync(join(tmpdir(), "o365flow-bench-"));
  try {
    const { paths, flows } = makeArchive(join(folder, "archive"), megabytes * 1e6, FILE_BYTES);
    const self = fileURLToPath(import.meta.url.replace("audit.mjs", "audit-stages.mjs"));
    const audit = measure([self, join(folder, "archive"), join(folder, "out"), String(WINDOW_BYTES)]);
    const classify = measure([
      program,
      "classify",
      "--quiet",
      "--csv",
      "-o",
      join(folder, "rows.csv"),
      join(folder, "archive"),
    ]);
    console.log(`${megabytes} MB, ${paths.length} files, ${flows} flows made`);
    console.log(`  audit    ${audit.text}`);
    process.stdout.write(audit.stdout);
    console.log(`  classify ${classify.text}`);
    const same = spawnSync("cmp", [join(folder, "out", "flows.csv"), join(folder, "rows.csv")]).status === 0;
    console.log(`  rows ${same ? "byte for byte the same" : "DIFFER"}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(args) {
  const { stderr, stdout } = spawnSync("/usr/bin/time", ["-f", "TIME %U %S %M", process.execPath, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const [, user, system, kib] = /TIME (\S+) (\S+) (\d+)/.exec(stderr) ?? [];
  const seconds = Number(user) + Number(system);
  return { text: `${seconds.toFixed(1)} CPU s, ${(Number(kib) / 1024).toFixed(0)} MB at most`, stdout };
}
