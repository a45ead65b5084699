// A made-up archive of two taps, file after file, as a ring buffer writes it: TLS and RTP flows of known number.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const START = 1_772_700_000;
/** Seconds of traffic in one file. */
const FILE_SECONDS = 10;
const RECORD = 16;

/** A frame with room for addresses, ports and numbers: Ethernet, IPv4, TCP or UDP, payload. */
function frame(protocol, payload, flags = 0) {
  const transport = protocol === 6 ? 20 : 8;
  const bytes = Buffer.alloc(14 + 20 + transport + payload.length);
  bytes.set([0, 0, 0x5e, 0, 0x53, 1, 2, 0, 0, 0, 0, 9, 8, 0], 0);
  bytes.set([0x45, 0], 14);
  bytes.writeUInt16BE(20 + transport + payload.length, 16);
  bytes.set([64, protocol], 22);
  if (protocol === 6) bytes.set([0x50, flags, 0x20, 0], 14 + 20 + 12);
  else bytes.writeUInt16BE(8 + payload.length, 14 + 20 + 4);
  bytes.set(payload, 14 + 20 + transport);
  return bytes;
}

/** A ClientHello of TLS 1.2 with a name. */
function clientHello(name) {
  const host = Buffer.from(name, "latin1");
  const sni = Buffer.concat([
    Buffer.from([0, 0, 0, host.length + 5, 0, host.length + 3, 0, 0, host.length]),
    host,
  ]);
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([0, 0, 2, 0x13, 1, 1, 0, 0, sni.length]),
    sni,
  ]);
  const hello = Buffer.concat([Buffer.from([1, 0, 0, body.length]), body]);
  return Buffer.concat([Buffer.from([22, 3, 1, 0, hello.length]), hello]);
}

const SYN = frame(6, Buffer.alloc(0), 2);
const SYN_ACK = frame(6, Buffer.alloc(0), 0x12);
const ACK = frame(6, Buffer.alloc(0), 0x10);
const HELLO = frame(6, clientHello("outlook.office365.com"), 0x18);
const DATA = frame(6, Buffer.concat([Buffer.from([23, 3, 3, 4, 0]), Buffer.alloc(1024, 0xa5)]), 0x18);
const FIN = frame(6, Buffer.alloc(0), 0x11);
const RTP = frame(17, Buffer.concat([Buffer.from([0x80, 0]), Buffer.alloc(170, 0x55)]));

/**
 * Writes files of about `fileBytes` for each of two taps until there are `bytes`; answers with paths and with the
 * number of flows. TLS flows last some 30 s on average, so that many lie across files; one flow in twenty is RTP and lasts 100 s.
 */
export function makeArchive(folder, bytes, fileBytes) {
  mkdirSync(folder, { recursive: true });
  const files = Math.max(2, Math.round(bytes / fileBytes / 2));
  const paths = [];
  let flows = 0;
  for (const tap of ["er", "inet"]) {
    /** Flows that go on: next packet's time in microseconds, what was sent. */
    let live = [];
    for (let file = 0; file < files; file++) {
      const out = Buffer.allocUnsafe(fileBytes + (1 << 20));
      out.writeUInt32LE(0xa1b2c3d4, 0);
      out.set([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0], 4);
      let at = 24;
      const packets = Math.floor(fileBytes / 900);
      const step = (FILE_SECONDS * 1e6) / packets;
      for (let i = 0; i < packets && at < fileBytes; i++) {
        if (live.length < 300) live.push(newFlow(flows++, tap));
        const index = i % live.length;
        const flow = live[index];
        const time = file * FILE_SECONDS * 1e6 + i * step;
        at = writePacket(out, at, flow, time);
        if (flow.sent > flow.length) {
          live[index] = live[live.length - 1];
          live.pop();
        }
      }
      const path = join(folder, `${tap}-${String(file).padStart(5, "0")}.pcap`);
      writeFileSync(path, out.subarray(0, at));
      paths.push(path);
    }
    live = [];
  }
  return { paths, flows };
}

function newFlow(number, tap) {
  const rtp = number % 20 === 0;
  return {
    number,
    rtp,
    client: 0x0a000000 + (tap === "er" ? 0 : 0x800000) + (Math.floor(number / 50_000) % 60_000),
    port: 10_000 + (number % 50_000),
    server: 0x3470_0000 + (number % 240) + 1,
    sent: 0,
    length: rtp ? 400 : 20 + ((number * 37) % 200),
    sequence: [1000, 5000],
  };
}

function writePacket(out, at, flow, time) {
  const n = flow.sent++;
  let back = n % 2;
  let bytes = flow.rtp ? RTP : DATA;
  if (!flow.rtp) {
    if (n === 0) bytes = SYN;
    else if (n === 1) bytes = SYN_ACK;
    else if (n === 2) bytes = ACK;
    else if (n === 3) [bytes, back] = [HELLO, 0];
    else if (n >= flow.length) bytes = FIN;
  }
  const micros = Math.floor(time);
  out.writeUInt32LE(START + Math.floor(micros / 1e6), at);
  out.writeUInt32LE(micros % 1e6, at + 4);
  out.writeUInt32LE(bytes.length, at + 8);
  out.writeUInt32LE(bytes.length, at + 12);
  const p = at + RECORD;
  bytes.copy(out, p);
  out.writeUInt32BE(back ? flow.server : flow.client, p + 26);
  out.writeUInt32BE(back ? flow.client : flow.server, p + 30);
  out.writeUInt16BE(n & 0xffff, p + 18); // IP identification
  const server = flow.rtp ? 50_020 : 443;
  out.writeUInt16BE(back ? server : flow.port, p + 34);
  out.writeUInt16BE(back ? flow.port : server, p + 36);
  if (flow.rtp) {
    out.writeUInt16BE(n >> 1, p + 44);
    out.writeUInt32BE((n >> 1) * 160, p + 46);
    out.writeUInt32BE((Math.imul(flow.number + 1, 0x85ebca6b) + back) >>> 0, p + 50);
  } else {
    // The random of a hello is what tells that two flows are one, seen on both sides of a NAT.
    if (bytes === HELLO)
      for (let i = 0; i < 32; i += 4)
        out.writeUInt32BE(Math.imul(flow.number + 1, 0x9e3779b1 + i) >>> 0, p + 65 + i);
    const length = bytes.length - 54 + (bytes === SYN || bytes === SYN_ACK || bytes === FIN ? 1 : 0);
    out.writeUInt32BE(flow.sequence[back] >>> 0, p + 38);
    if (n > 0) out.writeUInt32BE(flow.sequence[1 - back] >>> 0, p + 42);
    flow.sequence[back] += length;
  }
  return p + bytes.length;
}
