import { CaptureError } from "../capture/errors.ts";
import type { Frame } from "../capture/frame.ts";
import type { CaptureInput } from "../capture/inputs.ts";
import { isReadOnce } from "../capture/read-once.ts";
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
  /** How lines of text name it: by its path where several captures have its base name. */
  readonly shown: string;
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
 * Reads one capture for what it holds. Undefined for standard input and pipes, which can be read only once, and for what
 * cannot be opened, of which the run itself says why.
 */
export async function captureFacts(input: CaptureInput): Promise<CaptureFacts | undefined> {
  if (await isReadOnce(input)) return undefined;
  const reader = await openCapture(input.source, { name: input.name, shown: input.shown }).catch(
    (error: unknown) => {
      if (error instanceof CaptureError) return undefined;
      throw error;
    },
  );
  if (reader === undefined) return undefined;
  const counts = new PacketCounts();
  for (;;) {
    while (reader.next()) counts.add(reader.frame);
    const more = reader.refill();
    if (!(typeof more === "boolean" ? more : await more)) break;
  }
  reader.close();
  return {
    name: input.name,
    shown: input.shown ?? input.name,
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
    firstSeconds: counts.firstSeconds,
    lastSeconds: counts.lastSeconds,
    untimed: counts.untimed,
    backInTime: counts.backInTime,
    cut: counts.cut,
    shortestCut: counts.shortestCut,
    inFlows: counts.inFlows,
    notIp: counts.notIp,
    encrypted: counts.encrypted,
    tunnels: counts.tunnels,
  };
}

/** What the packets of one capture come to. */
class PacketCounts {
  firstSeconds: number | undefined;
  lastSeconds: number | undefined;
  untimed = 0;
  backInTime = 0;
  cut = 0;
  shortestCut: number | undefined;
  inFlows = 0;
  notIp = 0;
  encrypted = 0;
  readonly #decoder = new Decoder(new Oddities());
  readonly #packet = new Packet();
  readonly #ofTunnel = TUNNEL_NAMES.map(() => 0);
  #secondsBefore = 0;

  add(frame: Frame): void {
    this.#addTime(frame);
    const kept = frame.end - frame.start;
    if (kept < frame.originalLength) {
      this.cut += 1;
      if (this.shortestCut === undefined || kept < this.shortestCut) this.shortestCut = kept;
    }
    const packet = this.#packet;
    this.#decoder.decode(frame, packet);
    const { kind, tunnel } = packet;
    if (kind === PacketKind.none) this.notIp += 1;
    else if (kind === PacketKind.tcp || kind === PacketKind.udp) this.inFlows += 1;
    if (isEncrypted(packet)) this.encrypted += 1;
    if (tunnel !== 0) this.#ofTunnel[tunnel] = (this.#ofTunnel[tunnel] ?? 0) + 1;
  }

  #addTime({ timed, seconds }: Frame): void {
    if (!timed) {
      this.untimed += 1;
      return;
    }
    if (this.firstSeconds === undefined || seconds < this.firstSeconds) this.firstSeconds = seconds;
    if (this.lastSeconds === undefined || seconds > this.lastSeconds) this.lastSeconds = seconds;
    if (seconds < this.#secondsBefore - 1) this.backInTime += 1;
    this.#secondsBefore = seconds;
  }

  get tunnels(): ReadonlyMap<string, number> {
    const tunnels = new Map<string, number>();
    for (const [kind, count] of this.#ofTunnel.entries())
      if (count > 0) tunnels.set(TUNNEL_NAMES[kind] ?? "", count);
    return tunnels;
  }
}

/** True of IPsec. */
function isEncrypted({ kind, protocol, sourcePort, destinationPort }: Packet): boolean {
  if (kind === PacketKind.none || kind === PacketKind.tcp) return false;
  if (kind === PacketKind.udp) return sourcePort === IPSEC_NAT_PORT || destinationPort === IPSEC_NAT_PORT;
  return protocol === ESP || protocol === AH;
}
