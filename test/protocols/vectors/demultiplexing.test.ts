import { describe, expect, it } from "vitest";
import { FirstByte, firstByteClass } from "../../../src/protocols/demux.ts";
import { isDtls } from "../../../src/protocols/dtls.ts";
import { isQuicLongHeader } from "../../../src/protocols/quic.ts";
import { isRtcpType, RtcpForm, rtcpForm, srtcpIndex } from "../../../src/protocols/rtcp.ts";
import { rtpHeaderLength } from "../../../src/protocols/rtp.ts";
import { StunFlavour } from "../../../src/protocols/stun.ts";
import { isChannelData } from "../../../src/protocols/turn.ts";
import { hex, view } from "../../support/bytes.ts";
import { RFC_9001 } from "./quic.ts";
import { recognised, stunOf } from "./reading-stun.ts";
import { DEMUX, MS_TURN } from "./stun.ts";

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
