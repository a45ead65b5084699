// A capture of steady traffic, packet by packet: `calls` RTP calls of both directions and as many bulk TCP connections,
// `packets` packets in all. Used by bench/allocation.mjs; node bench/calls-capture.mjs OUT.pcap PACKETS [CALLS] writes one.
import { closeSync, openSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const RTP_PAYLOAD = 160;
const TCP_PAYLOAD = 1000;
const START_SECONDS = 1_764_000_000;

/** Writes the capture; each flow gets a packet every 20 ms. */
export function writeCallsCapture(path, packets, calls = 50) {
  const file = openSync(path, "w");
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  writeSync(file, header);
  const flows = 4 * calls;
  let block = [];
  for (let i = 0; i < packets; i++) {
    const flow = i % flows;
    const turn = Math.floor(i / flows);
    const micros = turn * 20_000 + Math.floor((flow * 20_000) / flows);
    block.push(packet(flow, turn, micros));
    if (block.length === 2048) {
      writeSync(file, Buffer.concat(block));
      block = [];
    }
  }
  writeSync(file, Buffer.concat(block));
  closeSync(file);
}

/** Flows 4n and 4n+1 are the two directions of a call, 4n+2 and 4n+3 those of a connection. */
function packet(flow, turn, micros) {
  const back = flow % 2 === 1;
  const tcp = flow % 4 >= 2;
  const payload = tcp ? (back ? TCP_PAYLOAD : 0) : 12 + RTP_PAYLOAD;
  const transport = tcp ? 20 : 8;
  const length = 20 + transport + payload;
  const bytes = Buffer.alloc(16 + 14 + length, 0x5a);
  bytes.writeUInt32LE(START_SECONDS + Math.floor(micros / 1e6), 0);
  bytes.writeUInt32LE(micros % 1e6, 4);
  bytes.writeUInt32LE(14 + length, 8);
  bytes.writeUInt32LE(14 + length, 12);
  const ethernet = 16;
  bytes.fill(0, ethernet, ethernet + 12);
  bytes[ethernet + (back ? 11 : 5)] = 1;
  bytes[ethernet + (back ? 5 : 11)] = 2;
  bytes.writeUInt16BE(0x0800, ethernet + 12);
  const ip = ethernet + 14;
  bytes.fill(0, ip, ip + 20);
  bytes[ip] = 0x45;
  bytes.writeUInt16BE(length, ip + 2);
  bytes.writeUInt16BE(turn & 0xffff, ip + 4);
  bytes[ip + 8] = 64;
  bytes[ip + 9] = tcp ? 6 : 17;
  const client = 0x0a000000 + 1 + (flow >> 2);
  const server = 0x34720000 + 1 + (flow >> 2); // 52.114.0.0/16 is in Microsoft's list
  bytes.writeUInt32BE(back ? server : client, ip + 12);
  bytes.writeUInt32BE(back ? client : server, ip + 16);
  const at = ip + 20;
  const [near, far] = tcp ? [51_000, 443] : [50_004, 3479];
  bytes.writeUInt16BE(back ? far : near, at);
  bytes.writeUInt16BE(back ? near : far, at + 2);
  if (tcp) {
    bytes.writeUInt32BE((back ? 1 + turn * TCP_PAYLOAD : 1) >>> 0, at + 4);
    bytes.writeUInt32BE((back ? 1 : 1 + turn * TCP_PAYLOAD) >>> 0, at + 8);
    bytes.writeUInt32BE(0x50108000, at + 12);
    bytes.writeUInt32BE(0, at + 16);
    return bytes;
  }
  bytes.writeUInt16BE(8 + payload, at + 4);
  bytes.writeUInt16BE(0, at + 6);
  bytes[at + 8] = 0x80;
  bytes[at + 9] = 0;
  bytes.writeUInt16BE(turn & 0xffff, at + 10);
  bytes.writeUInt32BE((turn * RTP_PAYLOAD) >>> 0, at + 12);
  bytes.writeUInt32BE(0x1000 + flow, at + 16);
  return bytes;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [, , path, packets, calls] = process.argv;
  if (path === undefined || packets === undefined) throw new Error("wanted OUT.pcap PACKETS [CALLS]");
  writeCallsCapture(path, Number(packets), calls === undefined ? undefined : Number(calls));
}
