import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "../../src/address/address.ts";
import { communityId } from "../../src/protocols/community-id.ts";
import { FirstByte, firstByteClass } from "../../src/protocols/demux.ts";
import { isDtls } from "../../src/protocols/dtls.ts";
import { ja4 } from "../../src/protocols/ja4.ts";
import { mosEstimate, transmissionRating } from "../../src/protocols/mos.ts";
import { PseudoTls, pseudoTlsHello } from "../../src/protocols/pseudo-tls.ts";
import { isQuicLongHeader, QuicFlow } from "../../src/protocols/quic.ts";
import { ClientInitialKeys } from "../../src/protocols/quic-keys.ts";
import { QUIC_V1, QUIC_V2 } from "../../src/protocols/quic-packet.ts";
import type { Recognition } from "../../src/protocols/recognition.ts";
import { isRtcpType, RtcpForm, rtcpForm, srtcpIndex } from "../../src/protocols/rtcp.ts";
import { rtpHeaderLength } from "../../src/protocols/rtp.ts";
import { JitterMeter } from "../../src/protocols/rtp-jitter.ts";
import { SequenceTracker } from "../../src/protocols/rtp-sequence.ts";
import { StunAddress, StunClass, StunFlavour, StunMessage, StunMethod } from "../../src/protocols/stun.ts";
import { TcpMediaReader, TcpMediaStart, tcpMediaStart } from "../../src/protocols/tcp-media.ts";
import { readClientHello } from "../../src/protocols/tls-client-hello.ts";
import { isChannelData, isMultiplexedTurn } from "../../src/protocols/turn.ts";
import { UdpInspector } from "../../src/protocols/udp-inspector.ts";
import { ascii, concat, hex, Noise, u16, u8, view } from "../support/bytes.ts";
import { SHARED, sharedJson } from "../support/shared.ts";
import { Datagrams } from "./datagrams.ts";
import {
  COMMUNITY_IDS,
  DEMUX,
  E_MODEL,
  JA4,
  type Ja4Vector,
  JITTER,
  LOSS,
  MS_TURN,
  RFC_5769,
  RFC_9001,
  RFC_9369,
} from "./published-vectors.ts";

const message = new StunMessage();
const address = new StunAddress();

function stunOf(text: string): StunMessage {
  const bytes = hex(text);
  message.at(view(bytes), 0, bytes.length);
  return message;
}

function addressAt(offset: number, xored: boolean): string {
  message.readAddress(offset, xored, address);
  const { version, word0, word1, word2, word3, port } = address;
  return `${formatAddress(version, word0, word1, word2, word3)} ${port}`;
}

/** One datagram after the other, by turns of direction, on the port of TURN. */
function recognised(...datagrams: readonly string[]): Recognition {
  const inspector = new UdpInspector();
  const packets = new Datagrams([50006, 3478]);
  for (const [i, text] of datagrams.entries()) {
    const direction = i % 2 === 0 ? 0 : 1;
    inspector.inspect(packets.lay(hex(text), direction), direction, 1_700_000_000 + i, 0, i + 1);
  }
  return inspector.result();
}

describe("RFC 5769", () => {
  it("2.1: request with user name, priority, FINGERPRINT", () => {
    expect(stunOf(RFC_5769.request)).toMatchObject({
      flavour: StunFlavour.rfc5389,
      class: StunClass.request,
      method: StunMethod.binding,
      hasPriority: true,
    });
    expect(message.text(message.usernameAt, message.usernameLength)).toBe("evtj:h6vY");
    expect(message.fingerprintFits()).toBe(true);
  });

  it.each([
    ["2.2", RFC_5769.ipv4Response, "192.0.2.1 32853"],
    ["2.3", RFC_5769.ipv6Response, "2001:db8:1234:5678:11:2233:4455:6677 32853"],
  ])("%s: response with XOR-MAPPED-ADDRESS", (_, text, mapped) => {
    expect(stunOf(text)).toMatchObject({ flavour: StunFlavour.rfc5389, class: StunClass.success });
    expect(addressAt(message.xorMappedAt, true)).toBe(mapped);
    expect(message.text(message.softwareAt, message.softwareLength)).toBe("test vector");
    expect(message.fingerprintFits()).toBe(true);
  });

  it("2.4: long-term credentials, no FINGERPRINT, a user name that is not ASCII", () => {
    expect(stunOf(RFC_5769.longTermRequest)).toMatchObject({
      flavour: StunFlavour.rfc5389,
      class: StunClass.request,
      attributes: 4,
      usernameLength: 18,
      microsoft: false,
    });
    expect(message.text(message.usernameAt, message.usernameLength)).toBe(".".repeat(18));
    expect(message.fingerprintFits()).toBe(false);
    expect(recognised(RFC_5769.longTermRequest)).toMatchObject({ application: "stun", rule: "stun-cookie" });
  });
});

describe("MS-TURN", () => {
  it("Allocate request: version and service quality", () => {
    expect(stunOf(MS_TURN.allocateRequest)).toMatchObject({
      flavour: StunFlavour.msTurn,
      type: 0x0003,
      msVersion: 6,
      serviceStream: 1,
    });
  });

  it("Allocate error whose length is no multiple of four: code and alternate server", () => {
    expect(stunOf(MS_TURN.allocateError)).toMatchObject({
      flavour: StunFlavour.msTurn,
      type: 0x0113,
      errorCode: 401,
    });
    expect(addressAt(message.alternateAt, false)).toBe("198.51.100.7 3478");
  });

  it("Allocate response: relayed and reflexive address", () => {
    expect(stunOf(MS_TURN.allocateResponse)).toMatchObject({ flavour: StunFlavour.msTurn, type: 0x0103 });
    expect(addressAt(message.mappedAt, false)).toBe("198.51.100.7 50123");
    expect(addressAt(message.msXorMappedAt, true)).toBe("192.0.2.10 50006");
  });

  it("Send request: destination, and the ICE check inside", () => {
    expect(stunOf(MS_TURN.sendRequest)).toMatchObject({ flavour: StunFlavour.msTurn, type: 0x0004 });
    expect(addressAt(message.destinationAt, false)).toBe("203.0.113.9 16332");
    const inner = new StunMessage();
    const bytes = hex(MS_TURN.sendRequest);
    inner.at(view(bytes), message.dataAt, message.dataAt + message.dataLength);
    expect(inner).toMatchObject({ flavour: StunFlavour.rfc5389, type: 0x0001, microsoft: true });
    expect(inner.text(inner.usernameAt, inner.usernameLength)).toBe("abcd:wxyz");
    expect(inner.fingerprintFits()).toBe(true);
    expect(recognised(MS_TURN.sendRequest)).toMatchObject({
      application: "ms-turn",
      iceChecks: 1,
      reported: [{ kind: "peer", address: "203.0.113.9", port: 16332 }],
    });
  });

  it("Data indication without cookie in the header: remote address, and the answer inside", () => {
    expect(stunOf(MS_TURN.dataIndication)).toMatchObject({ flavour: StunFlavour.msTurnLegacy, type: 0x0115 });
    expect(addressAt(message.peerAt, false)).toBe("203.0.113.9 16332");
    const { dataAt, dataLength } = message;
    const bytes = hex(MS_TURN.dataIndication);
    message.at(view(bytes), dataAt, dataAt + dataLength);
    expect(message).toMatchObject({ flavour: StunFlavour.rfc5389, type: 0x0101 });
    expect(addressAt(message.xorMappedAt, true)).toBe("192.0.2.10 50006");
  });

  it("multiplexed TURN holds an ICE answer", () => {
    const bytes = hex(MS_TURN.multiplexed);
    expect(isMultiplexedTurn(view(bytes), 0, bytes.length, bytes.length)).toBe(true);
    expect(Buffer.from(bytes.subarray(4, 12)).toString("hex")).toBe("7f20c4dd4f848dfa");
    expect(recognised(MS_TURN.multiplexed)).toMatchObject({
      application: "ms-turn",
      rule: "multiplexed-turn",
      // Not `mapped`: inside TURN it is the peer's or the relay's.
      reported: [{ kind: "other", address: "192.0.2.10", port: 50006 }],
    });
  });

  it("TCP framing: control with an Allocate, then end-to-end data with one RTP packet", () => {
    const bytes = hex(MS_TURN.tcpFrames);
    expect(tcpMediaStart(view(bytes), 0, bytes.length)).toBe(TcpMediaStart.microsoftFraming);
    const reader = new TcpMediaReader(TcpMediaStart.microsoftFraming);
    // The data frame three times, with the sequence number counted up: three packets beside TURN are a stream.
    reader.push(view(bytes), 0, bytes.length, 0, 1, 0, 1);
    for (const more of [1, 2]) {
      const frame = bytes.slice(4 + 52);
      frame[4 + 2 + 3] = (frame[4 + 2 + 3] ?? 0) + more;
      reader.push(view(frame), 0, frame.length, 0, 1 + more, 0, 1 + more);
    }
    expect(reader.result()).toMatchObject({
      application: "rtp",
      usesTurn: true,
      microsoftStun: true,
      streams: [{ payloadType: 104, packets: 3, lost: 0 }],
    });
  });

  it.each([
    ["client", MS_TURN.pseudoTlsClient, 50, PseudoTls.client],
    ["server", MS_TURN.pseudoTlsServer, 83, PseudoTls.server],
  ])("pseudo-TLS hello of the %s", (_, text, length, side) => {
    const bytes = hex(text);
    expect(bytes).toHaveLength(length);
    expect(pseudoTlsHello(view(bytes), 0, length)).toBe(side);
  });
});

describe("demultiplexing", () => {
  const first = (text: string): FirstByte => {
    const [a = 0, b = 0] = hex(text);
    return firstByteClass(a, b);
  };

  it("STUN", () => {
    expect(first(DEMUX.stun)).toBe(FirstByte.stun);
    expect(stunOf(DEMUX.stun).flavour).toBe(StunFlavour.rfc5389);
  });

  it("ChannelData with RTP inside; alone it names nothing, beside a TURN method it is TURN", () => {
    const bytes = hex(DEMUX.channelData);
    expect(first(DEMUX.channelData)).toBe(FirstByte.channel);
    expect(isChannelData(view(bytes), 0, bytes.length, bytes.length)).toBe(true);
    expect(view(bytes).getUint16(0)).toBe(16385);
    expect(rtpHeaderLength(view(bytes), 4, bytes.length, bytes.length - 4)).toBe(12);
    expect(recognised(DEMUX.channelData).application).toBe("unknown");
    expect(recognised(MS_TURN.allocateRequest, DEMUX.channelData)).toMatchObject({ usesTurn: true });
  });

  it("RTP", () => {
    const bytes = hex(DEMUX.rtp);
    expect(first(DEMUX.rtp)).toBe(FirstByte.rtp);
    expect(isRtcpType(bytes[1] ?? 0)).toBe(false);
    expect(rtpHeaderLength(view(bytes), 0, bytes.length, bytes.length)).toBe(12);
  });

  it("SRTCP with Microsoft's MKI of one byte", () => {
    const bytes = hex(DEMUX.srtcp);
    expect(first(DEMUX.srtcp)).toBe(FirstByte.rtp);
    expect(isRtcpType(bytes[1] ?? 0)).toBe(true);
    expect(rtcpForm(view(bytes), 0, bytes.length, bytes.length)).toBe(RtcpForm.encrypted);
    expect(srtcpIndex(view(bytes), 0, bytes.length)).toBe(1);
  });

  it("DTLS", () => {
    const bytes = hex(DEMUX.dtls);
    expect(first(DEMUX.dtls)).toBe(FirstByte.dtls);
    expect(isDtls(view(bytes), 0, bytes.length)).toBe(true);
    expect(recognised(DEMUX.dtls).application).toBe("dtls");
  });

  it("QUIC's long header, which needs the whole datagram", () => {
    const bytes = hex(DEMUX.quicPrefix);
    expect(first(DEMUX.quicPrefix)).toBe(FirstByte.quicLong);
    expect(isQuicLongHeader(view(bytes), 0, bytes.length)).toBe(false);
    const whole = hex(RFC_9001.clientInitial);
    expect(Buffer.from(whole.subarray(0, bytes.length))).toEqual(Buffer.from(bytes));
    expect(isQuicLongHeader(view(whole), 0, whole.length)).toBe(true);
  });
});

describe("QUIC", () => {
  it.each([
    ["RFC 9001, A.1", QUIC_V1, RFC_9001],
    ["RFC 9369, A.1", QUIC_V2, RFC_9369],
  ])("keys of %s", (_, version, vector) => {
    const keys = new ClientInitialKeys(version, hex(vector.connectionId));
    expect(Buffer.from(keys.key).toString("hex")).toBe(vector.key);
    expect(Buffer.from(keys.iv).toString("hex")).toBe(vector.iv);
    expect(Buffer.from(keys.headerProtection).toString("hex")).toBe(vector.headerProtection);
  });

  it("RFC 9001, A.2 opens and gives the server name; A.3, the server's, belongs to it", () => {
    const client = hex(RFC_9001.clientInitial);
    const server = hex(RFC_9001.serverInitial);
    for (const order of ["client first", "server first"]) {
      const flow = new QuicFlow();
      const both = [
        () => flow.read(view(client), 0, client.length, 0, 1),
        () => flow.read(view(server), 0, server.length, 1, 2),
      ];
      for (const read of order === "client first" ? both : both.toReversed()) expect(read()).toBe(true);
      expect(flow.result()).toMatchObject({
        confidence: "certain",
        host: RFC_9001.serverName,
        initiator: 0,
        identities: [`quic:${RFC_9001.connectionId}`],
      });
    }
  });
});

describe("Community ID", () => {
  const idOf = (vector: (typeof COMMUNITY_IDS)[number], seed?: number): string => {
    const [protocol, from, to, fromPort, toPort] = vector;
    const a = parseAddress(from);
    const b = parseAddress(to);
    if (a === undefined || b === undefined) throw new Error("no address");
    return communityId(a.version, ...a.words, ...b.words, fromPort, toPort, protocol, seed);
  };

  it.each(COMMUNITY_IDS.map((vector) => ({ vector, name: vector.slice(0, 5).join(" ") })))(
    "$name, seeds 0 and 1",
    ({ vector }) => {
      expect(idOf(vector)).toBe(vector[5]);
      expect(idOf(vector, 0)).toBe(vector[5]);
      expect(idOf(vector, 1)).toBe(vector[6]);
    },
  );
});

describe("JA4", () => {
  it.each(JA4)("$serverName over $transport: $ja4", (vector) => {
    const bytes = helloOf(vector);
    const read = readClientHello(view(bytes), 0, bytes.length, bytes.length, false);
    if (read === undefined) throw new Error("no hello");
    expect(read.serverName).toBe(vector.serverName);
    expect(ja4(read, vector.transport)).toBe(vector.ja4);
  });
});

/** The body of a hello with exactly these lists; extensions that JA4 does not look into are empty. */
function helloOf(vector: Ja4Vector): Uint8Array {
  const noise = new Noise(7);
  const vector16 = (body: Uint8Array): Uint8Array => concat(u16(body.length), body);
  const vector8 = (body: Uint8Array): Uint8Array => concat(u8(body.length), body);
  const bodies = new Map([
    [0, vector16(concat(u8(0), vector16(ascii(vector.serverName))))],
    [13, vector16(hex(vector.signatureAlgorithms))],
    [16, vector16(concat(...vector.alpn.map((name) => vector8(hex(name)))))],
    [43, vector8(hex(vector.supportedVersions))],
  ]);
  const types = (vector.extensions.match(/.{4}/g) ?? []).map((digits) => Number.parseInt(digits, 16));
  const extensions = types.map((type) => concat(u16(type), vector16(bodies.get(type) ?? new Uint8Array(0))));
  return concat(
    hex(vector.legacyVersion),
    noise.bytes(32),
    vector8(noise.bytes(32)),
    vector16(hex(vector.ciphers)),
    vector8(u8(0)),
    vector16(concat(...extensions)),
  );
}

describe("RFC 3550 and ITU-T G.107", () => {
  it("jitter after every packet", () => {
    const meter = new JitterMeter();
    meter.setClock(0, JITTER.clock);
    for (const [i, wanted] of JITTER.jitterMs.entries()) {
      meter.add(0, i, JITTER.timestamps[i] ?? 0, 1_700_000_000_000 + (JITTER.arrivalsMs[i] ?? 0));
      expect(meter.jitter).toBeCloseTo(wanted, 4);
    }
    expect((meter.jitter * JITTER.clock) / 1000).toBeCloseTo(JITTER.finalTicks, 3);
  });

  it("loss over a wrap, with a copy and a late packet", () => {
    const tracker = new SequenceTracker();
    for (const sequence of LOSS.sequences) tracker.add(sequence);
    const { expected, lostByRfc3550, unique, lost, duplicates, reordered } = LOSS;
    expect(tracker).toMatchObject({ expected, lostByRfc3550, unique, lost, duplicates, reordered });
    expect(unique + duplicates).toBe(LOSS.sequences.length);
    expect(tracker.firstSequence).toBe(LOSS.base);
    expect(tracker.highest & 0xffff).toBe(LOSS.highest & 0xffff);
  });

  it.each(E_MODEL)("%d ms, %d %% loss, Ie %d, Bpl %d: R %d, MOS %d", (delay, loss, ie, bpl, rating, mos) => {
    expect(transmissionRating(delay, loss, { ie, bpl })).toBeCloseTo(rating, 3);
    expect(mosEstimate(delay, loss, { ie, bpl })).toBeCloseTo(mos, 3);
  });
});

describe.skipIf(SHARED === undefined)("the shared file of vectors", () => {
  interface File {
    note: string;
    stun_rfc5769: { hex: string }[];
    ms_turn: { hex: string }[];
    demux: { hex: string }[];
    quic: {
      rfc9001_A: { dcid: string; client_initial_packet: string; server_initial_packet: string };
      rfc9369_A: { dcid: string };
    };
    community_id: {
      proto: number;
      saddr: string;
      daddr: string;
      sport: number | null;
      dport: number | null;
      seed: number;
      communityid: string;
    }[];
    ja4: { sni: string; ja4_computed: string }[];
    jitter: { jitter_ms_after_each: number[] }[];
    loss: { seq: number[] }[];
    mos: { R: number }[];
  }

  it("has no section and no vector that is not tested above", () => {
    const file = sharedJson<File>("facts", "test-vectors.json");
    expect(Object.keys(file).toSorted()).toEqual([
      "community_id",
      "demux",
      "ja4",
      "jitter",
      "loss",
      "mos",
      "ms_turn",
      "note",
      "quic",
      "stun_rfc5769",
    ]);
    const hexOf = (list: readonly { hex: string }[]): string[] => list.map((item) => item.hex);
    expect(hexOf(file.stun_rfc5769)).toEqual(Object.values(RFC_5769));
    expect(hexOf(file.ms_turn)).toEqual(Object.values(MS_TURN));
    expect(hexOf(file.demux)).toEqual(Object.values(DEMUX));
    expect(Object.keys(file.quic)).toEqual(["rfc9001_A", "rfc9369_A"]);
    expect(file.quic.rfc9001_A).toMatchObject({
      client_initial_packet: RFC_9001.clientInitial,
      server_initial_packet: RFC_9001.serverInitial,
    });
    const ids = COMMUNITY_IDS.flatMap(([proto, saddr, daddr, sport, dport, seed0, seed1]) => [
      [proto, saddr, daddr, sport, dport, 0, seed0].join(" "),
      [proto, saddr, daddr, sport, dport, 1, seed1].join(" "),
    ]);
    expect(
      file.community_id
        .map((v) => [v.proto, v.saddr, v.daddr, v.sport ?? 0, v.dport ?? 0, v.seed, v.communityid].join(" "))
        .toSorted(),
    ).toEqual(ids.toSorted());
    expect(file.ja4.map((v) => [v.sni, v.ja4_computed])).toEqual(JA4.map((v) => [v.serverName, v.ja4]));
    expect(file.jitter.map((v) => v.jitter_ms_after_each)).toEqual([JITTER.jitterMs]);
    expect(file.loss.map((v) => v.seq)).toEqual([LOSS.sequences]);
    expect(file.mos.map((v) => v.R)).toEqual(E_MODEL.map((v) => v[4]));
  });
});
