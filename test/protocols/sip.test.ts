import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSdp } from "../../src/protocols/sdp.ts";
import { isSip, SipFlow } from "../../src/protocols/sip.ts";
import { readSip, uriOf } from "../../src/protocols/sip-message.ts";
import { Packet } from "../../src/wire/packet.ts";
import { ascii, concat, view } from "../support/bytes.ts";

function sip(text: string): boolean {
  const bytes = ascii(text);
  return isSip(view(bytes), 0, bytes.length);
}

function accept(flow: SipFlow, text: string, direction: 0 | 1 = 0, seconds: number = 100): boolean {
  const packet = new Packet();
  const bytes = ascii(text);
  packet.view = view(bytes);
  packet.payloadEnd = bytes.length;
  return flow.accept(packet, direction, seconds, 0, 7);
}

describe("uriOf", () => {
  it.each([
    ['"A" <sip:a@b;x>;tag=1', "sip:a@b"],
    ["sip:a@b;tag=1", "sip:a@b"],
    ["<sip:1234@b;user=phone>;tag=1", "sip:1234@b;user=phone"],
    ["<sip:+14255550100;ext=100@b;user=phone;x=1>", "sip:+14255550100;ext=100@b;user=phone"],
    ["<tel:+14255550100;ext=100>", "tel:+14255550100"],
    ["<sip:a@b;gruu;opaque=app:conf:focus:id:1>;tag=1", "sip:a@b;opaque=app:conf:focus:id:1"],
    ["<sip:a@b;opaque=user:epid:1;gruu>", "sip:a@b"],
    ["<sip:a@b?subject=user=phone;user=phone>", "sip:a@b"],
    [undefined, ""],
  ])("%j: %s", (value, uri) => {
    expect(uriOf(value)).toBe(uri);
  });
});

describe("isSip", () => {
  it.each([
    "INVITE sip:bob@example.com SIP/2.0\r\n\r\n",
    "SERVICE sip:alice@contoso.com;gruu;opaque=app:conf:focus:id:1 SIP/2.0\r\n\r\n",
    "BENOTIFY sip:10.0.0.1:5060;transport=tcp SIP/2.0\r\n\r\n",
    "NEGOTIATE sip:127.0.0.1:5061 SIP/2.0\r\n\r\n",
    "ACK tel:+15551234 SIP/2.0\r\n\r\n",
    "SIP/2.0 200 OK\r\n\r\n",
    "SIP/2.0 486 Busy here\r\n\r\n",
  ])("accepts %j", (text) => {
    expect(sip(text)).toBe(true);
  });

  it.each([
    "OPTIONS * RTSP/1.0\r\n\r\n",
    "GET sip: HTTP/1.1\r\n\r\n",
    "INVITE sip:bob@example.com HTTP/1.1\r\n\r\n",
    "invite sip:bob@example.com SIP/2.0\r\n\r\n",
    "SIP/2.0 999 No\r\n\r\n",
    "SIP/2.0",
    "",
  ])("refuses %j", (text) => {
    expect(sip(text)).toBe(false);
  });
});

describe("readSip", () => {
  it("understands compact names, folded lines and letter case", () => {
    const bytes = ascii(
      'INVITE sip:b@x SIP/2.0\r\ni:  call-1@x \r\nf: "A. B"\r\n <sip:a@x;user=phone>;tag=1\r\nT: sip:b@x;tag=2\r\n' +
        "CSEQ: 1 INVITE\r\nL: 3\r\n\r\nabcEXTRA",
    );
    const message = readSip(view(bytes), 0, bytes.length, "stream");
    if (message === undefined || "wanted" in message) throw new Error("no message");
    expect(message.headers.get("call-id")).toBe("call-1@x");
    expect(uriOf(message.headers.get("from"))).toBe("sip:a@x;user=phone");
    expect(uriOf(message.headers.get("to"))).toBe("sip:b@x");
    expect(message.bodyEnd - message.bodyStart).toBe(3);
  });

  it("finds the wanted headers among others, however they are written (RFC 3261, section 7.3.1)", () => {
    const spelling = fc.constantFrom(
      ...[
        "call-id",
        "CALL-ID",
        "i",
        "from",
        "f",
        "To",
        "t",
        "cseq",
        "user-agent",
        "Server",
        "ms-conversation-id",
      ],
      ...["via", "contact", "fromage", "callid", "x", "c-seq", "subject"], // not wanted
    );
    const word = fc.stringMatching(/^[!-9;-~]{1,8}$/);
    const gap = fc.constantFrom(" ", "\r\n ", "\r\n\t ", "\n  ");
    const header = fc.record({
      spelling,
      colon: fc.constantFrom(":", ": ", " : ", "\t:", " :\r\n "),
      words: fc.array(fc.record({ gap, word }), { maxLength: 4 }),
      end: fc.constantFrom("\r\n", "\n"),
    });
    const compact = new Map([
      ["i", "call-id"],
      ["f", "from"],
      ["t", "to"],
    ]);
    fc.assert(
      fc.property(fc.array(header, { maxLength: 12 }), (headers) => {
        let text = "SIP/2.0 200 OK\r\n";
        const wanted = new Map<string, string>();
        for (const { spelling, colon, words, end } of headers) {
          text += spelling + colon + words.map(({ gap, word }) => gap + word).join("") + end;
          const name = compact.get(spelling.toLowerCase()) ?? spelling.toLowerCase();
          if (!wanted.has(name)) wanted.set(name, words.map(({ word }) => word).join(" "));
        }
        const bytes = ascii(`${text}\r\n`);
        const message = readSip(view(bytes), 0, bytes.length, "datagram");
        if (message === undefined || "wanted" in message) throw new Error("no message");
        const plain = new Map(
          [...message.headers].map(([name, value]) => [name, value.split(/[ \t]+/).join(" ")]),
        );
        for (const other of ["via", "contact", "fromage", "callid", "x", "c-seq", "subject"])
          wanted.delete(other);
        expect(plain).toEqual(wanted);
      }),
    );
  });

  it("waits in a stream for headers and body, and in a datagram takes what is there", () => {
    const bytes = ascii("INVITE sip:b@x SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 50\r\n\r\nshort");
    expect(readSip(view(bytes), 0, bytes.length, "stream")).toEqual({ wanted: bytes.length - 5 + 50 });
    expect(readSip(view(bytes), 0, 30, "stream")).toEqual({ wanted: 0 });
    expect(readSip(view(bytes), 0, bytes.length, "datagram")).toMatchObject({ bodyEnd: bytes.length });
  });

  it("answers for any bytes", () => {
    const real = ascii(
      "INVITE sip:b@x SIP/2.0\r\nCall-ID: 1\r\nContent-Type: application/sdp\r\n\r\nm=audio 5 RTP/AVP 0\r\n",
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), fc.nat(real.length), (noise, cut) => {
        const bytes = concat(real.subarray(0, cut), noise);
        readSip(view(bytes), 0, bytes.length, "stream");
        const flow = new SipFlow();
        const taken = flow.consume(view(bytes), 0, bytes.length, 0, 0, 1);
        expect(taken).toBeLessThanOrEqual(bytes.length);
        for (const dialog of flow.dialogs) expect(dialog.callId + dialog.from).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });
});

describe("SipFlow", () => {
  const sdp = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 49170 RTP/AVP 0\r\n";
  const invite =
    "INVITE sip:b@x SIP/2.0\r\nCall-ID: c1\r\nFrom: <sip:a@x>\r\nTo: <sip:b@x>\r\nCSeq: 1 INVITE\r\n" +
    `User-Agent: UCCAPI/16.0 OC/16.0 (Skype for Business)\r\nMs-Conversation-ID: m1\r\nContent-Type: application/sdp\r\n\r\n${sdp}`;

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

describe("readSdp", () => {
  const lines = [
    "v=0",
    "o=- 0 0 IN IP4 192.0.2.10",
    "s=session",
    "c=IN IP4 192.0.2.10",
    "t=0 0",
    "m=audio 50004 RTP/SAVP 104 9 111 0 101",
    "a=x-ssrc-range:1001-1101",
    "a=ice-ufrag:qKqe",
    "a=ice-pwd:SECRETPWD",
    "a=candidate:1 1 UDP 2130706431 10.0.0.5 50004 typ host",
    "a=candidate:2 1 TCP-PASS 174455807 198.51.100.7 58000 typ relay raddr 10.0.0.5 rport 50004",
    "a=candidate:3 1 UDP 1694233599 198.51.100.8 31000 typ srflx raddr 10.0.0.5 rport 50004",
    "a=x-candidate-ipv6:4 1 UDP 2130705919 2001:db8:0:0::5 50005 typ host",
    "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:SECRETKEY|2^31|1:1",
    "a=cryptoscale:1 client AES_CM_128_HMAC_SHA1_80 inline:SECRETSCALE|2^31|1:1",
    "a=rtpmap:104 SILK/16000",
    "a=rtpmap:9 G722/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=label:main-audio",
    "m=video 0 RTP/AVP 122",
    "m=video 50030 RTP/SAVP 122",
    "a=label:applicationsharing-video",
    "a=rtpmap:122 X-H264UC/90000",
    "a=ssrc:4000000000 cname:x",
    "",
  ];
  const media = readSdp(lines.join("\r\n"), 1, 42);

  it("reads a port with a count of ports", () => {
    const [section] = readSdp(
      "c=IN IP4 192.0.2.1\r\nm=audio 49170/2 RTP/AVP 96\r\na=rtpmap:96 opus/48000\r\n",
      0,
      1,
    );
    expect(section).toMatchObject({ addresses: [{ port: 49170 }], payloadTypes: [{ codec: "opus" }] });
  });

  it("gives the sections that are not refused, with what joins them to flows", () => {
    expect(media).toMatchObject([
      {
        direction: 1,
        media: "audio",
        modality: "audio",
        iceUfrag: "qKqe",
        ssrcRanges: [[1001, 1101]],
        firstPacket: 42,
        addresses: [
          { kind: "connection", transport: "udp", address: "192.0.2.10", port: 50004 },
          { kind: "host", transport: "udp", address: "10.0.0.5", port: 50004 },
          { kind: "relay", transport: "tcp", address: "198.51.100.7", port: 58000 },
          { kind: "srflx", transport: "udp", address: "198.51.100.8", port: 31000 },
          { kind: "host", transport: "udp", address: "2001:db8::5", port: 50005 },
        ],
        payloadTypes: [
          { payloadType: 104, codec: "SILK", clockRate: 16000 },
          { payloadType: 9, codec: "G722", clockRate: 8000 },
          { payloadType: 101, codec: "telephone-event", clockRate: 8000 },
        ],
      },
      { media: "video", modality: "sharing", ssrcRanges: [[4000000000, 4000000000]] },
    ]);
  });

  it("never keeps a key or password", () => {
    expect(JSON.stringify(media)).not.toMatch(/SECRET/);
  });

  it("leaves out addresses on hold and names", () => {
    const held = readSdp("v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 5000 RTP/AVP 0\r\n", 0, 1);
    expect(held[0]?.addresses).toEqual([]);
    const named = readSdp("v=0\r\nc=IN IP4 host.example\r\nm=audio 5000 RTP/AVP 0\r\n", 0, 1);
    expect(named[0]?.addresses).toEqual([]);
  });

  it("reads the candidates of ICE draft 6", () => {
    const old = readSdp(
      "c=IN IP4 10.0.0.1\r\nm=audio 1 RTP/AVP 0\r\na=candidate:user 1 pass UDP 0.9 10.9.8.7 50007 \r\n",
      0,
      1,
    );
    expect(old[0]?.addresses).toContainEqual({
      kind: "host",
      transport: "udp",
      address: "10.9.8.7",
      port: 50007,
    });
  });

  it("answers for any text, and is bounded", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...lines, "a=", "m=", "m=audio", "a=rtpmap:x y", "\u0000")),
        (some) => {
          const found = readSdp(some.join("\n"), 0, 1);
          expect(found.length).toBeLessThanOrEqual(8);
          expect(JSON.stringify(found)).not.toMatch(/SECRET/);
        },
      ),
    );
    const many = `m=audio 5 RTP/AVP 0\r\n${"a=candidate:1 1 UDP 1 10.0.0.1 5 typ host\r\n".repeat(5000)}`;
    expect(readSdp(many, 0, 1)[0]?.addresses.length).toBeLessThanOrEqual(32);
  });
});
