// Makes an archive of two taps out of one classic pcap file (Ethernet, little-endian, microseconds):
//   node bench/audit-archive.mjs SOURCE.pcap FOLDER [--shift SECONDS] [--pieces N] [--name TEXT]
// Packets are moved in time, cut into pieces of equal time, and spread over the taps: of one flow in ten, what comes
// back lies on the other tap. Says what it wrote as JSON.
import { closeSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    shift: { type: "string", default: "0" },
    pieces: { type: "string", default: "50" },
    seconds: { type: "string", default: "600" },
    name: { type: "string", default: "part" },
  },
});
const [source, folder] = positionals;
if (source === undefined || folder === undefined) throw new Error("wanted SOURCE.pcap FOLDER");
const shift = Number(values.shift);
const pieces = Number(values.pieces);
const pieceMicros = (Number(values.seconds) * 1e6) / pieces;

const TAPS = ["er1", "isp"];
const CHUNK = 8 << 20;
const input = openSync(source, "r");
const buffer = Buffer.alloc(CHUNK);
const header = Buffer.alloc(24);
readSync(input, header, 0, 24, 0);
if (header.readUInt32LE(0) !== 0xa1b2c3d4 || header.readUInt32LE(20) !== 1)
  throw new Error("wanted a little-endian Ethernet pcap");
mkdirSync(folder, { recursive: true });

let piece = -1;
let first;
let files = [];
let bytes = 0;
let packets = 0;
let count = 0;
let pending = TAPS.map(() => []);
let pendingBytes = 0;

function flush() {
  for (const [i, parts] of pending.entries()) if (parts.length > 0) writeSync(files[i], Buffer.concat(parts));
  pending = TAPS.map(() => []);
  pendingBytes = 0;
}

function open(number) {
  flush();
  for (const file of files) closeSync(file);
  piece = number;
  files = TAPS.map((tap) => {
    const file = openSync(join(folder, `${values.name}-${tap}-${String(number).padStart(3, "0")}.pcap`), "w");
    writeSync(file, header);
    bytes += 24;
    count += 1;
    return file;
  });
}

/** The tap of a frame: by its ports, and by its direction where the flow's way back lies elsewhere. */
function tapOf(frame) {
  let at = 12;
  let type = frame.readUInt16BE(at);
  while (type === 0x8100 || type === 0x88a8) type = frame.readUInt16BE((at += 4));
  at += 2;
  const ports = at + (type === 0x0800 ? (frame[at] & 15) * 4 : 40);
  const sum = frame.readUInt16BE(ports) + frame.readUInt16BE(ports + 2);
  return sum % 10 === 0 && frame[5] === 1 ? 1 : 0;
}

let filled = 0;
let position = 24;
for (;;) {
  const read = readSync(input, buffer, filled, CHUNK - filled, position);
  if (read === 0) break;
  position += read;
  filled += read;
  let at = 0;
  while (at + 16 <= filled) {
    const length = buffer.readUInt32LE(at + 8);
    if (at + 16 + length > filled) break;
    const seconds = buffer.readUInt32LE(at);
    const micros = seconds * 1e6 + buffer.readUInt32LE(at + 4);
    first ??= micros;
    const number = Math.min(pieces - 1, Math.floor((micros - first) / pieceMicros));
    if (number > piece) open(number);
    buffer.writeUInt32LE(seconds + shift, at);
    const record = buffer.subarray(at, at + 16 + length);
    pending[tapOf(record.subarray(16))].push(Buffer.from(record));
    pendingBytes += record.length;
    bytes += record.length;
    packets += 1;
    if (pendingBytes > CHUNK) flush();
    at += 16 + length;
  }
  buffer.copyWithin(0, at, filled);
  filled -= at;
}
flush();
for (const file of files) closeSync(file);
closeSync(input);
console.log(JSON.stringify({ captures: count, packets, bytes }));
