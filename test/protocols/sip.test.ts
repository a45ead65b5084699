import { describe, expect, it } from "vitest";
import { SipFlow } from "../../src/protocols/sip.ts";
import { Packet } from "../../src/wire/packet.ts";
import { ascii, view } from "../support/bytes.ts";

function accept(flow: SipFlow, text: string, direction: 0 | 1 = 0, seconds: number = 100): boolean {
  const packet = new Packet();
  const bytes = ascii(text);
  packet.view = view(bytes);
  packet.payloadEnd = bytes.length;
  return flow.accept(packet, direction, seconds, 0, 7);
}

describe("SipFlow", () => {
  const sdp = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 49170 RTP/AVP 0\r\n";
  const invite =
    "INVITE sip:b@x SIP/2.0\r\nCall-ID: c1\r\nFrom: <sip:a@x>\r\nTo: <sip:b@x>\r\nCSeq: 1 INVITE\r\n" +
    `User-Agent: UCCAPI/16.0 OC/16.0 (Skype for Business)\r\nMs-Conversation-ID: m1\r\nContent-Type: application/sdp\r\n\r\n${sdp}`;

  it.each([
    ["INVITE", "<sip:b@x>;tag=9", true],
    ["INVITE", '"B" <sip:b@x;tag=1> ; x=y ;Tag = 9', true],
    ["BYE", "sip:b@x;tag=9", true],
    ["INVITE", "<sip:b@x;tag=9>", false],
    ["INVITE", "<sip:b@x>", false],
  ])("tells %s to %s, seen first, as one within a dialog that had begun: %s", (method, to, isUnderway) => {
    const flow = new SipFlow();
    accept(flow, `${method} sip:b@x SIP/2.0\r\nCall-ID: c1\r\nTo: ${to}\r\nCSeq: 2 ${method}\r\n\r\n`);
    accept(flow, `SIP/2.0 200 OK\r\nCall-ID: c1\r\nTo: ${to};tag=9\r\nCSeq: 2 ${method}\r\n\r\n`, 1);
    expect(flow.dialogs).toMatchObject([{ isUnderway }]);
  });

  it("collects a dialog from its messages", () => {
    const flow = new SipFlow();
    expect(accept(flow, invite)).toBe(true);
    accept(flow, "SIP/2.0 180 Ringing\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n\r\n", 1, 101);
    accept(flow, "SIP/2.0 200 OK\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n\r\n", 1, 105);
    expect(flow.result()).toMatchObject({
      application: "sip",
      initiator: 0,
      firstPacket: 7,
      sip: { callId: "c1", from: "sip:a@x", to: "sip:b@x", method: "INVITE" },
    });
    expect(flow.dialogs).toMatchObject([
      {
        status: 200,
        userAgent: "UCCAPI/16.0 OC/16.0 (Skype for Business)",
        conversationId: "m1",
        startSeconds: 100,
        endSeconds: 105,
        media: [{ media: "audio", direction: 0 }],
      },
    ]);
  });

  it("knows when a BYE ended a dialog, unless another branch of a forked call goes on", () => {
    const flow = new SipFlow();
    const told = (): (number | undefined)[] => flow.dialogs.map(({ byeSeconds }) => byeSeconds);
    accept(flow, invite);
    expect(told()).toEqual([undefined]);
    accept(flow, "BYE sip:b@x SIP/2.0\r\nCall-ID: c1\r\nCSeq: 2 BYE\r\n\r\n", 0, 130);
    accept(flow, "SIP/2.0 200 OK\r\nCall-ID: c1\r\nCSeq: 2 BYE\r\n\r\n", 1, 131);
    expect(told()).toEqual([130]);
    expect(flow.dialogs[0]?.byePacket).toBeGreaterThan(0);
    accept(flow, "SIP/2.0 200 OK\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n\r\n", 1, 132);
    expect(told()).toEqual([undefined]);
  });

  it("keeps the answer that accepted a dialog, whatever is refused within it", () => {
    const flow = new SipFlow();
    const told = (): number | undefined => flow.dialogs[0]?.status;
    accept(flow, invite);
    accept(flow, "SIP/2.0 401 Unauthorized\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n\r\n", 1, 101);
    accept(flow, "SIP/2.0 200 OK\r\nCall-ID: c1\r\nCSeq: 2 PRACK\r\n\r\n", 1, 101);
    expect(told()).toBe(401);
    accept(flow, "SIP/2.0 200 OK\r\nCall-ID: c1\r\nCSeq: 3 INVITE\r\n\r\n", 1, 102);
    accept(flow, "SIP/2.0 488 Not Acceptable Here\r\nCall-ID: c1\r\nCSeq: 4 INVITE\r\n\r\n", 1, 110);
    accept(flow, "SIP/2.0 481 Call Does Not Exist\r\nCall-ID: c1\r\nCSeq: 5 BYE\r\n\r\n", 1, 120);
    expect(told()).toBe(200);
  });

  it("knows the method from CSeq when only answers were seen", () => {
    const flow = new SipFlow();
    accept(flow, "SIP/2.0 200 OK\r\nCall-ID: c2\r\nCSeq: 3 SUBSCRIBE\r\n\r\n", 1);
    expect(flow.result()).toMatchObject({ initiator: 0, sip: { callId: "c2", method: "SUBSCRIBE" } });
  });

  it("finds the description among several parts", () => {
    const body = `--b1\r\nContent-Type: application/x\r\n\r\nm=audio 1 RTP/AVP 0\r\n--b1\r\nContent-Type: application/sdp\r\n\r\n${sdp}--b1--\r\n`;
    const flow = new SipFlow();
    accept(
      flow,
      `INVITE sip:b@x SIP/2.0\r\nCall-ID: c3\r\nContent-Type: multipart/alternative; boundary="b1"\r\n\r\n${body}`,
    );
    expect(flow.dialogs[0]?.media).toHaveLength(1);
    expect(flow.dialogs[0]?.media[0]?.addresses[0]?.port).toBe(49170);
  });

  it("keeps those that offer media when OPTIONS asked thousands of times whether the other side is there", () => {
    const learned: number[] = [];
    const flow = new SipFlow((media) => learned.push(media.addresses[0]?.port ?? 0));
    const invite = (name: string, port: number): string =>
      [
        "INVITE sip:bob@contoso.com SIP/2.0",
        `Call-ID: ${name}`,
        "Content-Type: application/sdp",
        "",
        `c=IN IP4 192.0.2.1\r\nm=audio ${port} RTP/AVP 0\r\n`,
      ].join("\r\n");
    accept(flow, invite("first", 5000));
    for (let i = 0; i < 5000; i++) accept(flow, `OPTIONS sip:gw SIP/2.0\r\nCall-ID: o${i}\r\n\r\n`);
    accept(flow, invite("later", 5002));
    expect(flow.dialogs).toHaveLength(4096);
    expect(flow.dialogs.filter(({ media }) => media.length > 0).map(({ callId }) => callId)).toEqual([
      "first",
      "later",
    ]);
    expect(flow.result().notes).toEqual(["906 SIP dialogs more than are kept of one flow"]);
    // Where all have media, a further one is not kept; what its payload types mean is learned.
    for (let i = 0; i < 4096; i++) accept(flow, invite(`c${i}`, 6000));
    expect(flow.dialogs.at(-1)?.callId).toBe("c4093");
    expect(learned).toHaveLength(4098);
  });

  it("learns of every offer what its payload types mean, also where addresses and ports are those of an earlier one", () => {
    const learned: string[] = [];
    const flow = new SipFlow((media) => learned.push(media.payloadTypes[0]?.codec ?? ""));
    for (const codec of ["opus/48000/2", "SILK/16000", "opus/48000/2"])
      accept(
        flow,
        [
          "INVITE sip:bob@contoso.com SIP/2.0",
          "Call-ID: c1",
          "Content-Type: application/sdp",
          "",
          `c=IN IP4 192.0.2.1\r\nm=audio 5000 RTP/AVP 96\r\na=rtpmap:96 ${codec}\r\n`,
        ].join("\r\n"),
      );
    expect(learned).toEqual(["opus", "SILK", "opus"]);
    expect(flow.dialogs[0]?.media).toHaveLength(1);
  });

  it("keeps what eight re-INVITEs with new ports offer, four sections by each side, and no more without end", () => {
    const flow = new SipFlow();
    const offer = (port: number, address = "192.0.2.1"): string =>
      [
        "INVITE sip:bob@contoso.com SIP/2.0",
        "Call-ID: c1",
        "Content-Type: application/sdp",
        "",
        `c=IN IP4 ${address}`,
        ...[0, 2, 4, 6].map((more) => `m=audio ${port + more} RTP/AVP 0`),
        "",
      ].join("\r\n");
    for (let i = 0; i < 8; i++) {
      accept(flow, offer(5000 + 10 * i), 0);
      accept(flow, offer(6000 + 10 * i), 1);
    }
    expect(flow.dialogs[0]?.media.at(-1)?.addresses[0]?.port).toBe(6076);
    for (let i = 0; i < 100; i++) accept(flow, offer(7000 + 10 * i));
    expect(flow.dialogs[0]?.media).toHaveLength(64);
  });

  it("keeps a bounded number of dialogs", () => {
    const flow = new SipFlow();
    for (let i = 0; i < 5000; i++) accept(flow, `OPTIONS sip:x SIP/2.0\r\nCall-ID: ${i}\r\n\r\n`);
    expect(flow.dialogs).toHaveLength(4096);
  });
});
