import * as layout from "./layout.ts";

const OPENING = layout.TCP_SYN_SENT | layout.TCP_SYN_ACK_SENT;

/** True for a TCP_STATE word of a connection whose opening was not captured: it was there before its first packet. */
export function isUnderway(tcpState: number): boolean {
  return (tcpState & (OPENING | (OPENING << 8))) === 0;
}
