import { describe, expect, it } from "vitest";
import { CaptureError } from "../../src/capture/errors.ts";
import { openCapture } from "../../src/capture/reader.ts";
import { SHARED, shared, sharedJson } from "../support/shared.ts";
import { drain } from "./drain.ts";

/** What tshark 4.0.17 said; its exit status is 2 for what it does not read, damaged or not. */
interface Malformed {
  readonly file: string;
  readonly magic: string | null;
  readonly facts: {
    readonly tsharkRc: number;
    readonly tsharkFrames: number;
    readonly tsharkStderr: readonly string[];
  };
}

/** Captures that are none, or of a version that must not be guessed at, with the error's code. */
const REFUSED: Readonly<Record<string, string>> = {
  "the-tcpdump-group+libpcap/pcap-invalid-version-1.pcap": "version-unsupported",
  "the-tcpdump-group+libpcap/pcapng-invalid-vers-1.pcapng": "version-unsupported",
  "the-tcpdump-group+libpcap/pcapng-invalid-vers-2.pcapng": "version-unsupported",
  // Tables of flows in CSV under a capture's name.
  "nfstream+nfstream/1kxun.pcap": "not-a-capture",
  "nfstream+nfstream/443-chrome.pcap": "not-a-capture",
  "nfstream+nfstream/443-curl.pcap": "not-a-capture",
  "nfstream+nfstream/443-firefox.pcap": "not-a-capture",
  "nfstream+nfstream/443-git.pcap": "not-a-capture",
};

/**
 * Files of which fewer packets, or another status than tshark's words say, are right.
 * fuzz.pcap: tshark takes it for the form with longer record headers, and finds a packet of 1907 in it.
 * crash-exception...: the same guess; with usual headers a second packet is whole before the damage.
 * crash-81dba...: cut short by tshark's words, but the record's length is wrong: two records lie within it.
 * igmplayer: the same guess; four good packets follow the damage that tshark does not see.
 * ...5766899836387328: version 2.3 may hold the two lengths swapped, and swapped its only record is whole.
 * Three files have reserved bits of the link type set, which is damage of the header; tshark refuses them.
 */
const FEWER = new Set(["OISF+suricata-verify/fuzz.pcap"]);
const OTHER_STATUS: Readonly<Record<string, string>> = {
  "seladb+PcapPlusPlus/crash-exception-cast-constructed-record": "damaged",
  "seladb+PcapPlusPlus/crash-81dba690a3f67ee41a41390a625db732fa1413a1": "damaged",
  "seladb+PcapPlusPlus/igmplayer": "damaged",
  "seladb+PcapPlusPlus/clusterfuzz-testcase-minimized-FuzzTarget-5766899836387328": "ok",
};

function statusOf(facts: Malformed["facts"]): string {
  const text = facts.tsharkStderr.join(" ");
  if (text.includes("damaged or corrupt") || text.includes("reserved field not zero")) return "damaged";
  if (text.includes("unknown SHB version")) return "damaged";
  // Link types that tshark does not know, and xz, are read here.
  return text.includes("cut short") ? "truncated" : "ok";
}

describe.skipIf(SHARED === undefined)("malformed captures", () => {
  const files =
    SHARED === undefined
      ? []
      : sharedJson<{ files: readonly Malformed[] }>("captures", "malformed", "manifest.json").files;

  it("are four hundred", () => {
    expect(files).toHaveLength(400);
  });

  it.each(files.map((each) => [each.file, each] as const))(
    "%s ends, and keeps its good packets",
    async (file, each) => {
      const path = shared("captures", "malformed", file);
      if (REFUSED[file] !== undefined) {
        const error: unknown = await openCapture(path).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(CaptureError);
        expect(error).toMatchObject({ code: REFUSED[file] });
        return;
      }
      const reader = await openCapture(path);
      const frames = await drain(reader);
      if (!FEWER.has(file)) expect(frames.length).toBeGreaterThanOrEqual(each.facts.tsharkFrames);
      const wanted = OTHER_STATUS[file] ?? statusOf(each.facts);
      expect(reader.status).toBe(wanted);
      expect(reader.problemCount > 0).toBe(reader.status !== "ok");
      if (each.facts.tsharkRc === 0) expect(frames).toHaveLength(each.facts.tsharkFrames);
    },
  );
});
