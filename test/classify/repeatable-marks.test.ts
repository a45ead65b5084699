import { describe, expect, it } from "vitest";
import { ClockMarks } from "../../src/classify/clock-marks.ts";
import { clockOffset } from "../../src/classify/clock-offset.ts";
import { ascii } from "../support/bytes.ts";
import { Feeder } from "../support/decoding.ts";
import { TCP_ACK, TCP_PSH, ethernetIp, tcp } from "../support/packets.ts";

interface Request {
  readonly second: number;
  readonly identification: number;
  readonly sequence?: number;
  readonly text?: string;
  readonly port?: number;
}

/** Marks of requests to a web server, in a connection whose sequence numbers begin at 1. */
function marks(requests: readonly Request[], aheadSeconds = 0): ClockMarks {
  const made = new ClockMarks(0);
  const feeder = new Feeder();
  for (const [
    i,
    { second, identification, sequence = 1 + 30 * i, text = `GET /${i}`, port = 40_000 },
  ] of requests.entries()) {
    const packet = tcp(
      {
        source: "10.0.0.1",
        destination: "192.0.2.1",
        id: identification,
        sourcePort: port,
        destinationPort: 80,
        sequence,
        acknowledgement: 1,
        flags: TCP_PSH | TCP_ACK,
      },
      ascii(text.padEnd(30, ".")),
    );
    made.observe(feeder.feed(ethernetIp({}, packet)), second + aheadSeconds, 0);
  }
  return made;
}

const six: Request[] = Array.from({ length: 6 }, (_, i) => ({ second: i, identification: 100 + i }));

describe("a connection whose sequence numbers are not random, seen by two taps", () => {
  it("tells an offset by payload, addresses, ports and identification", () => {
    expect(clockOffset(marks(six), marks(six, 3))).toEqual({ basis: "packets", offsetNs: -3e9, packets: 6 });
  });

  it.each<[string, Request[], Request[], number]>([
    ["by fewer packets than six", six.slice(1), six.slice(1), 3],
    ["that no clock is off, but a replay is later", six, six, 61],
    [
      "where the identification never changes",
      six.map((request) => ({ ...request, identification: 1 })),
      six,
      3,
    ],
    [
      "with an identification of zero",
      six.map((r) => ({ ...r, identification: 0 })),
      six.map((r) => ({ ...r, identification: 0 })),
      3,
    ],
    [
      "with another identification: it was asked anew",
      six,
      six.map((r) => ({ ...r, identification: r.identification + 50 })),
      3,
    ],
    ["of another connection", six, six.map((request) => ({ ...request, port: 40_001 })), 3],
    ["with other words", six, six.map((request, i) => ({ ...request, text: `GET /other/${i}` })), 3],
    [
      "that is in one capture twice",
      [...six, ...six.map((r, i) => ({ ...r, second: 20 + i, sequence: 1 + 30 * i, text: `GET /${i}` }))],
      six,
      3,
    ],
  ])("tells none %s", (_name, one, other, seconds) => {
    expect(clockOffset(marks(one), marks(other, seconds))).toBeUndefined();
    expect(clockOffset(marks(other, seconds), marks(one))).toBeUndefined();
  });
});
