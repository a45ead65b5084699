// node bench/classify.mjs CAPTURE...: CPU seconds and peak memory of `classify --only asymmetric` and of the peers that
// are installed, one line each, in one run. Build first. The peers read the same file and write nothing.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const TOOLS = [
  ["o365flow", (file) => [process.execPath, program, "classify", "--quiet", "--only", "asymmetric", file]],
  ["tshark", (file) => ["tshark", "-n", "-q", "-z", "conv,udp", "-z", "conv,tcp", "-r", file]],
  ["ndpiReader", (file) => ["ndpiReader", "-q", "-i", file]],
  ["tcpdump", (file) => ["tcpdump", "-n", "-r", file, "-w", "/dev/null"]],
];

for (const file of process.argv.slice(2)) {
  for (const [name, command] of TOOLS) {
    const words = command(file);
    if (spawnSync("which", [words[0]]).status !== 0) continue;
    const { stderr } = spawnSync("/usr/bin/time", ["-f", "TIME %U %S %M", ...words], {
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    const [, user, system, kib] = /TIME (\S+) (\S+) (\d+)/.exec(stderr ?? "") ?? [];
    const seconds = Number(user) + Number(system);
    console.log(`${file}  ${name}  ${seconds.toFixed(2)} CPU s  ${(Number(kib) / 1024).toFixed(0)} MB`);
  }
}
