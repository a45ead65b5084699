import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSip, SipFlow } from "../../src/protocols/sip.ts";
import { readSip, uriOf } from "../../src/protocols/sip-message.ts";
import { ascii, concat, view } from "../support/bytes.ts";

function sip(text: string): boolean {
  const bytes = ascii(text);
  return isSip(view(bytes), 0, bytes.length);
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

  describe("in a stream whose messages do not tell their length", () => {
    const head =
      "INVITE sip:b@x SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\r\n";
    const session = "v=0\r\nc=IN IP4 192.0.2.1\r\n";
    const audio = "m=audio 5004 RTP/AVP 0\r\na=sendrecv\r\n";
    const video = "m=video 5006 RTP/AVP 96\r\nc=IN IP4 192.0.2.2\r\n";
    const bye = "BYE sip:b@x SIP/2.0\r\nCall-ID: 1\r\nCSeq: 2 BYE\r\n\r\n";
    it.each([
      ["up to the next request", `${head}${session}${audio}${bye}`, ["192.0.2.1:5004"]],
      ["up to the next answer", `${head}${session}${audio}SIP/2.0 200 OK\r\n\r\n`, ["192.0.2.1:5004"]],
      ["up to the end", `${head}${session}${audio}${video}`, ["192.0.2.1:5004", "192.0.2.2:5006"]],
      [
        "but a section that is not whole",
        `${head}${session}${audio}${video.slice(0, -4)}`,
        ["192.0.2.1:5004"],
      ],
      ["not what is no description", `${head.replace("sdp", "xml")}${session}${audio}${bye}`, []],
      [
        "not where its length is told",
        `${head.replace("\r\n\r\n", "\r\nl: 0\r\n\r\n")}${session}${audio}`,
        [],
      ],
    ])("reads a session description %s", (_where, text, addresses) => {
      const flow = new SipFlow();
      const bytes = ascii(text);
      flow.consume(view(bytes), 0, bytes.length, 0, 5, 1);
      const found = flow.dialogs.flatMap(({ media }) => media.flatMap((item) => item.addresses));
      expect(found.map(({ address, port }) => `${address}:${port}`)).toEqual(addresses);
      if (text.includes("BYE")) expect(flow.dialogs[0]?.byeSeconds).toBe(5);
    });
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
