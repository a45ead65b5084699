import { IpProtocol } from "../wire/ip-protocol.ts";
import type { Direction } from "../words.ts";
import * as layout from "./layout.ts";

/** Segments sent again without an answer before silence is called one. */
const SILENT_RETRANSMISSIONS = 3;
/** ... over at least this many seconds. */
const SILENT_SECONDS = 1;

/** Signs of a way back that fails as asymmetry makes it fail (symmetry `suspect`). */
export type Symptom =
  | "syn-retransmitted"
  | "syn-ack-retransmitted"
  | "silent-while-retransmitting"
  | "reset-of-syn-ack"
  | "reset-by-another-hop"
  | "icmp-prohibited";

/**
 * The symptom that a flow's record shows, if any. A lost packet, one member of a port-channel or an offloaded
 * session show none of them: what they lack was acknowledged, or is not sent again.
 *
 * @param out direction of the record that leaves our network
 */
export function symptomOf(page: Uint32Array, at: number, out: Direction): Symptom | undefined {
  const meta = page[at + layout.META] ?? 0;
  const isProhibited = (meta & layout.META_PROHIBITED) !== 0;
  if ((meta & layout.META_PROTOCOL) !== IpProtocol.tcp) return isProhibited ? "icmp-prohibited" : undefined;
  const state = page[at + layout.TCP_STATE] ?? 0;
  if (isIceCheck(page, at, state)) return undefined;
  for (const d of [0, 1] as const) {
    const mine = (state >>> (8 * d)) & 0xff;
    const theirs = (state >>> (8 * (1 - d))) & 0xff;
    const again = ((page[at + layout.UNANSWERED] ?? 0) >>> (16 * d)) & 0xffff;
    const completed = ((mine | theirs) & (layout.TCP_ACK_SENT | layout.TCP_DATA_SENT)) !== 0;
    if ((mine & layout.TCP_SYN_SENT) !== 0 && !completed && (state & layout.TCP_SYN_REFUSED) === 0) {
      if (again > 0) return "syn-retransmitted";
      const sentAgain = page[at + layout.RETRANSMISSIONS] ?? 0;
      if ((theirs & layout.TCP_SYN_ACK_SENT) !== 0 && sentAgain > 0) {
        // All that the other side sent but the first SYN-ACK and a reset is that SYN-ACK again.
        const reset = (theirs & layout.TCP_RST_SENT) === 0 ? 0 : 1;
        const synAcksAgain = (page[at + layout.PACKETS + 1 - d] ?? 0) - 1 - reset;
        return sentAgain > synAcksAgain ? "syn-retransmitted" : "syn-ack-retransmitted";
      }
    }
    // What it acknowledges and the capture does not have came by where nobody captures: the flow is not silent.
    const unseen =
      (((page[at + layout.LAST_ACK + d] ?? 0) - (page[at + layout.NEXT_SEQUENCE + 1 - d] ?? 0)) | 0) > 0;
    if (
      again >= SILENT_RETRANSMISSIONS &&
      completed &&
      !unseen &&
      (page[at + layout.PACKETS + 1 - d] ?? 0) > 0
    ) {
      const silent =
        (page[at + layout.LAST_SECONDS + d] ?? 0) -
        (page[at + layout.LAST_SECONDS + 1 - d] ?? 0) +
        ((page[at + layout.LAST_NANOSECONDS + d] ?? 0) - (page[at + layout.LAST_NANOSECONDS + 1 - d] ?? 0)) /
          1e9;
      if (silent >= SILENT_SECONDS) return "silent-while-retransmitting";
    }
  }
  if ((state & layout.TCP_SYN_ACK_RESET) !== 0) return "reset-of-syn-ack";
  if ((state & (layout.TCP_RST_FOREIGN << (8 * (1 - out)))) !== 0) return "reset-by-another-hop";
  // A flow that both ends closed in order was not prohibited.
  const fins = layout.TCP_FIN_SENT | (layout.TCP_FIN_SENT << 8);
  return isProhibited && (state & fins) !== fins ? "icmp-prohibited" : undefined;
}

/** Ports of ICE's TCP candidates in Skype for Business and Teams: checks to them are seldom answered. */
const CANDIDATE_PORTS = { first: 50_000, last: 59_999 } as const;

/**
 * True where a connection only tried a candidate (RFC 6544): those checks never count, however they fail.
 * One over which both ends said something is in use.
 */
function isIceCheck(page: Uint32Array, at: number, state: number): boolean {
  const said = layout.TCP_DATA_SENT | (layout.TCP_DATA_SENT << 8);
  if ((state & said) === said) return false;
  const opens = layout.TCP_SYN_SENT | (layout.TCP_SYN_ACK_SENT << 8); // by direction 0
  const ports = page[at + layout.PORTS] ?? 0;
  return (
    ((state & opens) !== 0 && isCandidate(ports & 0xffff)) ||
    ((state & ((layout.TCP_SYN_SENT << 8) | layout.TCP_SYN_ACK_SENT)) !== 0 && isCandidate(ports >>> 16))
  );
}

function isCandidate(port: number): boolean {
  return port >= CANDIDATE_PORTS.first && port <= CANDIDATE_PORTS.last;
}
