import type { Direction } from "../words.ts";
import * as layout from "./layout.ts";

/** Zeek's conn_state words. */
export type ConnState =
  "S0" | "S1" | "S2" | "S3" | "SF" | "REJ" | "RSTO" | "RSTR" | "RSTOS0" | "RSTRH" | "SH" | "SHR" | "OTH";

/**
 * Zeek's conn_state of a TCP flow from its TCP_STATE word, with `client` the direction in which the client sends.
 * `OTH` is a flow of which neither the beginning nor the whole end is in the capture.
 *
 * @see https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html (conn_state)
 */
export function connState(state: number, client: Direction): ConnState {
  const o = (state >>> (8 * client)) & 0xff;
  const r = (state >>> (8 * (1 - client))) & 0xff;
  const answered = (r & layout.TCP_SYN_ACK_SENT) !== 0 || openedAtOnce(o, r);
  const fins = (o & layout.TCP_FIN_SENT ? 1 : 0) + (r & layout.TCP_FIN_SENT ? 2 : 0);
  // Both ends closed in order: a RST before or after the other's FIN tells of late data, and aborts nothing. How such a
  // connection began is not asked, by Zeek either.
  if (fins === 3) return "SF";
  // An acknowledged SYN-ACK answered a SYN, if an unseen one: Zeek takes the connection for established, too.
  if (answered && (o & (layout.TCP_SYN_SENT | layout.TCP_ACK_SENT)) !== 0) {
    // Resets from both sides before anybody said anything: the attempt was rejected, if late.
    if ((o & r & layout.TCP_RST_SENT) !== 0 && ((o | r) & layout.TCP_DATA_SENT) === 0) return "REJ";
    // The responder's is asked first, in Zeek too: a firewall that resets both ends sends one in the name of each.
    if ((r & layout.TCP_RST_SENT) !== 0) return "RSTR";
    if ((o & layout.TCP_RST_SENT) !== 0) return "RSTO";
    return fins === 1 ? "S2" : fins === 2 ? "S3" : "S1";
  }
  if ((o & layout.TCP_SYN_SENT) !== 0) {
    // Who was acknowledged, or said something, was not rejected: the SYN-ACK is not in the capture.
    const talked = (r & (layout.TCP_ACK_SENT | layout.TCP_DATA_SENT)) !== 0;
    if ((r & layout.TCP_RST_SENT) !== 0) return talked || (o & layout.TCP_ACK_SENT) !== 0 ? "RSTR" : "REJ";
    if ((o & layout.TCP_RST_SENT) !== 0) return talked ? "OTH" : "RSTOS0";
    if (talked) return fins === 1 ? "SH" : fins === 2 ? "S3" : "OTH";
    // Also where the originator went on: the answers went past the capture.
    return fins === 1 ? "SH" : "S0";
  }
  if (answered) {
    if ((r & layout.TCP_RST_SENT) !== 0) return "RSTRH";
    if ((r & layout.TCP_FIN_SENT) !== 0 && (o & 0xff) === 0) return "SHR";
  }
  return "OTH";
}

/** Simultaneous open (RFC 9293, section 3.5): a SYN from each end, and each acknowledged by the other. */
function openedAtOnce(o: number, r: number): boolean {
  return (o & r & layout.TCP_SYN_SENT) !== 0 && (o & layout.TCP_ACKED) !== 0 && (r & layout.TCP_ACKED) !== 0;
}
