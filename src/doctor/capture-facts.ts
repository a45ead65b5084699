import { CaptureError } from "../capture/errors.ts";
import type { CaptureInput } from "../capture/inputs.ts";
import { openCapture } from "../capture/reader.ts";
import type { CaptureStatus } from "../words.ts";
import { Decoder } from "../wire/decode.ts";
import { Oddities } from "../wire/oddities.ts";
import { Packet, PacketKind, TUNNEL_NAMES } from "../wire/packet.ts";

/** One interface of a capture. */
export interface InterfaceFacts {
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly linkType: number;
  /** Capture filter, where the capture says it. */
  readonly filter: string | undefined;
  /** Bytes kept of a packet at most; 0: no limit stated. */
  readonly snapLength: number;
  readonly packets: number;
  /** Packets that were lost by the capture's own count; undefined where it does not say. */
  readonly dropped: number | undefined;
}

/** What one capture holds, before any question of paths. */
export interface CaptureFacts {
  readonly name: string;
  readonly path: string;
  readonly format: string;
  readonly compression: string;
  readonly status: CaptureStatus;
  readonly skippedBytes: number;
  readonly problems: readonly string[];
  readonly interfaces: readonly InterfaceFacts[];
  readonly packets: number;
  /** Seconds since 1970 of the earliest and latest packet; undefined without times. */
  readonly firstSeconds: number | undefined;
  readonly lastSeconds: number | undefined;
  readonly untimed: number;
  /** Packets whose time lies a second or more before that of the packet before. */
  readonly backInTime: number;
  /** Packets of which the snap length took bytes away, and the shortest length that was kept of one. */
  readonly cut: number;
  readonly shortestCut: number | undefined;
  /** TCP and UDP packets. */
  readonly inFlows: number;
  readonly notIp: number;
  /** IPsec: ESP by itself or in UDP port 4500, and AH. */
  readonly encrypted: number;
  /** Packets by tunnel, those that were opened. */
  readonly tunnels: ReadonlyMap<string, number>;
}

const ESP = 50;
const AH = 51;
/** RFC 3948: IPsec behind NAT. */
const IPSEC_NAT_PORT = 4500;

/**
 * Reads one capture for what it holds. Undefined for standard input, which can be read only once, and for what cannot
 * be opened, of which the run itself says why.
 */
export async function captureFacts(input: CaptureInput): Promise<CaptureFacts | undefined> {
  if (typeof input.source !== "string") return undefined;
  const reader = await openCapture(input.source, { name: input.name }).catch((error: unknown) => {
    if (error instanceof CaptureError) return undefined;
    throw error;
  });
  if (reader === undefined) return undefined;
  const decoder = new Decoder(new Oddities());
  const packet = new Packet();
  const tunnelCounts = TUNNEL_NAMES.map(() => 0);
  let firstSeconds: number | undefined;
  let lastSeconds: number | undefined;
  let before = 0;
  let [untimed, backInTime, cut, inFlows, notIp, encrypted] = [0, 0, 0, 0, 0, 0];
  let shortestCut: number | undefined;
  const { frame } = reader;
  for (;;) {
    while (reader.next()) {
      decoder.decode(frame, packet);
      const kept = frame.end - frame.start;
      if (kept < frame.originalLength) {
        cut += 1;
        if (shortestCut === undefined || kept < shortestCut) shortestCut = kept;
      }
      if (frame.timed) {
        const { seconds } = frame;
        if (firstSeconds === undefined || seconds < firstSeconds) firstSeconds = seconds;
        if (lastSeconds === undefined || seconds > lastSeconds) lastSeconds = seconds;
        if (seconds < before - 1) backInTime += 1;
        before = seconds;
      } else untimed += 1;
      const { kind, protocol } = packet;
      if (kind === PacketKind.none) notIp += 1;
      else if (kind === PacketKind.tcp || kind === PacketKind.udp) {
        inFlows += 1;
        if (
          kind === PacketKind.udp &&
          (packet.sourcePort === IPSEC_NAT_PORT || packet.destinationPort === IPSEC_NAT_PORT)
        )
          encrypted += 1;
      } else if (protocol === ESP || protocol === AH) encrypted += 1;
      if (packet.tunnel !== 0) tunnelCounts[packet.tunnel] = (tunnelCounts[packet.tunnel] ?? 0) + 1;
    }
    const more = reader.refill();
    if (!(typeof more === "boolean" ? more : await more)) break;
  }
  reader.close();
  const tunnels = new Map<string, number>();
  for (const [kind, count] of tunnelCounts.entries())
    if (count > 0) tunnels.set(TUNNEL_NAMES[kind] ?? "", count);
  return {
    name: input.name,
    path: input.path,
    format: reader.format,
    compression: reader.compression,
    status: reader.status,
    skippedBytes: reader.skippedBytes,
    problems: reader.problems.map((problem) => problem.message),
    interfaces: reader.interfaces.map((card) => ({
      name: card.name,
      description: card.description,
      linkType: card.linkType,
      filter: card.filter,
      snapLength: card.snapLength,
      packets: card.packets,
      dropped: card.dropped,
    })),
    packets: reader.packets,
    firstSeconds,
    lastSeconds,
    untimed,
    backInTime,
    cut,
    shortestCut,
    inFlows,
    notIp,
    encrypted,
    tunnels,
  };
}
