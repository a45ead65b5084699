import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { Call } from "../../src/callflow/call.ts";
import type { CallFlow } from "../../src/callflow/call-flow.ts";
import { DIALOG, flow, HOUR, signaling } from "./flows.ts";

type SdpMedia = CallFlow["dialogs"][number]["media"][number];

function assemble(...flows: CallFlow[]): Call[] {
  return assembleCalls(flows, { hasExpressRoute: true });
}

/** Audio that SDP offers, or takes, at one address. */
function sdpMedia(address: string, port: number, direction: 0 | 1): SdpMedia {
  return {
    direction,
    media: "audio",
    modality: "audio",
    addresses: [{ kind: "connection", transport: "udp", address, port }],
    payloadTypes: [],
    iceUfrag: undefined,
    ssrcRanges: [],
    firstPacket: 1,
  };
}

describe("which media a dialog's SDP joins to a call", () => {
  it("media that SDP offers", () => {
    const sip = signaling("mediation:5060 gateway:5060", {
      application: "sip",
      dialogs: [
        {
          callId: "a",
          from: "sip:+441632960001@contoso.com",
          to: "sip:+441632960002@contoso.com",
          method: "INVITE",
          status: 200,
          isUnderway: false,
          userAgent: undefined,
          conversationId: undefined,
          startSeconds: HOUR + 3,
          endSeconds: HOUR + 64,
          byeSeconds: undefined,
          firstPacket: 1,
          media: [sdpMedia("10.20.5.10", 49200, 0), sdpMedia("10.20.6.20", 20002, 0)],
        },
      ],
    });
    const [call] = assemble(sip, flow("mediation:49200 gateway:20002"));
    expect(call?.legs.map((leg) => leg.part)).toEqual(["media", "signaling"]);
    expect(call?.pstn.certainty).toBe("certain");
  });

  it.each([
    ["goes on", { isUnderway: true }, { at: 4, lasts: 120 }, 2],
    ["was over then, of an earlier call at the same ports", { isUnderway: true }, { at: 4, lasts: 40 }, 1],
    ["goes on, by a dialog that begins then", { isUnderway: false }, { at: 4, lasts: 120 }, 1],
    ["is still to come", { isUnderway: true }, { at: 70, lasts: 20 }, 2],
  ] as const)(
    "media of a dialog that had begun before the capture, where that %s",
    (_what, known, when, legs) => {
      const media = [sdpMedia("10.20.6.20", 20002, 0), sdpMedia("52.115.63.30", 52000, 1)];
      const dialog = { ...DIALOG, ...known, startSeconds: HOUR + 60, endSeconds: HOUR + 61, media };
      const sip = signaling("gateway:5060 signaling:5060", {
        ...{ application: "sip", at: 60, lasts: 80, dialogs: [dialog] },
      });
      const [call] = assemble(sip, flow("gateway:20002 online:52000", when));
      expect(call?.legs).toHaveLength(legs);
    },
  );

  it.each([
    ["offers two users who speak at once", 0, {}, 3, "possible"],
    ["offers a user's two addresses, one after the other", 0, { at: 62 }, 2, "certain"],
    ["offers one and takes the other", 1, {}, 2, "certain"],
  ] as const)("a dialog of strangers that %s", (_which, direction, later, count, conference) => {
    const dialog = {
      ...DIALOG,
      to: "sip:x@contoso.com;opaque=app:conf:focus:id:A",
      endSeconds: HOUR + 64,
      media: [sdpMedia("10.20.30.41", 50012, 0), sdpMedia("10.20.31.52", 50014, direction)],
    };
    const sip = signaling("dave:5060 roamer:5060", { application: "sip", dialogs: [dialog] });
    const calls = assemble(
      sip,
      flow("alice:50012 online:3479"),
      flow("bob:50014 online:3480", later),
      flow("carol:50016 online:3481"),
    );
    expect(calls).toHaveLength(count);
    expect(calls[0]?.conference.certainty).toBe(conference);
  });

  it("not the next call at a gateway's port, which the dialog before it offered", () => {
    const dialog = (at: number, own: number): CallFlow["dialogs"][number] => ({
      ...DIALOG,
      callId: `${at}`,
      startSeconds: HOUR + at,
      endSeconds: HOUR + at + 20,
      media: [sdpMedia("10.20.5.10", own, 0), sdpMedia("10.20.6.20", 6010, 1)],
    });
    const calls = assemble(
      signaling("mediation:5060 gateway:5060", {
        application: "sip",
        lasts: 100,
        dialogs: [dialog(3, 49_200), dialog(24, 49_202)],
      }),
      flow("mediation:49200 gateway:6010", { at: 4, lasts: 19 }),
      flow("mediation:49202 gateway:6010", { at: 25, lasts: 19 }),
    );
    expect(calls.map(({ legs }) => legs.map(({ part }) => part))).toEqual([
      ["media", "signaling"],
      ["media", "signaling"],
    ]);
  });

  it.each([
    ["that its dialog's BYE came before", HOUR + 20, undefined],
    ["that begins as the BYE is seen", HOUR + 29, "certain"],
    ["while the dialog may go on", undefined, "certain"],
  ])("media at the one address that SDP names, %s", (_, byeSeconds, certainty) => {
    const dialog = {
      ...{ ...DIALOG, to: "sip:a@contoso.com;opaque=app:conf:focus:id:A", endSeconds: HOUR + 20, byeSeconds },
      media: [sdpMedia("52.115.63.30", 50_100, 1)],
    };
    const sip = signaling("alice:5060 signaling:5060", { application: "sip", lasts: 20, dialogs: [dialog] });
    const [call] = assemble(sip, flow("bob:50012 online:50100", { at: 30 }));
    expect(call?.conference.certainty).toBe(certainty ?? "possible");
    expect(call?.legs.map(({ part }) => part)).toEqual(
      certainty === undefined ? ["media"] : ["media", "signaling"],
    );
  });

  it("not users whose SDP names one address of a server, which is all that their dialogs share", () => {
    const users = ["alice", "bob", "carol", "dave", "roamer"];
    const hosts = ["10.20.30.41", "10.20.31.52", "10.20.31.61", "10.20.31.62", "10.250.0.41"];
    for (const port of [3478, 54_000]) {
      const answer = sdpMedia("52.115.63.30", port, 1);
      const dialogs = hosts.map((host, i) => ({
        ...DIALOG,
        callId: host,
        to: i === 0 ? "sip:organizer@contoso.com;gruu;opaque=app:conf:audio-video:id:1" : "",
        startSeconds: HOUR + 3,
        media: [sdpMedia(host, 50_012, 0), answer],
      }));
      const media = users.map((user) => flow(`${user}:50012 online:${port}`));
      const sip = { application: "sip", lasts: 100 } as const;
      // By a proxy of the site, with all dialogs in one connection; and straight from each user.
      const trunk = signaling("frontEnd:40000 signaling:5061", { ...sip, dialogs });
      const own = users.map((user, i) =>
        signaling(`${user}:40000 signaling:5061`, { ...sip, dialogs: dialogs.slice(i, i + 1) }),
      );
      const answers = users.map((user) =>
        signaling(`${user}:40000 signaling:5061`, { ...sip, dialogs: [{ ...DIALOG, media: [answer] }] }),
      );
      for (const signals of [[trunk], own, answers]) {
        const calls = assemble(...media, ...signals);
        expect(calls).toHaveLength(5);
        for (const { legs } of calls) expect(legs.map(({ part }) => part)).toEqual(["media", "signaling"]);
        if (signals !== answers)
          expect(calls.map(({ conference }) => conference.certainty)).toEqual(
            calls.map(({ users: [user] }) => (user?.address === "10.20.30.41" ? "certain" : "possible")),
          );
      }
    }
  });

  it.each([
    ["the same dialog", "a", undefined, "alice:5060 bob:5060", 1, 423],
    ["a dialog of that name two hours later", "a", undefined, "alice:5060 bob:5060", 2, 7223],
    ["the same dialog, asked from the other side", "a", undefined, "bob:5060 alice:5060", 1, 423],
    ["another dialog", "b", undefined, "alice:5060 bob:5060", 2, 423],
    ["a dialog of that name after its BYE", "a", HOUR + 65, "alice:5060 bob:5060", 2, 423],
    ["a dialog of that name of others", "a", undefined, "carol:5060 bob:5060", 2, 423],
  ] as const)(
    "a call on hold for longer than UDP's idle time-out: %s",
    (_which, callId, byeSeconds, ends, count, later) => {
      const sip = (at: number, name: string, tuple: string, port: number, bye?: number): CallFlow =>
        signaling(tuple, {
          application: "sip",
          at,
          lasts: 20,
          dialogs: [
            {
              ...DIALOG,
              callId: name,
              startSeconds: HOUR + at,
              endSeconds: HOUR + at + 20,
              byeSeconds: bye,
              media: [sdpMedia("10.20.30.41", port, 0)],
            },
          ],
        });
      const calls = assemble(
        sip(3, "a", "alice:5060 bob:5060", 50_012, byeSeconds),
        flow("alice:50012 bob:50020", { at: 4, lasts: 20 }),
        sip(later, callId, ends, 50_014),
        flow("alice:50014 bob:50024", { at: later + 1, lasts: 20 }),
      );
      expect(calls).toHaveLength(count);
    },
  );
});
