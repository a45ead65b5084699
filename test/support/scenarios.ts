import { Noise } from "./bytes.ts";
import {
  milliseconds,
  TcpConversation,
  UdpConversation,
  type Address,
  type ConversationOptions,
  type Tap,
} from "./conversation.ts";
import {
  clientFinished,
  clientHello,
  dnsQuery,
  dnsResponse,
  serverHello,
  tlsData,
  type DnsAnswer,
} from "./payloads.ts";
import {
  iceAnswer,
  iceCheck,
  msAllocate,
  msAllocateError,
  msAllocateSuccess,
  rtp,
} from "./payloads-media.ts";

/** Whole exchanges that fixtures share: a lookup, a TLS session, a relay allocation, a stretch of a call. */

/** The two ends' side of a capture: where packets of each direction are seen. */
export interface Course {
  readonly forward: readonly Tap[];
  readonly backward: readonly Tap[];
}

export function lookup(
  options: Omit<ConversationOptions, "server"> & { readonly server: string; readonly id: number },
  answer: DnsAnswer,
): void {
  const type = answer.addresses[0]?.includes(":") === true ? 28 : 1;
  new UdpConversation({ ...options, server: { address: options.server, port: 53 } })
    .send("client", dnsQuery(options.id, answer.name, type))
    .send("server", dnsResponse(options.id, answer));
}

export interface TlsSessionOptions extends ConversationOptions {
  readonly host?: string;
  readonly seed: number;
  readonly version?: "1.2" | "1.3";
  readonly alpn?: readonly string[];
  readonly postQuantum?: boolean;
  /** Bytes of application data: each number is a record, sent and answered in turn. */
  readonly requests?: readonly number[];
  readonly responses?: readonly number[];
  /** Left open at the end of the capture. */
  readonly open?: boolean;
}

/** A TLS session over TCP from SYN to FIN. Returns the conversation, so that a fixture can go on with it. */
export function tlsSession(options: TlsSessionOptions): TcpConversation {
  const noise = new Noise(options.seed + 17);
  const version = options.version ?? "1.3";
  const conversation = new TcpConversation(options);
  conversation.connect();
  conversation.send(
    "client",
    clientHello({
      seed: options.seed,
      version,
      ...(options.host === undefined ? {} : { serverName: options.host }),
      ...(options.alpn === undefined ? {} : { alpn: options.alpn }),
      ...(options.postQuantum === undefined ? {} : { postQuantum: options.postQuantum }),
    }),
    "acknowledged",
  );
  conversation.send("server", serverHello({ seed: options.seed + 1, clientSeed: options.seed, version }));
  conversation.send("client", clientFinished(noise, version));
  const requests = options.requests ?? [420];
  const responses = options.responses ?? [1800];
  for (let i = 0; i < Math.max(requests.length, responses.length); i++) {
    const request = requests[i];
    const response = responses[i];
    if (request !== undefined) conversation.send("client", tlsData(noise, request));
    if (response !== undefined) conversation.send("server", tlsData(noise, response));
  }
  conversation.acknowledge("client");
  if (options.open !== true) conversation.wait(40).finish();
  return conversation;
}

export interface RelayOptions extends Course {
  readonly client: Address;
  /** The relay that is asked first, and the one it names. */
  readonly first: Address;
  readonly second: Address;
  /** The client as the relay saw it. */
  readonly mapped: readonly [address: string, port: number];
  readonly relayed: readonly [address: string, port: number];
  readonly start: bigint;
  readonly seed: number;
}

/** An MS-TURN allocation as Teams makes it: refused by one relay, granted by another. */
export function allocateRelay(options: RelayOptions): void {
  const noise = new Noise(options.seed);
  const [nonce, session] = [noise.bytes(16), noise.bytes(8)];
  const [one, two] = [noise.bytes(12), noise.bytes(12)];
  const { relayed, mapped } = options;
  const alternate = [options.second.address, options.second.port] as const;
  const first = new UdpConversation({ ...options, server: options.first });
  first.send("client", msAllocate({ transaction: one, noise }));
  first.send("server", msAllocateError({ transaction: one, nonce, session, alternate, relayed, mapped }));
  const second = new UdpConversation({
    ...options,
    server: options.second,
    start: first.now + milliseconds(4),
  });
  second.send("client", msAllocate({ transaction: two, nonce, session, noise }));
  second.send("server", msAllocateSuccess({ transaction: two, relayed, mapped, noise }));
}

export interface CallOptions extends ConversationOptions {
  readonly seed: number;
  /** The client as the server saw it, in the answers to its checks; undefined where nobody answers a check. */
  readonly mapped?: readonly [address: string, port: number];
  readonly microsoft?: boolean;
  /** Checks before the media; the last one nominates. Default 2, and 1 from the server. */
  readonly checks?: number;
  readonly payloadType?: number;
  /** RTP clock units a packet; 320 is 20 ms at 16 kHz. */
  readonly step?: number;
  /** Packets each way, one each `intervalMs`. */
  readonly packets: number;
  readonly intervalMs?: number;
  readonly payloadLength?: number;
  readonly clientSsrc?: number;
  readonly serverSsrc?: number;
  /** Called before packet i is sent each way: the place to move or drop a direction. */
  readonly before?: (i: number, conversation: UdpConversation) => void;
  readonly directions?: "both" | "client" | "server";
}

/** ICE checks, then audio both ways over one UDP 5-tuple, encrypted as SRTP is (noise with a tag). */
export function call(options: CallOptions): UdpConversation {
  const noise = new Noise(options.seed);
  const microsoft = options.microsoft ?? true;
  const conversation = new UdpConversation(options);
  const checks = options.checks ?? 2;
  for (let i = 0; i < checks; i++) {
    const transaction = noise.bytes(12);
    const nominate = i === checks - 1;
    conversation.send("client", iceCheck({ transaction, username: "hU7k:pQ2s", nominate, microsoft, noise }));
    if (options.mapped !== undefined)
      conversation.send("server", iceAnswer({ transaction, mapped: options.mapped, microsoft, noise }));
    conversation.wait(18);
  }
  const interval = options.intervalMs ?? 20;
  const start = conversation.now + milliseconds(interval);
  const streams = {
    client: {
      ssrc: options.clientSsrc ?? noise.next(),
      sequence: noise.next() & 0x7fff,
      timestamp: noise.next(),
    },
    server: {
      ssrc: options.serverSsrc ?? noise.next(),
      sequence: noise.next() & 0x7fff,
      timestamp: noise.next(),
    },
  };
  const length = options.payloadLength ?? 72;
  for (let i = 0; i < options.packets; i++) {
    options.before?.(i, conversation);
    for (const side of ["client", "server"] as const) {
      if (options.directions !== undefined && options.directions !== "both" && options.directions !== side)
        continue;
      const stream = streams[side];
      const offset = side === "client" ? 0 : 7.5;
      conversation.until(start + milliseconds(i * interval + offset));
      conversation.send(
        side,
        rtp({
          payloadType: options.payloadType ?? 104,
          sequence: stream.sequence + i,
          timestamp: stream.timestamp + i * (options.step ?? 320),
          ssrc: stream.ssrc,
          marker: i === 0,
          payload: noise.bytes(length),
        }),
      );
    }
  }
  return conversation;
}

export interface EdgeOptions {
  readonly start: bigint;
  /** How packets of the two uplinks look where the capture was made. */
  readonly expressRoute: Course;
  readonly internet: Course;
  /** The one flow that goes astray: SharePoint's. */
  readonly sharePoint: Course;
  /** The call's course, when it is not that of ExpressRoute. */
  readonly audio?: Course;
}

/**
 * Some seconds at a customer's edge, inside of its NAT: Teams, Outlook, SharePoint and a call, which may use ExpressRoute;
 * telemetry, a name lookup and a web site, which may not.
 */
export function edgeTraffic(options: EdgeOptions): void {
  const { start, expressRoute, internet } = options;
  const after = (ms: number): bigint => start + milliseconds(ms);
  tlsSession({
    ...expressRoute,
    client: { address: "10.20.30.41", port: 51301 },
    server: { address: "52.113.194.132", port: 443 },
    start,
    host: "teams.microsoft.com",
    seed: 201,
  });
  lookup(
    {
      ...internet,
      client: { address: "10.20.0.53", port: 40001 },
      server: "198.51.100.53",
      start: after(40),
      id: 0x2b01,
    },
    { name: "www.example.org", addresses: ["198.51.100.80"] },
  );
  tlsSession({
    ...internet,
    client: { address: "10.20.30.42", port: 51302 },
    server: { address: "198.51.100.80", port: 443 },
    start: after(70),
    host: "www.example.org",
    seed: 202,
  });
  tlsSession({
    ...expressRoute,
    client: { address: "10.20.30.43", port: 51303 },
    server: { address: "40.97.150.2", port: 443 },
    start: after(300),
    host: "outlook.office365.com",
    seed: 203,
    version: "1.2",
  });
  tlsSession({
    ...options.sharePoint,
    client: { address: "10.20.30.44", port: 51304 },
    server: { address: "13.107.136.9", port: 443 },
    start: after(500),
    host: "contoso.sharepoint.com",
    seed: 204,
    requests: [700, 320],
    responses: [5200, 1900],
  });
  tlsSession({
    ...internet,
    client: { address: "10.20.30.41", port: 51305 },
    server: { address: "20.42.65.90", port: 443 },
    start: after(900),
    rttMs: 84,
    host: "teams.events.data.microsoft.com",
    seed: 205,
  });
  call({
    ...(options.audio ?? expressRoute),
    client: { address: "10.20.30.41", port: 50012 },
    server: { address: "52.115.60.11", port: 3479 },
    start: after(1500),
    seed: 206,
    packets: 30,
    mapped: ["203.0.113.5", 50012],
    serverSsrc: 1001,
  });
}
