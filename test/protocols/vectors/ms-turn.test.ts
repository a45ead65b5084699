import { describe, expect, it } from "vitest";
import { PseudoTls, pseudoTlsHello } from "../../../src/protocols/pseudo-tls.ts";
import { StunFlavour, StunMessage } from "../../../src/protocols/stun.ts";
import { TcpMediaStart, tcpMediaStart } from "../../../src/protocols/tcp-media-start.ts";
import { TcpMediaReader } from "../../../src/protocols/tcp-media.ts";
import { isMultiplexedTurn } from "../../../src/protocols/turn.ts";
import { cameAt } from "../../support/arrival.ts";
import { hex, view } from "../../support/bytes.ts";
import { addressAt, message, recognised, stunOf } from "./reading-stun.ts";
import { MS_TURN } from "./stun.ts";

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
    reader.push(view(bytes), 0, bytes.length, cameAt(0, 1, 1));
    for (const more of [1, 2]) {
      const frame = bytes.slice(4 + 52);
      frame[4 + 2 + 3] = (frame[4 + 2 + 3] ?? 0) + more;
      reader.push(view(frame), 0, frame.length, cameAt(0, 1 + more, 1 + more));
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
