// node bench/soak.mjs SOURCE.pcap GIGABYTES [ARGUMENT...]: streams the capture again and again, each time later, through standard input
// of `classify`, and prints what it held after each gigabyte. Linux only; build first. The source is an Ethernet pcap in the
// machine's byte order with times in order, such as a mix.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";

const GIGABYTE = 1e9;
const PIECE = 1 << 24;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const [source, gigabytes, ...rest] = process.argv.slice(2);
const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const child = spawn(process.execPath, [program, "classify", "-q", "--only", "asymmetric", ...rest, "-"], {
  stdio: ["pipe", "ignore", "inherit"],
});

function held() {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  const cpu = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return {
    megabytes: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024),
    cpuSeconds: (Number(cpu[11]) + Number(cpu[12])) / 100,
  };
}

let written = 0;
let reported = 0;
const goal = Number(gigabytes) * GIGABYTE;
async function write(bytes) {
  written += bytes.length;
  if (!child.stdin.write(bytes)) await once(child.stdin, "drain");
  if (written - reported < GIGABYTE) return;
  reported = written;
  const { megabytes, cpuSeconds } = held();
  console.log(`${(written / GIGABYTE).toFixed(1)} GB  ${cpuSeconds.toFixed(1)} CPU s  ${megabytes} MB`);
}

/** Seconds of the first and the last packet of a pass, before they are shifted. */
let first = -1;
let last = 0;
/** Adds seconds to the times of all whole records; answers with the bytes that they take. */
function shift(piece, length, seconds) {
  let at = 0;
  while (at + RECORD_HEADER <= length) {
    const next = at + RECORD_HEADER + piece.readUInt32LE(at + 8);
    if (next > length) break;
    last = piece.readUInt32LE(at);
    if (first < 0) first = last;
    piece.writeUInt32LE(last + seconds, at);
    at = next;
  }
  return at;
}

for (let pass = 0, later = 0; written < goal; pass++) {
  const file = openSync(source, "r");
  let position = FILE_HEADER;
  if (pass === 0) {
    const header = Buffer.alloc(FILE_HEADER);
    readSync(file, header, 0, FILE_HEADER, 0);
    await write(header);
  }
  for (;;) {
    // Another buffer each time: the pipe still holds the last one.
    const piece = Buffer.alloc(PIECE);
    const length = readSync(file, piece, 0, PIECE, position);
    const whole = shift(piece, length, later);
    if (whole === 0) break;
    position += whole;
    await write(piece.subarray(0, whole));
  }
  closeSync(file);
  later += last - first + 1;
}
child.stdin.end();
const [status] = await once(child, "close");
console.log(`status ${status}`);
