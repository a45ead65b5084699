import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Three network namespaces in a row: `near` 10.20.0.10, `mid` that forwards, `far` 198.51.100.10. They live in mount,
 * network and process namespaces of the test's own: nothing leaves the machine, and everything started ends with them.
 */
const NAMESPACES = `
set -e
mkdir -p /run/netns
mount -t tmpfs tmpfs /run/netns
for name in near mid far; do ip netns add $name; ip -n $name link set lo up; done
ip link add near0 netns near type veth peer name mid0 netns mid
ip link add far0 netns far type veth peer name mid1 netns mid
ip -n near addr add 10.20.0.10/24 dev near0
ip -n mid addr add 10.20.0.1/24 dev mid0
ip -n far addr add 198.51.100.10/24 dev far0
ip -n mid addr add 198.51.100.1/24 dev mid1
for end in "near near0" "mid mid0" "mid mid1" "far far0"; do set -- $end; ip -n $1 link set $2 up; done
for end in "near near0" "far far0"; do set -- $end; ip -n $1 link set $2 gso_max_segs 1; done
ip -n near route add default via 10.20.0.1
ip -n far route add default via 198.51.100.1
set +e
NEAR="ip netns exec near" MID="ip netns exec mid" FAR="ip netns exec far"
$MID sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
$MID dumpcap -q -i mid0 -w near.pcapng >/dev/null 2>&1 & NEAR_CAPTURE=$!
$MID dumpcap -q -i mid1 -w far.pcapng >/dev/null 2>&1 & FAR_CAPTURE=$!
for try in $(seq 50); do sleep 0.1; test -s near.pcapng && test -s far.pcapng && break; done
`;

const END = `
sleep 1
kill -TERM $NEAR_CAPTURE $FAR_CAPTURE
for try in $(seq 30); do kill -0 $NEAR_CAPTURE $FAR_CAPTURE 2>/dev/null || break; sleep 0.1; done
exit 0
`;

const OWN = ["-n", "-m", "-p", "-f", "--mount-proc", "--kill-child"];

/** Whether live tests were asked for, as root, and every program is installed. */
export function canRun(...programs: string[]): boolean {
  if (process.env["O365FLOW_LIVE"] !== "1") return false;
  const wanted = ["ip", "dumpcap", ...programs].map((name) => `command -v ${name}`).join(" && ");
  return spawnSync("unshare", [...OWN, "sh", "-c", wanted], { stdio: "ignore" }).status === 0;
}

/** Runs a script between the namespaces' making and their end; answers the folder with near.pcapng and far.pcapng. */
export function runInNetwork(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), "o365flow-live-"));
  execFileSync("timeout", ["90", "unshare", ...OWN, "bash", "-c", NAMESPACES + script + END], {
    cwd: folder,
    stdio: "ignore",
  });
  return folder;
}

/** What the program itself writes. */
function o365flow(...words: string[]): string {
  const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
  return execFileSync(
    process.execPath,
    ["--import", "tsx", main, ...words, "--internal", "10.20.0.0/24", "-q"],
    { encoding: "utf8", cwd: new URL("../..", import.meta.url).pathname },
  );
}

/** The rows of a command of the program itself, as JSON. */
export function rowsOf(command: string, capture: string): readonly Record<string, unknown>[] {
  return JSON.parse(o365flow(command, capture, "--json")) as Record<string, unknown>[];
}

/** What the program explains of one flow. */
export function explained(capture: string, flow: string): string {
  return o365flow("explain", capture, flow);
}

/** Packets that each rule of the forwarding namespace dropped, in the order of the rules, from dropped.txt. */
export function dropped(folder: string): readonly number[] {
  return readFileSync(join(folder, "dropped.txt"), "utf8")
    .split("\n")
    .filter((line) => line.includes(" DROP "))
    .map((line) => Number(line.trim().split(/\s+/)[0]));
}

/** Fields of the packets that a display filter selects, by tshark. */
export function tshark(capture: string, filter: string, ...fields: string[]): string[][] {
  const args = ["-r", capture, "-Y", filter, "-T", "fields", ...fields.flatMap((field) => ["-e", field])];
  return execFileSync("tshark", [...args, "-o", "rtp.heuristic_rtp:TRUE"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  })
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}

/**
 * JA4 of every ClientHello that a display filter selects, worked out from tshark's fields by FoxIO's written
 * specification: sorted ciphers, sorted extensions but for name and ALPN, signature algorithms as sent.
 */
export function ja4ByTshark(capture: string, filter: string, transport: "t" | "q" | "d"): string[] {
  const layer = transport === "d" ? "dtls" : "tls";
  const names = ["version", "ciphersuite", "extension.type", "extensions.supported_version", "sig_hash_alg"];
  const fields = [...names, "extensions_alpn_str"].map((name) => `${layer}.handshake.${name}`);
  return tshark(capture, `${layer}.handshake.type == 1 && ${filter}`, ...fields).map((row) => {
    const numbers = (column: number): number[] =>
      (row[column] ?? "")
        .split(",")
        .filter((text) => text !== "")
        .map(Number)
        .filter((value) => (value & 0x0f0f) !== 0x0a0a || value >>> 8 !== (value & 0xff));
    const [legacy = 0] = numbers(0);
    const ciphers = numbers(1);
    const extensions = numbers(2);
    const versions = numbers(3);
    // DTLS counts its versions down.
    const best =
      versions.length === 0 ? legacy : transport === "d" ? Math.min(...versions) : Math.max(...versions);
    const alpn = (row[5] ?? "").split(",")[0] ?? "";
    const start = [
      transport,
      JA4_VERSIONS.get(best) ?? "00",
      extensions.includes(0) ? "d" : "i",
      String(ciphers.length).padStart(2, "0"),
      String(extensions.length).padStart(2, "0"),
      alpn === "" ? "00" : `${alpn.at(0)}${alpn.at(-1)}`,
    ].join("");
    const others = sortedHex(extensions.filter((type) => type !== 0 && type !== 16));
    return `${start}_${hash12(sortedHex(ciphers))}_${hash12([others, ...listHex(numbers(4))].join("_"))}`;
  });
}

const JA4_VERSIONS: ReadonlyMap<number, string> = new Map([
  [0x0304, "13"],
  [0x0303, "12"],
  [0xfefd, "d2"],
  [0xfefc, "d3"],
]);

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}

function sortedHex(values: readonly number[]): string {
  return values.map(hex4).toSorted().join(",");
}

/** Nothing at all where there is no value, so that no separator is written either. */
function listHex(values: readonly number[]): string[] {
  return values.length === 0 ? [] : [values.map(hex4).join(",")];
}

function hash12(text: string): string {
  return text === "" ? "0".repeat(12) : createHash("sha256").update(text).digest("hex").slice(0, 12);
}
