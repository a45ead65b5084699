import { expect, it } from "vitest";
import { connState } from "../../src/flows/conn-state.ts";
import * as layout from "../../src/flows/layout.ts";

const SYN = layout.TCP_SYN_SENT;
const SYN_ACK = layout.TCP_SYN_ACK_SENT;
const ACK = layout.TCP_ACK_SENT;
const FIN = layout.TCP_FIN_SENT;
const RST = layout.TCP_RST_SENT;
const DATA = layout.TCP_DATA_SENT;

// The words are those of Zeek's documentation of conn_state; originator first, responder second.
it.each([
  ["S0", SYN, 0],
  ["S1", SYN | ACK, SYN_ACK | ACK],
  ["SF", SYN | ACK | FIN, SYN_ACK | ACK | FIN],
  ["REJ", SYN, RST],
  ["S2", SYN | ACK | FIN, SYN_ACK | ACK],
  ["S3", SYN | ACK, SYN_ACK | ACK | FIN],
  ["RSTO", SYN | ACK | RST, SYN_ACK | ACK],
  ["RSTR", SYN | ACK, SYN_ACK | ACK | RST],
  ["RSTR", SYN | ACK | DATA | RST, SYN_ACK | ACK | RST],
  ["RSTR", SYN | ACK | RST, SYN_ACK | ACK | DATA | RST],
  // Zeek's conn_state(): both reset, and neither has sent a byte.
  ["REJ", SYN | ACK | RST, SYN_ACK | ACK | RST],
  ["RSTOS0", SYN | RST, 0],
  ["RSTRH", 0, SYN_ACK | RST],
  ["SH", SYN | FIN, 0],
  ["SHR", 0, SYN_ACK | FIN],
  ["OTH", ACK, ACK],
  // As Zeek's TCPSessionAdapter has it: a RST of who closed in order changes nothing, whichever comes first.
  ["SF", SYN | ACK | FIN | RST, SYN_ACK | ACK | FIN],
  ["SF", SYN | ACK | FIN, SYN_ACK | ACK | FIN | RST],
  ["RSTR", SYN | ACK | FIN, SYN_ACK | ACK | RST],
  ["RSTO", SYN | ACK | RST, SYN_ACK | ACK | FIN],
  // The capture lacks the SYN.
  ["SF", ACK | FIN, SYN_ACK | ACK | FIN],
  ["S1", ACK, SYN_ACK | ACK],
  ["RSTR", ACK, SYN_ACK | ACK | RST],
  ["OTH", 0, SYN_ACK],
  ["OTH", RST, SYN_ACK],
  // The capture lacks the SYN-ACK.
  ["RSTR", SYN | ACK, ACK | DATA | RST],
  ["RSTR", SYN | ACK | DATA, RST],
  ["SF", SYN | ACK | FIN, ACK | FIN],
  ["SH", SYN | ACK | DATA | FIN, ACK | DATA],
  ["S3", SYN | ACK | DATA, ACK | DATA | FIN],
  ["OTH", SYN | ACK | DATA, ACK | DATA],
  ["OTH", SYN | ACK | DATA | FIN | RST, ACK | DATA],
  // Nor anything else that the responder sent.
  ["S0", SYN | ACK | DATA, 0],
  ["SH", SYN | ACK | DATA | FIN, 0],
  ["REJ", SYN | DATA, RST], // Fast Open
  // The capture begins in the middle: Zeek's machine goes from partial to closed at a FIN.
  ["SF", ACK | DATA | FIN, ACK | DATA | FIN],
  ["SF", FIN, FIN],
  ["OTH", ACK | DATA | FIN, ACK | DATA],
  ["OTH", ACK | DATA, ACK | DATA | RST],
  // Simultaneous open; where it came to nothing, there were only SYNs.
  ["S1", SYN | SYN_ACK | ACK, SYN | SYN_ACK | ACK],
  ["S1", SYN | SYN_ACK | DATA | ACK, SYN | ACK],
  ["SF", SYN | ACK | DATA | FIN, SYN | ACK | FIN],
  ["RSTR", SYN | SYN_ACK | ACK, SYN | ACK | RST],
  ["S0", SYN, SYN],
])("%s, whichever way the record lies", (word, originator, responder) => {
  expect(connState(originator | (responder << 8), 0)).toBe(word);
  expect(connState(responder | (originator << 8), 1)).toBe(word);
});
