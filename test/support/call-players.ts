import { Noise } from "./bytes.ts";
import type { Chance } from "./chance.ts";
import { milliseconds, UdpConversation, type Address, type Tap } from "./conversation.ts";
import { iceAnswer, iceCheck, msAllocate, msAllocateSuccess, rtp } from "./payloads-media.ts";
import type { Uplink } from "./world-taps.ts";
import { WORLD_START } from "./world.ts";

export type Link = Uplink | "local";
type Modality = "audio" | "video";

/** What is true of one flow of a call. */
export interface MediaTruth {
  readonly client: Address;
  readonly server: Address;
  readonly out: Link;
  readonly back: Link;
  readonly modality: Modality;
  /** Seconds after the beginning. */
  readonly from: number;
  readonly to: number;
  /** Share of the packets that the network lost before they came by a tap. */
  readonly lossOut: number;
  readonly lossBack: number;
}

export interface CallTruth {
  readonly kind: "meeting" | "direct" | "relayed" | "switch" | "move";
  readonly users: readonly string[];
  readonly flows: readonly MediaTruth[];
}

/** Our end's address outside of NAT, where there is one. */
export type OutsideOf = (client: Address, link: Link) => Address | undefined;
/** Where the packets of a direction come by. */
export type TapsOf = (truth: MediaTruth, direction: "out" | "back") => Tap[];

/** Numbers of one RTP stream, which may go on in another flow. */
interface Stream {
  readonly ssrc: number;
  readonly modality: Modality;
  sequence: number;
  timestamp: number;
}

type Relays = readonly [string, string, string, string];
const RELAYS: Relays = ["52.113.10.20", "52.114.30.40", "52.115.60.11", "52.112.100.7"];
const RELAYS_V6: Relays = ["2603:1063:10::20", "2603:1063:30::40", "2603:1063:60::11", "2603:1063:100::7"];
const RTP = {
  audio: { intervalMs: 20, payloadType: 104, step: 320, length: 72 },
  video: { intervalMs: 33, payloadType: 122, step: 3000, length: 300 },
} as const;
/** Before media comes what sets it up. */
const SET_UP_SECONDS = 1;

/** Lets calls go by: one of a user at a time, with a pause between them that tells them apart. */
export class CallPlayers {
  readonly #seed: number;
  readonly #chance: Chance;
  readonly #noise: Noise;
  readonly #taps: TapsOf;
  readonly #outsideOf: OutsideOf;
  readonly #relays: Relays;
  readonly #busyUntil = new Map<string, number>();
  #port = 50_000;

  constructor(seed: number, chance: Chance, taps: TapsOf, outsideOf: OutsideOf, isV6: boolean) {
    this.#seed = seed;
    this.#chance = chance;
    this.#noise = new Noise(seed * 77 + 1);
    this.#taps = taps;
    this.#outsideOf = outsideOf;
    this.#relays = isV6 ? RELAYS_V6 : RELAYS;
  }

  call(people: readonly string[]): CallTruth {
    const chance = this.#chance;
    const kind = chance.pick<CallTruth["kind"]>([
      "meeting",
      "meeting",
      "direct",
      "relayed",
      "switch",
      "move",
    ]);
    const one = chance.below(people.length);
    const [a = "", b = ""] = [
      people[one],
      people[(one + 1 + chance.below(people.length - 1)) % people.length],
    ];
    const users = kind === "meeting" || kind === "move" ? [a] : [a, b];
    const from = Math.max(...users.map((user) => this.#busyUntil.get(user) ?? 0)) + 8 + chance.next() * 10;
    const to = from + 6 + chance.next() * 12;
    for (const user of users) this.#busyUntil.set(user, to);
    const flows = users.length === 1 ? this.#alone(kind, a, from, to) : this.#two(kind, a, b, from, to);
    return { kind, users, flows };
  }

  /** With a server: of several kinds of media, or of audio that goes on at another server. */
  #alone(kind: CallTruth["kind"], user: string, from: number, to: number): MediaTruth[] {
    const chance = this.#chance;
    const way = this.#way();
    if (kind === "move") {
      const streams = [this.#stream("audio"), this.#stream("audio")] as const;
      const middle = (from + to) / 2;
      const first = this.#truth(this.#end(user), { address: this.#relays[0], port: 3479 }, way, from, middle);
      const server = { address: this.#relays[2], port: 3479 };
      const client = chance.happens(0.5) ? first.client : this.#end(user);
      const second = { ...first, client, server, from: middle, to };
      for (const truth of [first, second]) this.#checked(truth, ...streams);
      return [first, second];
    }
    const relay = chance.pick(this.#relays);
    const modalities = chance.pick<readonly Modality[]>([
      ["audio"],
      ["audio", "video"],
      ["audio", "video", "video"],
    ]);
    return modalities.map((modality, i) => {
      const server = { address: chance.happens(0.8) ? relay : chance.pick(this.#relays), port: 3479 };
      const begins = from + (i === 0 ? 0 : chance.pick([0, 0.3, 3]));
      const truth = { ...this.#lossy(this.#truth(this.#end(user), server, way, begins, to)), modality };
      this.#checked(truth, this.#stream(modality), this.#stream(modality));
      return truth;
    });
  }

  /** Of two users: by relays, directly, or by relays until it goes directly. */
  #two(kind: CallTruth["kind"], a: string, b: string, from: number, to: number): MediaTruth[] {
    const chance = this.#chance;
    const [one, other] = [this.#end(a), this.#end(b)];
    const streams = [this.#stream("audio"), this.#stream("audio")] as const;
    const until =
      kind === "switch" ? from + (to - from) * (0.4 + 0.3 * chance.next()) : kind === "direct" ? from : to;
    const flows: MediaTruth[] = [];
    if (kind !== "direct") {
      const way = this.#way();
      const relays = [chance.pick(this.#relays), chance.pick(this.#relays)] as const;
      // What a relay hands on has the numbers that it came with.
      const copies = [{ ...streams[0] }, { ...streams[1] }] as const;
      const first = this.#truth(one, { address: relays[0], port: 3478 }, way, from, until);
      const second = this.#truth(other, { address: relays[1], port: 3478 }, way, from, until);
      this.#relayed(first, streams[0], streams[1]);
      this.#relayed(second, copies[1], copies[0]);
      flows.push(first, second);
    }
    if (kind !== "relayed") {
      const truth = this.#lossy(this.#truth(one, other, ["local", "local"], until, to));
      this.#checked(truth, streams[0], streams[1]);
      flows.push(truth);
    }
    return flows;
  }

  #truth(
    client: Address,
    server: Address,
    [out, back]: readonly [Link, Link],
    from: number,
    to: number,
  ): MediaTruth {
    return { client, server, out, back, modality: "audio", from, to, lossOut: 0, lossBack: 0 };
  }

  #lossy(truth: MediaTruth): MediaTruth {
    const share = (): number => this.#chance.pick([0, 0, 0, 0.03, 0.12]);
    return { ...truth, lossOut: share(), lossBack: share() };
  }

  #way(): readonly [Link, Link] {
    const link = (): Uplink => this.#chance.pick<Uplink>(["er", "er", "isp"]);
    const out = link();
    return [out, this.#chance.happens(0.8) ? out : link()];
  }

  #end(address: string): Address {
    this.#port += 1 + this.#chance.below(3);
    return { address, port: this.#port };
  }

  #stream(modality: Modality): Stream {
    const noise = this.#noise;
    const ssrc = (noise.next() | 0x10000) >>> 0;
    return { ssrc, modality, sequence: noise.next() & 0x7fff, timestamp: noise.next() };
  }

  #conversation(truth: MediaTruth, second: number): UdpConversation {
    return new UdpConversation({
      client: truth.client,
      server: truth.server,
      start: WORLD_START + milliseconds(second * 1000),
      rttMs: truth.out === "local" ? 1 : 20,
      forward: this.#taps(truth, "out"),
      backward: this.#taps(truth, "back"),
    });
  }

  /** The client as the far end of its media sees it. */
  #seenAs({ client, out }: MediaTruth): readonly [string, number] {
    const seen = this.#outsideOf(client, out) ?? client;
    return [seen.address, seen.port];
  }

  #checked(truth: MediaTruth, sent: Stream, received: Stream): void {
    const talk = this.#conversation(truth, truth.from - SET_UP_SECONDS);
    const noise = this.#noise;
    for (const nominate of [false, true]) {
      const transaction = noise.bytes(12);
      talk.send(
        "client",
        iceCheck({ transaction, username: `u${this.#seed}:v${truth.client.port}`, nominate, noise }),
      );
      talk.send("server", iceAnswer({ transaction, mapped: this.#seenAs(truth), noise }));
      talk.wait(20);
    }
    this.#media(talk, truth, sent, received);
  }

  #relayed(truth: MediaTruth, sent: Stream, received: Stream): void {
    const talk = this.#conversation(truth, truth.from - SET_UP_SECONDS);
    const noise = this.#noise;
    const transaction = noise.bytes(12);
    const relayed = [truth.server.address, 50_000 + this.#chance.below(9000)] as const;
    talk.send("client", msAllocate({ transaction, nonce: noise.bytes(16), session: noise.bytes(8), noise }));
    talk.send("server", msAllocateSuccess({ transaction, relayed, mapped: this.#seenAs(truth), noise }));
    this.#media(talk, truth, sent, received);
  }

  #media(talk: UdpConversation, truth: MediaTruth, sent: Stream, received: Stream): void {
    const { intervalMs } = RTP[truth.modality];
    const begin = WORLD_START + milliseconds(truth.from * 1000);
    for (let i = 0; i * intervalMs < (truth.to - truth.from) * 1000; i++) {
      this.#packet(talk, "client", begin + milliseconds(i * intervalMs), sent, truth.lossOut);
      this.#packet(talk, "server", begin + milliseconds(i * intervalMs + 7), received, truth.lossBack);
    }
  }

  #packet(
    talk: UdpConversation,
    side: "client" | "server",
    time: bigint,
    stream: Stream,
    loss: number,
  ): void {
    const { payloadType, step, length } = RTP[stream.modality];
    stream.sequence = (stream.sequence + 1) & 0xffff;
    stream.timestamp = (stream.timestamp + step) >>> 0;
    talk.until(time + milliseconds(this.#chance.next() * 3));
    if (this.#chance.happens(loss)) return;
    talk.send(side, rtp({ ...stream, payloadType, payload: this.#noise.bytes(length) }));
  }
}
