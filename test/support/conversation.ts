import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Noise } from "./bytes.ts";
import { pcap, pcapng, type CapturedPacket, type PcapngInterface, type PcapOptions } from "./captures.ts";
import {
  ethernetIp,
  ip,
  tcp,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  udp,
  type EthernetOptions,
} from "./packets.ts";

/** A small kit to play conversations past capture points. */

const MILLISECOND = 1_000_000;

/** Nanoseconds since 1970 of an ISO 8601 time. */
export function at(text: string): bigint {
  return BigInt(Date.parse(text)) * 1_000_000n;
}

export function milliseconds(count: number): bigint {
  return BigInt(Math.round(count * MILLISECOND));
}

/** One capture file in the making. Packets may be added in any order; the file has them by time. */
export class Tape {
  readonly #packets: CapturedPacket[] = [];

  add(time: bigint, bytes: Uint8Array, index: number): void {
    this.#packets.push({ time, bytes, interface: index });
  }

  get packets(): readonly CapturedPacket[] {
    return this.#packets.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  }

  pcap(options: PcapOptions = {}): Uint8Array {
    return pcap(this.packets, options);
  }

  pcapng(interfaces: readonly PcapngInterface[]): Uint8Array {
    return pcapng(this.packets, interfaces);
  }
}

export interface Address {
  readonly address: string;
  readonly port: number;
}

/** How the packets of one direction look at one capture point. */
export interface Tap {
  readonly tape: Tape;
  /** pcapng interface. */
  readonly interface?: number;
  /** MAC addresses. */
  readonly source?: string;
  readonly destination?: string;
  readonly vlans?: EthernetOptions["vlans"];
  readonly ttl?: number;
  readonly dscp?: number;
  /** When the packet passes here, after the moment at which it was sent. */
  readonly laterMs?: number;
  /** What a mirror puts around the frame on its way to the capture. */
  readonly wrap?: (frame: Uint8Array) => Uint8Array;
  /** The client's address and port here, when something translates them on the way. */
  readonly nat?: Address;
}

export interface ConversationOptions {
  readonly client: Address;
  readonly server: Address;
  readonly start: bigint;
  readonly rttMs?: number;
  /** Which end is beside the capture point; the other one's answers take a round trip. */
  readonly near?: "client" | "server";
  /** Where packets from the client to the server are seen: nowhere, at one point, at several. */
  readonly forward: readonly Tap[];
  readonly backward: readonly Tap[];
}

type Side = "client" | "server";
type Build = (ends: {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly id: number;
  readonly ttl?: number;
  readonly dscp?: number;
}) => Uint8Array;

/** Both directions of a 5-tuple, with a clock of its own. */
export class Conversation {
  readonly client: Address;
  readonly server: Address;
  readonly rttMs: number;
  readonly near: Side;
  forward: readonly Tap[];
  backward: readonly Tap[];
  /** The time of the next packet, unless the speaker changes; nanoseconds since 1970. */
  now: bigint;
  #speaker: Side | undefined;
  #identification: { client: number; server: number };
  protected readonly noise: Noise;

  constructor(options: ConversationOptions) {
    this.client = options.client;
    this.server = options.server;
    this.rttMs = options.rttMs ?? 12;
    this.near = options.near ?? "client";
    this.forward = options.forward;
    this.backward = options.backward;
    this.now = options.start;
    const seed = [
      ...`${options.client.address}:${options.client.port}>${options.server.address}:${options.server.port}`,
    ];
    this.noise = new Noise(seed.reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7));
    this.#identification = { client: this.noise.next() & 0xffff, server: this.noise.next() & 0xffff };
  }

  wait(ms: number): this {
    this.now += milliseconds(ms);
    return this;
  }

  /** Sets the clock, so that the next packet has just this time. */
  until(time: bigint): this {
    this.now = time;
    this.#speaker = undefined;
    return this;
  }

  /** Moves the clock as long as the next speaker needs, and returns the time. */
  #tick(side: Side): bigint {
    if (this.#speaker !== undefined) {
      if (this.#speaker === side) this.now += milliseconds(0.1);
      else this.now += milliseconds(side === this.near ? 0.3 : this.rttMs);
    }
    this.#speaker = side;
    return this.now;
  }

  protected emit(side: Side, build: Build): void {
    const time = this.#tick(side);
    const id = this.#identification[side];
    this.#identification[side] = (id + 1) & 0xffff;
    for (const tap of side === "client" ? this.forward : this.backward) {
      const client = tap.nat ?? this.client;
      const [source, destination] = side === "client" ? [client, this.server] : [this.server, client];
      const packet = build({
        source: source.address,
        destination: destination.address,
        sourcePort: source.port,
        destinationPort: destination.port,
        id,
        ...(tap.ttl === undefined ? {} : { ttl: tap.ttl }),
        ...(tap.dscp === undefined ? {} : { dscp: tap.dscp }),
      });
      const frame = ethernetIp(
        {
          ...(tap.source === undefined ? {} : { source: tap.source }),
          ...(tap.destination === undefined ? {} : { destination: tap.destination }),
          ...(tap.vlans === undefined ? {} : { vlans: tap.vlans }),
        },
        packet,
      );
      const captured = tap.wrap === undefined ? frame : tap.wrap(frame);
      tap.tape.add(time + milliseconds(tap.laterMs ?? 0), captured, tap.interface ?? 0);
    }
  }
}

export class UdpConversation extends Conversation {
  send(side: Side, payload: Uint8Array): this {
    this.emit(side, (ends) => udp(ends, payload));
    return this;
  }

  /** One datagram in IPv4 fragments of at most `size` payload bytes (a multiple of 8), in the order given by `order`. */
  sendFragmented(side: Side, payload: Uint8Array, size: number, order: readonly number[]): this {
    for (const index of order)
      this.emit(side, (ends) => {
        const whole = udp(ends, payload).subarray(20);
        const part = whole.subarray(index * size, (index + 1) * size);
        const more = (index + 1) * size < whole.length ? 0x2000 : 0;
        return ip({ ...ends, id: this.#datagram, protocol: 17, fragment: more | ((index * size) / 8) }, part);
      });
    this.#datagram = (this.#datagram + 1) & 0xffff;
    return this;
  }

  #datagram = 0x7000;
}

/** Payload bytes of a full segment: an MTU of 1500 less 40 bytes of headers. */
const SEGMENT = 1460;

export class TcpConversation extends Conversation {
  #next = { client: this.noise.next(), server: this.noise.next() };

  /** One segment; `advance` is what it takes of sequence space. */
  #segment(side: Side, flags: number, payload: Uint8Array, advance: number): void {
    const sequence = this.#next[side];
    const acknowledgement = (flags & TCP_ACK) === 0 ? 0 : this.#next[side === "client" ? "server" : "client"];
    this.emit(side, (ends) => tcp({ ...ends, sequence, acknowledgement, flags }, payload));
    this.#next[side] = (sequence + advance) >>> 0;
  }

  syn(): this {
    this.#segment("client", TCP_SYN, new Uint8Array(0), 1);
    return this;
  }

  /** The same SYN once more, the given time after the last. */
  synAgain(ms: number): this {
    this.#next.client = (this.#next.client - 1) >>> 0;
    return this.wait(ms).syn();
  }

  connect(): this {
    this.syn();
    this.#segment("server", TCP_SYN | TCP_ACK, new Uint8Array(0), 1);
    return this.acknowledge("client");
  }

  acknowledge(side: Side): this {
    this.#segment(side, TCP_ACK, new Uint8Array(0), 0);
    return this;
  }

  /** Data in as many segments as it needs, then the other side's acknowledgement if asked for. */
  send(side: Side, payload: Uint8Array, acknowledged: "acknowledged" | "pending" = "pending"): this {
    for (let from = 0; from < payload.length; from += SEGMENT) {
      const part = payload.subarray(from, from + SEGMENT);
      const last = from + SEGMENT >= payload.length;
      this.#segment(side, TCP_ACK | (last ? TCP_PSH : 0), part, part.length);
    }
    return acknowledged === "acknowledged" ? this.acknowledge(side === "client" ? "server" : "client") : this;
  }

  /** One segment at several times, in milliseconds from now: once sent, then sent again because nobody acknowledged it. */
  sendAgain(side: Side, payload: Uint8Array, timesMs: readonly number[]): this {
    const [start, sequence] = [this.now, this.#next[side]];
    for (const time of timesMs) {
      this.#next[side] = sequence;
      this.until(start + milliseconds(time));
      this.#segment(side, TCP_ACK | TCP_PSH, payload, payload.length);
    }
    return this;
  }

  /** Both ends close, the client first: FIN, FIN, ACK. */
  finish(): this {
    this.#segment("client", TCP_FIN | TCP_ACK, new Uint8Array(0), 1);
    this.#segment("server", TCP_FIN | TCP_ACK, new Uint8Array(0), 1);
    return this.acknowledge("client");
  }

  reset(side: Side): this {
    this.#segment(side, TCP_RST | TCP_ACK, new Uint8Array(0), 0);
    return this;
  }
}

/** The files of a fixture by name. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** Writes the captures beside the script `url`, when it is the program that node was started with. */
export function writeWhenRun(url: string, files: Files): void {
  const script = fileURLToPath(url);
  if (process.argv[1] !== script) return;
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(script, "..", name);
    writeFileSync(path, bytes);
    console.error(`${name}: ${readFileSync(path).length} bytes`);
  }
}
