import { endText } from "../address/address.ts";
import type { JudgedFlow } from "../classify/judged-flow.ts";
import { counted } from "../count-text.ts";
import type { Recognition, ReportedAddress, SipDialog, StreamReport } from "../protocols/recognition.ts";

/** Streams and addresses of one flow that are listed. */
const MOST_LISTED = 16;

const ADDRESS_WORDS: Readonly<Record<Exclude<ReportedAddress["kind"], "mapped">, string>> = {
  relayed: "a relay granted",
  peer: "a relay was asked to reach",
  alternate: "the relay sent its client on to",
  other: "inside of TURN, or beside an answer, this was named:",
};

/** What the payloads of a flow said beside what it is: RTP streams, addresses that STUN and TURN told, and notes. */
export function contentLines({ decision }: JudgedFlow): string[] {
  const { leg, carried } = decision;
  const { streams = [], reported = [], notes = [], dialogs = [] } = carried;
  return [
    ...listed(streams, (stream) => streamLine(stream, stream.direction === leg.out ? "out" : "back")),
    ...listed(reported, (item) => addressLine(item, item.direction === leg.out)),
    ...iceLines(carried),
    ...listed(dialogs, dialogLine),
    ...notes,
  ];
}

/** A pair that was checked and never nominated is not the one that media took. */
function iceLines({ iceChecks = 0, nominated, usesTurn }: Recognition): string[] {
  const lines: string[] = [];
  if (iceChecks > 0)
    lines.push(
      `ICE: ${counted(iceChecks, "connectivity check")}, this pair was ${nominated === true ? "" : "not seen to be "}nominated`,
    );
  if (usesTurn === true) lines.push("a TURN relay is used");
  return lines;
}

function dialogLine({ callId, method, from, to, userAgent, conversationId }: SipDialog): string {
  const agent = userAgent === undefined ? "" : `, User-Agent ${userAgent}`;
  const conversation = conversationId === undefined ? "" : `, Ms-Conversation-ID ${conversationId}`;
  return `SIP ${method} from ${from} to ${to}, Call-ID ${callId}${conversation}${agent}`;
}

/** `isOut`: our side said it. An answer tells the one who asked how it was seen. */
function addressLine({ kind, address, port, firstPacket }: ReportedAddress, isOut: boolean): string {
  const seen = isOut ? "our side saw the far end as" : "the far end saw our side as";
  return `${kind === "mapped" ? seen : ADDRESS_WORDS[kind]} ${endText(address, port)} (packet ${firstPacket})`;
}

function listed<T>(items: readonly T[], line: (item: T) => string): string[] {
  const lines = items.slice(0, MOST_LISTED).map(line);
  return items.length > MOST_LISTED ? [...lines, `and ${items.length - MOST_LISTED} more`] : lines;
}

function streamLine(stream: StreamReport, direction: "out" | "back"): string {
  const { payloadType, codec, modality, clockRate, packets, lost } = stream;
  const clock = clockRate === undefined ? undefined : `${clockRate} Hz`;
  const known = [codec, modality, clock].filter((part) => part !== undefined).join(", ");
  const type = `payload type ${payloadType}${known === "" ? "" : ` (${known})`}`;
  const ssrc = stream.ssrc.toString(16).padStart(8, "0");
  return `RTP ${direction}: SSRC 0x${ssrc}, ${type}, ${packets} packets, ${lost} lost`;
}
