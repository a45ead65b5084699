import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { CallFlow } from "../../src/callflow/call-flow.ts";
import { markOfCall } from "../../src/classify/call-mark.ts";
import type { SdpAddress, SdpMedia } from "../../src/protocols/recognition.ts";
import { DIALOG, flow, HOUR, signaling, stream } from "./flows.ts";

const SITE = { hasExpressRoute: true };

const SHARED_STREAM = { streams: [stream(0x21000001)] };

describe("rows that packets tell apart", () => {
  const idsOf = (...flows: CallFlow[]): string[] =>
    assembleCalls(flows, SITE)[0]?.scenarios.map(({ id }) => id) ?? [];

  it("gives all that look alike, in the table's order", () => {
    expect(idsOf(flow("alice:50012 online:3478"))).toEqual([
      "online-p2p-internal-external",
      "online-p2p-federated",
      "online-conference-internal",
      "online-pstn-internal",
      "broadcast-presenter",
    ]);
  });

  it.each([
    ["one of ours outside", [flow("alice:50012 roamer:50014")], ["online-p2p-internal-external"]],
    [
      "anybody outside",
      [flow("alice:50012 stranger:50014")],
      ["online-p2p-internal-external", "online-p2p-federated", "online-conference-third-party"],
    ],
    ["one of ours outside, of a user homed on-premises", [flow("carol:50012 roamer:50014")], []],
  ] as const)("who belongs to another company is not %s", (_which, media, ids) => {
    const [call] = assembleCalls(
      media.map((item) => ({ ...item, microsoftIce: true })),
      SITE,
    );
    expect(call?.scenarios.map(({ id }) => id)).toEqual(ids);
  });

  it("says what would decide between them", () => {
    const [call] = assembleCalls([flow("alice:50012 online:3478")], SITE);
    expect(call?.open).toContain("online-pstn-internal: the other side is a telephone");
  });

  it("video excludes the telephone", () => {
    expect(idsOf(flow("alice:50028 online:3480", { modality: "video" }))).not.toContain(
      "online-pstn-internal",
    );
  });

  const address = (port: number): SdpAddress => ({
    ...{ kind: "connection", transport: "udp", address: "10.20.30.41", port },
  });
  const offer = (port: number): SdpMedia => ({
    ...{ direction: 0, media: "audio", modality: "audio", addresses: [address(port)], payloadTypes: [] },
    ...{ iceUfrag: undefined, ssrcRanges: [], firstPacket: 1 },
  });

  it.each([
    ["at its time", {}, "certain"],
    ["that offers its address", { media: [offer(50012)] }, "certain"],
    ["of another hour", { startSeconds: HOUR - 3000, endSeconds: HOUR - 2000 }, "possible"],
    ["of other media at its time", { media: [offer(50090)] }, "possible"],
    ["whose last message was just before", { startSeconds: HOUR - 60, endSeconds: HOUR - 20 }, "certain"],
    ["by which its user is told of it", { method: "SUBSCRIBE" }, "certain"],
    ["that is an instant message", { method: "MESSAGE" }, "possible"],
    ["that was refused", { status: 486 }, "possible"],
    ["that asks for a password", { status: 407 }, "certain"],
    [
      "with the service that schedules them",
      { to: "sip:a@contoso.com;opaque=app:conf:focusfactory" },
      "possible",
    ],
    [
      "that a BYE ended before",
      { startSeconds: HOUR - 60, endSeconds: HOUR - 20, byeSeconds: HOUR - 20 },
      "possible",
    ],
  ] as const)("a conference named in a dialog %s", (_which, other, certainty) => {
    const dialog = {
      ...{ callId: "a", from: "sip:a@contoso.com", to: "sip:b@contoso.com;opaque=app:conf:focus:id:A" },
      ...{
        method: "INVITE",
        status: 200,
        isUnderway: false,
        userAgent: undefined,
        conversationId: undefined,
      },
      ...{ startSeconds: HOUR + 3, endSeconds: HOUR + 60, byeSeconds: undefined, firstPacket: 1, media: [] },
      ...other,
    };
    const sip = signaling("alice:51001 signaling:443", { application: "sip", dialogs: [dialog] });
    const [call] = assembleCalls([sip, flow("alice:50012 online:3479")], SITE);
    expect(call?.conference.certainty).toBe(certainty);
    expect(call?.reason).toContain("rows fit: signaling that can be read does not decide");
  });

  it.each([
    ["INVITE", 200, "certain"],
    ["INVITE", 404, "possible"],
    ["REGISTER", 200, "possible"],
    ["OPTIONS", 200, "possible"],
    ["SUBSCRIBE", 200, "possible"],
  ])(
    "a telephone number in a dialog of %s that ends with %i: a telephone is %s",
    (method, status, certainty) => {
      const dialog = { ...DIALOG, method, status, to: "sip:+441632960001@contoso.com;user=phone" };
      const sip = signaling("alice:51001 signaling:5060", { application: "sip", dialogs: [dialog] });
      const [call] = assembleCalls([sip, flow("alice:50012 online:3479")], SITE);
      expect(call?.pstn.certainty).toBe(certainty);
    },
  );

  it.each([
    ["before its media", {}, [], "certain"],
    ["as late as clocks differ", { startSeconds: HOUR + 5 }, [], "certain"],
    ["while its media goes on", { startSeconds: HOUR + 20 }, [], "possible"],
    ["beside the one that set its media up", {}, [{ ...DIALOG, media: [offer(50012)] }], "possible"],
    [
      "beside one that set up other media",
      { startSeconds: HOUR - 2 },
      [{ ...DIALOG, media: [offer(50090)] }],
      "certain",
    ],
  ] as const)(
    "a telephone number in a dialog that nobody answered yet, %s",
    (_when, ringing, others, certainty) => {
      const dialog = { ...DIALOG, callId: "2", from: "tel:+441632960001", status: undefined, ...ringing };
      const sip = signaling("alice:51001 signaling:5060", {
        application: "sip",
        dialogs: [...others, dialog],
      });
      const [call] = assembleCalls([sip, flow("alice:50012 online:3479")], SITE);
      expect(call?.pstn.certainty).toBe(certainty);
    },
  );

  it.each([
    ["between two clients inside", flow("alice:50012 bob:50014"), "possible"],
    ["to a client by VPN", flow("alice:50012 roamer:50014"), "possible"],
    ["with video between two clients", flow("alice:50012 bob:50014", { modality: "video" }), "no"],
    ["to an address outside", flow("alice:50012 stranger:50014"), "certain"],
    ["at a gateway", flow("alice:50012 gateway:20002"), "certain"],
  ])("a telephone number in SIP of media %s", (_where, media, certainty) => {
    const dialog = { ...DIALOG, to: "sip:+441632960001@contoso.com;user=phone" };
    const sip = signaling("alice:51001 frontEnd:5060", { application: "sip", dialogs: [dialog] });
    const [call] = assembleCalls([sip, media], SITE);
    expect(call?.pstn.certainty).toBe(certainty);
  });

  it("no row of a user's where the user's side was not captured", () => {
    const [trunk] = assembleCalls([flow("mediation:49200 gateway:20002", { path: "local" })], SITE);
    expect(trunk).toMatchObject({ scenarios: [], verdict: "as-documented", pstn: { certainty: "certain" } });
    expect(trunk?.open).toBe("media mediation-gateway without its user's side: no row can be told");
    const both = [flow("carol:50012 mediation:49210"), flow("mediation:49200 gateway:20002", { at: 5 })];
    expect(idsOf(...both)).toEqual(["hybrid-pstn-onprem"]);
    expect(idsOf(flow("edge:50660 online:3479"))).toEqual([
      ...["hybrid-p2p-federated", "hybrid-conference-online"],
      ...["hybrid-conference-onprem-hosted", "hybrid-conference-onprem-edge-relay"],
    ]);
  });

  it("no telephone where video goes in one flow with audio", () => {
    const streams = [stream(0x21000001), stream(0x21000002, { modality: "video", payloadType: 107 })];
    const [call] = assembleCalls([flow("alice:50012 online:3479", { streams })], SITE);
    expect(call?.pstn).toEqual({ certainty: "no", reason: "more than audio" });
  });

  it("says that signaling was not seen, or is encrypted", () => {
    const media = flow("alice:50012 online:3479");
    const [alone] = assembleCalls([media], SITE);
    expect(alone?.reason).toContain("rows fit: no signaling was seen");
    const [hidden] = assembleCalls([media, signaling("alice:51001 signaling:443", {})], SITE);
    expect(hidden?.reason).toContain("rows fit: signaling is encrypted");
  });

  it("a conference named in SIP leaves the conferences", () => {
    const dialog = {
      callId: "a",
      from: "sip:alice@contoso.com",
      to: "sip:bob@contoso.com;gruu;opaque=app:conf:focus:id:ABC",
      method: "INVITE",
      status: 200,
      isUnderway: false,
      userAgent: undefined,
      conversationId: undefined,
      startSeconds: HOUR + 3,
      endSeconds: HOUR + 60,
      byeSeconds: undefined,
      firstPacket: 1,
      media: [],
    };
    expect(
      idsOf(
        signaling("alice:51001 signaling:443", { application: "sip", dialogs: [dialog] }),
        flow("alice:50012 online:3479"),
      ),
    ).toEqual(["online-conference-internal", "broadcast-presenter"]);
  });

  it.each([
    ["two videos at once", "likely", {}],
    ["two videos beside audio, as a peer's camera and screen are", "possible", {}, 1],
    ["three videos beside audio", "likely", {}, 2],
    ["a video and what of it is sent again", "possible", { payloadType: 99, codec: "rtx" }],
    ["the same, where no name of it is known", "possible", { payloadType: 108, codec: undefined }],
    ["a video whose sender began anew", "possible", { startSeconds: HOUR + 63, endSeconds: HOUR + 120 }],
  ])("%s: a conference is %s", (_, certainty, other: Partial<CallFlow["streams"][number]>, bundled = 0) => {
    const video = { way: "back", modality: "video", payloadType: 107, codec: "H264" } as const;
    const [call] = assembleCalls(
      [
        flow("alice:50022 online:3480", {
          modality: "video",
          lasts: 120,
          streams: [
            stream(0x21000001, video),
            stream(0x21000002, { ...video, ...other }),
            ...[stream(0x21000003, { way: "back" }), stream(0x21000004, video)].slice(0, bundled),
          ],
        }),
      ],
      SITE,
    );
    expect(call?.conference.certainty).toBe(certainty);
  });

  it.each([
    ["at a partner's own server", "alice:50012 fabrikam:3478", "possible"],
    ["of a user outside through an Edge of ours", "stranger:50012 edge:3478", "possible"],
    ["with a user outside, directly", "alice:50012 stranger:50014", "possible"],
    ["between an Edge of ours and a partner", "edge:50012 fabrikam:50014", "no"],
    ["of two users inside", "alice:50012 bob:50014", "no"],
  ])("media %s may be a conference where a row that fits is one: %s, %s", (_, ends, certainty) => {
    const [call] = assembleCalls(
      [flow(ends, { microsoftIce: true }), signaling("alice:51001 signaling:443")],
      SITE,
    );
    expect(call?.conference.certainty).toBe(certainty);
    expect(call?.scenarios.some(({ usage }) => usage === "conference")).toBe(certainty === "possible");
  });

  it("a telephone call of a user homed Online through a Mediation Server is no row of the article", () => {
    const [call] = assembleCalls([flow("alice:50012 mediation:49210")], SITE);
    expect(call?.scenarios).toEqual([]);
    expect(call?.open).toContain("users.on-premises");
  });

  it("a client at an undeclared public address may be inside behind NAT or outside", () => {
    const [call] = assembleCalls([flow("stranger:50012 online:3479", { path: "expressroute" })], SITE);
    expect(call?.legs[0]?.kind).toBe("unplaced-online");
    expect(call?.legs[0]?.documented).toBe("either");
    expect(call?.scenarios.map(({ id }) => id)).toEqual([
      ...["online-p2p-internal-external", "online-p2p-federated", "online-conference-internal"],
      ...[
        "online-conference-external",
        "online-pstn-internal",
        "online-pstn-external",
        "broadcast-presenter",
      ],
    ]);
    expect(call?.verdict).toBe("as-documented");
    // By the Internet it is as documented for a user outside, and not for one behind NAT.
    const [open] = assembleCalls([flow("stranger:50012 online:3479", { path: "internet" })], SITE);
    expect(open?.verdict).toBe("unproven");
    expect(open?.reason).toContain("neither is declared");
    // Beside a user inside, it is that one's peer outside.
    const relayed = { kind: "relayed", address: "52.115.63.30", port: 51_000, firstPacket: 1 };
    const [both] = assembleCalls(
      [
        flow("alice:50012 online:3478", { reported: [relayed as CallFlow["reported"][number]] }),
        flow("stranger:50012 online:51000"),
      ],
      SITE,
    );
    expect(both?.scenarios.map(({ id }) => id)).toEqual(["online-p2p-internal-external"]);
  });

  it("expects the scenario's path only where one row fits", () => {
    const relayed = [
      flow("stranger:50012 edge:3478", { path: "internet", ...SHARED_STREAM }),
      flow("edge:50660 online:3479", { path: "internet", ...SHARED_STREAM }),
    ];
    const [one] = assembleCalls(relayed, SITE);
    const expected = relayed.map((item) => one && markOfCall(one, item, "media", true).expected);
    expect(expected).toEqual(["internet", "expressroute"]);
    const alone = flow("alice:50012 online:3478");
    const [several] = assembleCalls([alone], SITE);
    expect(several && markOfCall(several, alone, "media", true)).toMatchObject({
      scenario: expect.stringMatching(/^online-p2p-internal-external;/) as string,
      expected: undefined,
    });
  });

  it("documents the Internet for a destination that is not listed, and for a site without ExpressRoute", () => {
    const media = flow("alice:50012 online:3478", { eligible: false });
    expect(assembleCalls([media], SITE)[0]?.legs[0]?.documented).toBe("internet");
    const eligible = flow("alice:50012 online:3478");
    expect(assembleCalls([eligible], { hasExpressRoute: false })[0]?.legs[0]?.documented).toBe("internet");
  });
});
