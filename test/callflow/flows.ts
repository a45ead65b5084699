import type { CallEnd, CallFlow, CallStream } from "../../src/callflow/call-flow.ts";
import type { ServerRole } from "../../src/site/site.ts";
import type { Path, Zone } from "../../src/words.ts";

/** Ends of flows by a word, as the site of these tests has them. */
const ENDS: Readonly<Record<string, Omit<CallEnd, "port">>> = {
  alice: end("10.20.30.41", "internal"),
  bob: end("10.20.31.52", "internal"),
  carol: { ...end("10.20.31.61", "internal"), homedOnPremises: true },
  dave: { ...end("10.20.31.62", "internal"), homedOnPremises: true },
  roamer: end("10.250.0.41", "remote"),
  stranger: end("198.51.100.150", "internet"),
  fabrikam: {
    ...end("198.51.100.70", "partner"),
    partner: { name: "Fabrikam", hosting: "on-premises" },
  },
  online: end("52.115.63.30", "microsoft"),
  signaling: end("52.113.67.12", "microsoft"),
  edge: server("203.0.113.40", "edge"),
  innerEdge: server("10.20.5.40", "edge"),
  frontEnd: server("10.20.5.20", "front-end"),
  mediation: server("10.20.5.10", "mediation"),
  gateway: server("10.20.6.20", "gateway"),
  cloudConnector: server("10.20.7.10", "cloud-connector"),
  proxy: server("10.20.5.99", "proxy"),
  stream: end("20.42.70.10", "internet"),
};

function end(address: string, zone: Zone): Omit<CallEnd, "port"> {
  return { address, zone, role: undefined, partner: undefined, homedOnPremises: false, translated: false };
}

function server(address: string, role: ServerRole): Omit<CallEnd, "port"> {
  return { ...end(address, "on-premises-server"), role };
}

let made = 0;

export interface Making extends Partial<CallFlow> {
  /** Path of both directions. */
  readonly path?: Path;
  /** Seconds after the beginning of the tests' hour. */
  readonly at?: number;
  readonly lasts?: number;
}

export const HOUR = 1_773_129_600;

/** An answered SIP dialog without media, at the beginning of the tests' hour. */
export const DIALOG: CallFlow["dialogs"][number] = {
  callId: "1",
  from: "",
  to: "",
  method: "INVITE",
  status: 200,
  isUnderway: false,
  userAgent: undefined,
  conversationId: undefined,
  startSeconds: HOUR,
  endSeconds: HOUR,
  byeSeconds: undefined,
  firstPacket: 1,
  media: [],
};

/** "alice:50012 online:3479": a flow from the first to the second. */
export function flow(ends: string, making: Making = {}): CallFlow {
  const [from = "", to = ""] = ends.split(" ");
  const [client, serverEnd] = [endOf(from), endOf(to)];
  const { path = "unknown", at = 4, lasts = 60, ...rest } = making;
  made += 1;
  const office365 = [client, serverEnd].some((item) => item.zone === "microsoft");
  return {
    flowId: `1:${ends} ${at} ${rest.flowId ?? made}`,
    capture: "trunk.pcap",
    startUs: (HOUR + at) * 1e6,
    endUs: (HOUR + at + lasts) * 1e6,
    transport: "udp",
    isUnderway: false,
    client,
    server: serverEnd,
    nearIsClient: client.zone !== "internet" || serverEnd.zone === "microsoft",
    nat: undefined,
    application: "rtp",
    trafficType: "media",
    modality: "audio",
    host: undefined,
    hostRole: undefined,
    serviceArea: office365 ? "Skype" : undefined,
    office365,
    eligible: office365 ? true : undefined,
    pathOut: path,
    pathOutName: undefined,
    pathBack: path,
    pathBackName: undefined,
    symmetry: path === "unknown" ? "unknown" : "symmetric",
    course: undefined,
    expected: office365 ? "expressroute" : "internet",
    streams: [],
    reported: [],
    dialogs: [],
    carriesMedia: false,
    microsoftIce: false,
    quality: {
      codec: undefined,
      jitterOutMs: undefined,
      jitterBackMs: undefined,
      lossOutPercent: undefined,
      lossBackPercent: undefined,
      rttMs: undefined,
      mos: undefined,
      quality: undefined,
    },
    retransmissions: undefined,
    packetsOut: 100,
    packetsBack: 100,
    bytesOut: 10_000,
    bytesBack: 10_000,
    ...rest,
  };
}

/** Signaling over TLS. */
export function signaling(ends: string, making: Making = {}): CallFlow {
  return flow(ends, {
    transport: "tcp",
    application: "tls",
    trafficType: "signaling",
    modality: undefined,
    at: 0,
    lasts: 2,
    ...making,
  });
}

export function stream(ssrc: number, making: Partial<CallStream> = {}): CallStream {
  return {
    way: "out",
    ssrc,
    payloadType: 104,
    codec: "SILK",
    clockRate: 16000,
    modality: "audio",
    packets: 100,
    expected: 100,
    lost: 0,
    duplicates: 0,
    reordered: 0,
    firstPacket: 1,
    startSeconds: HOUR + 4,
    endSeconds: HOUR + 64,
    firstSequence: 1000,
    lastSequence: 1099,
    meanJitterMs: 1,
    maxJitterMs: 2,
    maxDeltaMs: 21,
    burstLossPercent: 0,
    worstWindowLossPercent: 0,
    worstWindowJitterMs: 1,
    ...making,
  };
}

function endOf(text: string): CallEnd {
  const [name = "", port = "0"] = text.split(":");
  const known = ENDS[name];
  if (known === undefined) throw new RangeError(`no end ${name}`);
  return { ...known, port: Number(port) };
}
