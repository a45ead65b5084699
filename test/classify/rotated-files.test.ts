import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { rotatedFiles } from "../../src/classify/rotated-files.ts";
import { surveyClocks } from "../../src/classify/clock-survey.ts";
import { clockDoubts, clockNotes } from "../../src/classify/clock-text.ts";
import { at, milliseconds, Tape, TcpConversation } from "../support/conversation.ts";
import { temporaryFolder } from "../support/temporary.ts";

type Times = readonly [path: string, first: number, last: number | undefined];

/** Pairs of files that one tap is held to have written. */
function pairs(...captures: readonly Times[]): string[] {
  const timed = captures.map(([path, first, last]) => ({
    input: { name: basename(path), path },
    first,
    last,
  }));
  return rotatedFiles(timed).map(([earlier, later]) =>
    [earlier, later].map((i) => captures[i]?.[0]).join(" > "),
  );
}

describe("files of one tap", () => {
  it.each<readonly [string, readonly Times[], readonly string[]]>([
    [
      "go on where the one before ended, in any order of the list",
      [
        ["/a/er-2.pcap", 30, 40],
        ["/a/er-0.pcap", 0, 15],
        ["/a/er-1.pcap", 15, 29],
      ],
      ["/a/er-0.pcap > /a/er-1.pcap", "/a/er-1.pcap > /a/er-2.pcap"],
    ],
    [
      "may have a number and a time in their names",
      [
        ["/a/er_00009_20260305090000.pcap", 0, 15],
        ["/a/er_00010_20260305090015.pcap", 15, 29],
      ],
      ["/a/er_00009_20260305090000.pcap > /a/er_00010_20260305090015.pcap"],
    ],
    [
      "are not those of another tap at the same time",
      [
        ["/a/er1-0", 0, 15],
        ["/a/er2-0", 0, 15],
        ["/a/er1-1", 15, 29],
        ["/a/er2-1", 15, 29],
      ],
      ["/a/er1-0 > /a/er1-1", "/a/er2-0 > /a/er2-1"],
    ],
    [
      "are not what follows another tap's first file, whose own second file is there",
      [
        ["/a/er1-0", 0, 15],
        ["/a/er1-1", 15, 29],
        ["/a/er2-1", 15, 29],
      ],
      ["/a/er1-0 > /a/er1-1"],
    ],
    [
      "nor one of two that follow alike",
      [
        ["/a/tap1", 0, 15],
        ["/a/tap2", 16, 20],
        ["/a/tap3", 16, 29],
      ],
      [],
    ],
    [
      "do not overlap",
      [
        ["/a/er-0", 0, 15],
        ["/a/er-1", 14, 29],
      ],
      [],
    ],
    [
      "do not begin long after the end of the one before",
      [
        ["/a/er-0", 0, 15],
        ["/a/er-1", 76, 80],
      ],
      [],
    ],
    [
      "have numbers that grow",
      [
        ["/a/er-1", 0, 15],
        ["/a/er-0", 15, 29],
      ],
      [],
    ],
    [
      "have names that are equal else",
      [
        ["/a/er-0", 0, 15],
        ["/a/isp-1", 15, 29],
      ],
      [],
    ],
    [
      "lie in one folder",
      [
        ["/a/er-0", 0, 15],
        ["/b/er-1", 15, 29],
      ],
      [],
    ],
    [
      "have an end that is known",
      [
        ["/a/er-0", 0, undefined],
        ["/a/er-1", 15, 29],
      ],
      [],
    ],
  ])("%s", (_name, captures, wanted) => {
    expect(pairs(...captures)).toEqual(wanted);
  });
});

/** A connection of 40 s past a tap whose clock is two minutes ahead and that wrote two files, and past one that began late. */
async function surveyed(
  second: string,
  other = "inside.pcap",
): Promise<readonly [offsets: Record<string, number>, doubts: string, notes: readonly string[]]> {
  const start = at("2026-03-05T09:00:00Z");
  const [tap, inside] = [new Tape(), new Tape()];
  const talk = new TcpConversation({
    client: { address: "10.1.0.5", port: 50_000 },
    server: { address: "13.107.6.152", port: 443 },
    start,
    forward: [{ tape: tap }],
    backward: [{ tape: tap }],
  });
  talk.connect();
  for (let i = 0; i < 40; i++) {
    const taps = i < 30 ? [{ tape: tap }] : [{ tape: tap }, { tape: inside }];
    [talk.forward, talk.backward] = [taps, taps];
    talk.send("client", new Uint8Array(100).fill(i), "acknowledged").wait(1000);
  }
  const folder = temporaryFolder();
  const ahead = tap.packets.map((packet) => ({ ...packet, time: packet.time + milliseconds(120_000) }));
  const parts = [ahead.slice(0, 40), ahead.slice(40), inside.packets].map((packets) => {
    const tape = new Tape();
    packets.forEach((packet) => tape.add(packet.time, packet.bytes, 0));
    return tape.pcap();
  });
  const inputs = ["er-0.pcap", second, other].map((name, i) => {
    const path = join(folder, name);
    writeFileSync(path, parts[i] ?? new Uint8Array());
    return { name, path, source: path };
  });
  const survey = await surveyClocks(inputs);
  const offsets = survey.clocks.map(
    ({ input, offsetNs }) => [input.name, Math.round(offsetNs / 1e9)] as const,
  );
  return [Object.fromEntries(offsets), clockDoubts(survey).join(), clockNotes(survey)];
}

it("have one clock, also where one of them alone has packets that another capture has", async () => {
  const [offsets, doubts] = await surveyed("er-1.pcap");
  expect([offsets, doubts]).toEqual([{ "er-0.pcap": 0, "er-1.pcap": 0, "inside.pcap": 120 }, ""]);
});

it("are named where they were put right with another one", async () => {
  const [offsets, doubts, notes] = await surveyed("er-1.pcap", "a.pcap");
  expect([offsets, doubts]).toEqual([{ "a.pcap": 0, "er-0.pcap": -120, "er-1.pcap": -120 }, ""]);
  expect(notes).toEqual([
    expect.stringMatching(/^er-1\.pcap is 2 min .* ahead of a\.pcap/),
    expect.stringMatching(/^er-0\.pcap: put right as the file before or after/),
  ]);
});

it("do not lend their clock to a capture of another name", async () => {
  const [offsets, doubts] = await surveyed("isp-1.pcap");
  expect(offsets).toMatchObject({ "er-0.pcap": 0 });
  expect(doubts).toContain("er-0.pcap");
});
