import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../src/address/address.ts";
import { Frame } from "../../src/capture/frame.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { Oddities } from "../../src/wire/oddities.ts";
import { Packet, PacketKind, TUNNEL_NAMES } from "../../src/wire/packet.ts";
import { Noise } from "../support/bytes.ts";
import { readPlain } from "../support/plain-reader.ts";
import { SHARED, shared, sharedJson } from "../support/shared.ts";
import { DIFFERENCES } from "./shared-differences.ts";

interface TopFlow {
  readonly proto: string;
  readonly a: string;
  readonly aPort: number;
  readonly b: string;
  readonly bPort: number;
  readonly framesAB: number;
  readonly framesBA: number;
  readonly bytesAB: number;
  readonly bytesBA: number;
}

/** What tshark 4.0.17 says of a capture, from its manifest (read with reassembly of IP fragments off). */
interface Facts {
  readonly frames: number;
  readonly framesWithoutIp: number;
  readonly framesWithSeveralIpHeaders: number;
  readonly ipFragmentFrames: number;
  readonly flowCounts: { readonly tcp: number; readonly udp: number };
  readonly vlanStacks: Readonly<Record<string, number>>;
  readonly tunnels: Readonly<Record<string, number>>;
  readonly topFlows: readonly TopFlow[];
}

interface Manifest {
  readonly files: readonly { readonly file: string; readonly facts: { readonly tshark: Facts } }[];
}

/** tshark's name of the tunnels that it counts. */
const TSHARK_TUNNEL: Readonly<Record<string, string>> = {
  gre: "gre",
  erspan: "gre",
  eoip: "gre",
  vxlan: "vxlan",
  geneve: "geneve",
  "gtp-u": "gtp",
  teredo: "teredo",
};

/** One line a fact, so that a difference can be listed. */
function linesOf(facts: Facts): string[] {
  const lines = [
    `frames ${facts.frames}`,
    `tcp flows ${facts.flowCounts.tcp}`,
    `udp flows ${facts.flowCounts.udp}`,
    `frames without IP ${facts.framesWithoutIp}`,
    `frames with several IP headers ${facts.framesWithSeveralIpHeaders}`,
    `fragments ${facts.ipFragmentFrames}`,
  ];
  for (const [stack, frames] of Object.entries(facts.vlanStacks)) {
    const tags = stack.split(",");
    lines.push(`vlan ${tags.slice(0, 2).join(".")} of ${tags.length}: ${frames}`);
  }
  for (const [tunnel, frames] of Object.entries(facts.tunnels)) {
    if (Object.values(TSHARK_TUNNEL).includes(tunnel)) lines.push(`tunnel ${tunnel} ${frames}`);
  }
  for (const flow of facts.topFlows) {
    if (flow.proto !== "tcp" && flow.proto !== "udp") continue;
    const a = `${flow.a} ${flow.aPort}`;
    const b = `${flow.b} ${flow.bPort}`;
    lines.push(
      ...(a < b
        ? flowLine(flow.proto, a, b, [flow.framesAB, flow.bytesAB], [flow.framesBA, flow.bytesBA])
        : flowLine(flow.proto, b, a, [flow.framesBA, flow.bytesBA], [flow.framesAB, flow.bytesAB])),
    );
  }
  return lines;
}

type Count = [frames: number, bytes: number];

function flowLine(transport: string, a: string, b: string, out: Count, back: Count): string[] {
  return [`${transport} ${a} > ${b}: ${out.join("/")} < ${back.join("/")}`];
}

interface Seen {
  readonly facts: Facts;
  readonly oddities: Oddities;
}

function decodeFile(path: string): Seen {
  const capture = readPlain(path);
  const oddities = new Oddities();
  const decoder = new Decoder(oddities);
  const packet = new Packet();
  const frame = new Frame();
  frame.view = capture.view;
  const flows = new Map<string, { transport: string; a: string; b: string; ab: Count; ba: Count }>();
  const vlanStacks = new Map<string, number>();
  const tunnels = new Map<string, number>();
  let framesWithoutIp = 0;
  let framesWithSeveralIpHeaders = 0;
  let ipFragmentFrames = 0;
  for (const plain of capture.packets) {
    Object.assign(frame, plain);
    decoder.decode(frame, packet);
    if (packet.payloadStart > packet.payloadEnd || packet.payloadEnd > packet.view.byteLength) {
      throw new Error(`packet ${plain.number}: payload outside its view`);
    }
    if (packet.vlanCount > 0) {
      const ids = [packet.vlanOuter, packet.vlanInner].slice(0, packet.vlanCount);
      add(vlanStacks, [...ids, ...Array.from({ length: packet.vlanCount - ids.length }, () => 0)].join(","));
    }
    if (packet.ipVersion === 0) framesWithoutIp++;
    if (packet.tunnel !== 0 || packet.quoted.present) framesWithSeveralIpHeaders++;
    if (packet.fragment) ipFragmentFrames++;
    const tunnel = TSHARK_TUNNEL[TUNNEL_NAMES[packet.tunnel] ?? ""];
    if (tunnel !== undefined) add(tunnels, tunnel);
    if (packet.kind !== PacketKind.tcp && packet.kind !== PacketKind.udp) continue;
    const from = `${formatAddress(packet.ipVersion, packet.source0, packet.source1, packet.source2, packet.source3)} ${packet.sourcePort}`;
    const to = `${formatAddress(packet.ipVersion, packet.destination0, packet.destination1, packet.destination2, packet.destination3)} ${packet.destinationPort}`;
    const [a, b] = from < to ? [from, to] : [to, from];
    const transport = packet.kind === PacketKind.tcp ? "tcp" : "udp";
    const key = `${transport} ${a} ${b}`;
    let flow = flows.get(key);
    if (flow === undefined) flows.set(key, (flow = { transport, a, b, ab: [0, 0], ba: [0, 0] }));
    const count = from === a ? flow.ab : flow.ba;
    count[0]++;
    count[1] += plain.originalLength;
  }
  const all = [...flows.values()];
  const topFlows = all.map((flow) => {
    const [a = "", aPort = ""] = flow.a.split(" ");
    const [b = "", bPort = ""] = flow.b.split(" ");
    return {
      proto: flow.transport,
      a,
      aPort: Number(aPort),
      b,
      bPort: Number(bPort),
      framesAB: flow.ab[0],
      bytesAB: flow.ab[1],
      framesBA: flow.ba[0],
      bytesBA: flow.ba[1],
    };
  });
  const flowCounts = {
    tcp: all.filter((flow) => flow.transport === "tcp").length,
    udp: all.filter((flow) => flow.transport === "udp").length,
  };
  const facts = {
    frames: capture.packets.length,
    framesWithoutIp,
    framesWithSeveralIpHeaders,
    ipFragmentFrames,
    flowCounts,
    vlanStacks: Object.fromEntries(vlanStacks),
    tunnels: Object.fromEntries(tunnels),
    topFlows,
  };
  return { facts, oddities };
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Zeros stand for the third and later VLAN ids, which the packet does not keep. */
function withoutDeepTags(facts: Facts): Facts {
  const stacks = Object.entries(facts.vlanStacks).map(([stack, frames]) => {
    const tags = stack.split(",");
    return [tags.map((tag, i) => (i < 2 ? tag : "0")).join(","), frames];
  });
  return { ...facts, vlanStacks: Object.fromEntries(stacks) as Record<string, number> };
}

type Entry = Manifest["files"][number];

function named(files: readonly Entry[]): [string, Entry][] {
  return files.map((entry) => [entry.file, entry]);
}

const HAS_LZ4 = spawnSync("lz4", ["--version"]).error === undefined;

/** The plain reader of these tests needs a program to undo LZ4. */
function readable(files: readonly Entry[]): [string, Entry][] {
  return named(files).filter(([file]) => HAS_LZ4 || !file.endsWith(".lz4"));
}

describe.skipIf(SHARED === undefined).each(["real", "matrix"])("captures of the set %s", (set) => {
  const files = SHARED === undefined ? [] : sharedJson<Manifest>("captures", set, "manifest.json").files;

  it.each(readable(files))("%s decodes as tshark reads it", (_, entry) => {
    const wanted = linesOf(withoutDeepTags(entry.facts.tshark));
    const { facts } = decodeFile(shared("captures", set, entry.file));
    // The manifest lists the biggest flows only; all that it lists must be there.
    const listed = new Set(
      wanted.filter((line) => line.includes(" > ")).map((line) => line.replace(/: \d+\/.*/, "")),
    );
    const found = linesOf(facts).filter(
      (line) => !/^(tcp|udp) .* > /.test(line) || listed.has(line.replace(/: \d+\/.*/, "")),
    );
    const missing = wanted.filter((line) => !found.includes(line)).map((line) => `- ${line}`);
    const extra = found.filter((line) => !wanted.includes(line)).map((line) => `+ ${line}`);
    const known = DIFFERENCES[`${set}/${entry.file}`]?.lines ?? [];
    expect([...missing, ...extra].toSorted()).toEqual(known.toSorted());
  });

  it("lists no difference for a capture that is not there", () => {
    const names = new Set(files.map((entry) => `${set}/${entry.file}`));
    const stale = Object.keys(DIFFERENCES).filter((name) => name.startsWith(`${set}/`) && !names.has(name));
    expect(stale).toEqual([]);
  });
});

describe.skipIf(SHARED === undefined)("damaged captures", () => {
  const files =
    SHARED === undefined ? [] : sharedJson<Manifest>("captures", "malformed", "manifest.json").files;

  it.each(named(files))("%s decodes without an exception, as far as it can be read", (_, entry) => {
    const path = join(shared("captures", "malformed"), entry.file);
    expect(() => decodeFile(path)).not.toThrow();
  });
});

/** Packets of one capture that are changed, and how often each. */
const CHANGED_PACKETS = 30;
const CHANGES = 40;

describe.skipIf(SHARED === undefined)("real packets with bytes changed", () => {
  const files = SHARED === undefined ? [] : sharedJson<Manifest>("captures", "real", "manifest.json").files;

  it.each(readable(files))("of %s are answered, and offsets stay inside", (_, entry) => {
    const capture = readPlain(shared("captures", "real", entry.file));
    const decoder = new Decoder(new Oddities());
    const packet = new Packet();
    const frame = new Frame();
    const noise = new Noise(entry.file.length + 1);
    const step = Math.max(1, Math.floor(capture.packets.length / CHANGED_PACKETS));
    for (let i = 0; i < capture.packets.length; i += step) {
      const plain = capture.packets[i];
      if (plain === undefined) break;
      const original = new Uint8Array(
        capture.view.buffer,
        capture.view.byteOffset + plain.start,
        plain.end - plain.start,
      );
      for (let change = 0; change < CHANGES; change++) {
        const bytes = original.slice(0, change % 4 === 0 ? noise.next() % (original.length + 1) : undefined);
        // Mostly the headers, which are at the front.
        const reach = Math.min(bytes.length, change % 2 === 0 ? 64 : 256);
        const edits = reach === 0 ? 0 : 1 + (noise.next() % 4);
        for (let edit = 0; edit < edits; edit++) {
          bytes[noise.next() % reach] = noise.next() & 255;
        }
        Object.assign(frame, plain, {
          view: new DataView(bytes.buffer),
          start: 0,
          end: bytes.length,
        });
        decoder.decode(frame, packet);
        const { payloadStart, payloadEnd, payloadLength } = packet;
        const inside = payloadStart <= payloadEnd && payloadEnd <= packet.view.byteLength;
        if (!inside || payloadLength < payloadEnd - payloadStart) {
          throw new Error(
            `packet ${plain.number}, change ${change}: payload ${payloadStart} to ${payloadEnd}`,
          );
        }
      }
    }
  });
});
