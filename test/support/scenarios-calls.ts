import { at, milliseconds, Tape, UdpConversation, type Address, type Files } from "./conversation.ts";
import { Noise } from "./bytes.ts";
import { msAllocate, msAllocateSuccess } from "./payloads-media.ts";
import { call, tlsSession, type Course } from "./scenarios.ts";

/** "10.20.30.41:50012" as address and port. */
export function end(text: string): Address {
  const colon = text.lastIndexOf(":");
  return { address: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}

export interface MediaOptions {
  readonly course: Course;
  /** Seconds after the scene begins. */
  readonly second: number;
  readonly client: string;
  readonly server: string;
  /** The client as the relay or the peer saw it; left out where nothing translates. */
  readonly mapped?: string;
  /** The relayed address that the server grants by MS-TURN before the checks, on the same ports. */
  readonly relayed?: string;
  readonly modality?: "audio" | "video";
  readonly clientSsrc?: number;
  readonly serverSsrc?: number;
  /** Makes the noise; the same seed gives the same SSRCs, sequence numbers and ciphertext. */
  readonly seed: number;
  /** Left out, the default of `call`; 0 where media just starts, as between a gateway and its peer. */
  readonly checks?: number;
  readonly payloadType?: number;
  readonly step?: number;
  readonly payloadLength?: number;
}

/**
 * The trunk of a customer's edge as one capture: VLAN 100 leads to ExpressRoute, VLAN 200 to the Internet, and VLAN 30 is a link
 * inside of the network.
 */
export class Scene {
  readonly #tape = new Tape();
  readonly #start: bigint;
  readonly expressRoute: Course = this.#uplink(100, 58);
  readonly internet: Course = this.#uplink(200, 49);
  readonly inside: Course = this.#uplink(30, 126);
  /** For what somebody outside opens towards us over the Internet: the client's packets come in. */
  readonly internetInbound: Course = { forward: this.internet.backward, backward: this.internet.forward };

  constructor(start: string) {
    this.#start = at(start);
  }

  #uplink(vlan: number, ttl: number): Course {
    const [firewall, router] = ["00:00:5e:00:53:0f", "00:00:5e:00:53:01"];
    return {
      forward: [{ tape: this.#tape, vlans: [vlan], source: firewall, destination: router, ttl: 126 }],
      backward: [{ tape: this.#tape, vlans: [vlan], source: router, destination: firewall, ttl }],
    };
  }

  #after(seconds: number): bigint {
    return this.#start + milliseconds(seconds * 1000);
  }

  tls(
    course: Course,
    second: number,
    client: string,
    server: string,
    host: string,
    bytes: number = 1800,
  ): void {
    const from = end(client);
    tlsSession({
      ...course,
      client: from,
      server: end(server),
      start: this.#after(second),
      host,
      seed: from.port + second,
      responses: [bytes],
    });
  }

  media(options: MediaOptions): void {
    const [client, server] = [end(options.client), end(options.server)];
    const { seed } = options;
    let start = this.#after(options.second);
    const mapped = end(options.mapped ?? options.client);
    const seen = [mapped.address, mapped.port] as const;
    if (options.relayed !== undefined) {
      const noise = new Noise(seed + 5);
      const relayed = end(options.relayed);
      const allocation = new UdpConversation({ ...options.course, client, server, start });
      const transaction = noise.bytes(12);
      allocation.send(
        "client",
        msAllocate({ transaction, nonce: noise.bytes(16), session: noise.bytes(8), noise }),
      );
      allocation.send(
        "server",
        msAllocateSuccess({ transaction, relayed: [relayed.address, relayed.port], mapped: seen, noise }),
      );
      start = allocation.now + milliseconds(40);
    }
    const video = options.modality === "video";
    call({
      ...options.course,
      client,
      server,
      start,
      seed,
      mapped: seen,
      packets: 25,
      payloadType: options.payloadType ?? (video ? 122 : 104),
      step: options.step ?? (video ? 1800 : 320),
      payloadLength: options.payloadLength ?? (video ? 420 : 72),
      ...(options.checks === undefined ? {} : { checks: options.checks }),
      ...(options.clientSsrc === undefined ? {} : { clientSsrc: options.clientSsrc }),
      ...(options.serverSsrc === undefined ? {} : { serverSsrc: options.serverSsrc }),
    });
  }

  conversation(course: Course, second: number, client: string, server: string): UdpConversation {
    return new UdpConversation({
      ...course,
      client: end(client),
      server: end(server),
      start: this.#after(second),
      rttMs: 3,
    });
  }

  get files(): Files {
    return { "trunk.pcap": this.#tape.pcap() };
  }
}
