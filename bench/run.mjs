// node bench/run.mjs [--runs N] CAPTURE...: CPU seconds and peak memory of classify, of the bare reader and decoder, and of
// the peers that are installed, in turn, N times; medians, and each peer's CPU as a ratio to classify's in the same run.
// Prints a Markdown table. Build first. Every program reads the same file and writes no rows.
// --instructions: counts those with valgrind instead, some fifty times as slow: for a capture of 60 MB or less. They are the
// same on a busy machine, but for what the engine compiles in the background.
import { spawnSync } from "node:child_process";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const classify = [process.execPath, here("../dist/cli/main.js"), "classify", "--quiet"];

/** Name, command, and whether a missing program is passed over. */
const TOOLS = [
  ["classify --only asymmetric", (file) => [...classify, "--only", "asymmetric", file]],
  [
    "the same, two VLANs declared",
    (file) => [
      ...classify,
      ...[
        "--expressroute",
        "vlan=100",
        "--internet",
        "vlan=200",
        "--only",
        "asymmetric,internet-instead",
        file,
      ],
    ],
  ],
  ["bare reader and decoder", (file) => [process.execPath, here("decode.mjs"), file]],
  ["tcpdump -w", (file) => ["tcpdump", "-n", "-r", file, "-w", "/dev/null"]],
  ["ndpiReader", (file) => ["ndpiReader", "-q", "-i", file]],
  ["argus", (file) => ["argus", "-r", file, "-w", "/dev/null"]],
  ["tshark conv", (file) => ["tshark", "-n", "-q", "-z", "conv,udp", "-z", "conv,tcp", "-r", file]],
];

const { values, positionals } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    skip: { type: "string", default: "" },
    instructions: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const skipped = values.skip.split(",").filter((word) => word !== "");
const runs = Number(values.runs);
const present = ([name, command]) =>
  spawnSync("which", [command("x")[0]]).status === 0 && !skipped.some((word) => name.includes(word));

function measure(words) {
  const { stderr } = spawnSync("/usr/bin/time", ["-f", "TIME %U %S %M", ...words], {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const [, user, system, kib] = /TIME (\S+) (\S+) (\d+)/.exec(stderr ?? "") ?? [];
  return { seconds: Number(user) + Number(system), megabytes: Number(kib) / 1024 };
}

/** Instructions in millions; code that is made while it runs has to be looked at anew. */
function count(words) {
  const valgrind = ["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"];
  const { stderr } = spawnSync("valgrind", [...valgrind, "--smc-check=all-non-file", ...words], {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return Number((/I\s+refs:\s+([\d,]+)/.exec(stderr ?? "")?.[1] ?? "NaN").replaceAll(",", "")) / 1e6;
}

function countAll(file) {
  const counts = TOOLS.filter(present).map(([name, command]) => [name, count(command(file))]);
  console.log(`\n| ${basename(file)} | instructions, millions | classify = 1 |\n|---|--:|--:|`);
  for (const [name, millions] of counts)
    console.log(`| ${name} | ${millions.toFixed(0)} | ${(millions / counts[0][1]).toFixed(2)} |`);
}

const median = (numbers) => numbers.toSorted((x, y) => x - y)[numbers.length >> 1];

for (const file of positionals) {
  if (values.instructions) {
    countAll(file);
    continue;
  }
  const tools = TOOLS.filter(present);
  const results = new Map(tools.map(([name]) => [name, []]));
  for (let run = 0; run < runs; run++)
    for (const [name, command] of tools) results.get(name).push(measure(command(file)));
  const own = results.get(TOOLS[0][0]);
  console.log(`\n| ${basename(file)} | CPU s | MB | CPU, classify = 1 |\n|---|--:|--:|--:|`);
  for (const [name, measured] of results) {
    const ratio = median(measured.map(({ seconds }, run) => seconds / own[run].seconds));
    const seconds = median(measured.map((each) => each.seconds));
    const megabytes = median(measured.map((each) => each.megabytes));
    console.log(`| ${name} | ${seconds.toFixed(2)} | ${megabytes.toFixed(0)} | ${ratio.toFixed(2)} |`);
  }
}
