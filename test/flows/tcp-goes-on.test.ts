import { describe, expect, it } from "vitest";
import * as layout from "../../src/flows/layout.ts";
import { goesOn } from "../../src/flows/tcp-goes-on.ts";

const BOTH_HEARD = layout.TCP_ACK_SENT | (layout.TCP_ACK_SENT << 8);
/** Direction 0 has sent up to 1000, direction 1 up to 500. */
const [SENT, HEARD] = [1000, 500];

/** Whether a segment of direction 0 with these numbers is nothing but more of the same. */
function isMore(state: number, segment: { sequence?: number; ack?: number; length?: number } = {}): boolean {
  const { sequence = SENT, ack = HEARD, length = 0 } = segment;
  const record = new Uint32Array(layout.TCP_WORDS);
  record[layout.TCP_STATE] = state;
  record[layout.NEXT_SEQUENCE] = SENT;
  record[layout.NEXT_SEQUENCE + 1] = HEARD;
  const header = new DataView(new ArrayBuffer(20));
  header.setUint32(4, sequence);
  header.setUint32(8, ack);
  return goesOn(record, 0, 0, header, 0, length);
}

describe("a segment that goes on as before", () => {
  it("is the next one, and an acknowledgement of what was seen", () => {
    expect(isMore(BOTH_HEARD)).toBe(true);
    expect(isMore(BOTH_HEARD, { length: 100, ack: HEARD - 10 })).toBe(true);
  });

  it.each([
    ["after a FIN", BOTH_HEARD | layout.TCP_FIN_SENT, {}],
    ["after the other end's reset", BOTH_HEARD | (layout.TCP_RST_SENT << 8), {}],
    ["after a SYN of another connection", BOTH_HEARD | layout.TCP_OPENS_AGAIN, {}],
    ["after the other end's SYN of another connection", BOTH_HEARD | (layout.TCP_OPENS_AGAIN << 1), {}],
    ["of who has sent a SYN alone", layout.TCP_SYN_SENT | (layout.TCP_ACK_SENT << 8), {}],
    ["behind a hole", BOTH_HEARD, { sequence: SENT + 1 }],
    [
      "that may be the last one of the handshake",
      BOTH_HEARD | layout.TCP_SYN_SENT,
      { sequence: SENT - 100, length: 0 },
    ],
    ["sent again", BOTH_HEARD, { sequence: SENT - 100, length: 100 }],
    ["that acknowledges what was not seen", BOTH_HEARD, { ack: HEARD + 1 }],
  ] as const)("is none %s", (_how, state, segment) => {
    expect(isMore(state, segment)).toBe(false);
  });
});
