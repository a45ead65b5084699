import { beforeAll, describe, expect, it } from "vitest";
import { o365flowEach, type Run } from "../cli/run.ts";
import { SHARED, shared, sharedJson } from "../support/shared.ts";

/**
 * What tshark 4.0.17 found in the real captures, held against the columns of classify: server names of TLS and QUIC,
 * STUN, DNS, SIP. What differs is listed with the reason.
 */

type Counts = Readonly<Record<string, number>>;

interface Facts {
  readonly tls: { readonly sni: Counts };
  readonly quic: { readonly sni: Counts };
  readonly dns: { readonly frames: number };
  readonly stun: { readonly frames: number };
  readonly sip: { readonly frames: number };
}

interface Row {
  readonly application: string;
  readonly host: string | null;
  readonly host_source: string | null;
}

/** Names that tshark prints and that are no host names: an address, a name with a port. */
const NO_NAMES: ReadonlySet<string> = new Set(["52.114.250.152", "52.114.250.153", "server4:443"]);

/** STUN may be part of a flow that is named for the media in it. */
const WITH_STUN: ReadonlySet<string> = new Set(["stun", "turn", "ms-turn", "rtp", "rtcp"]);

/** Captures in which one of the two finds a protocol and the other does not. */
const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "arkime+arkime/turn.pcap": { stun: "TURN over TCP port 80, which tshark does not look for" },
  "Lekensteyn+wireshark-notes/websocket-sip.pcapng": { sip: "SIP inside of WebSocket: the flow is HTTP" },
};

const files =
  SHARED === undefined
    ? []
    : sharedJson<{ files: { file: string; facts: { tshark: Facts } }[] }>("captures", "real", "manifest.json")
        .files;

describe.skipIf(SHARED === undefined)("through the command line", () => {
  let runs: Run[] = [];
  beforeAll(() => {
    const how = ["-q", "--json", "--columns", "application,host,host_source"];
    runs = o365flowEach(
      files.map(({ file }) => ({ args: ["classify", shared("captures", "real", file), ...how] })),
    );
  });

  it.each(files.map(({ file, facts }, i) => [file, facts.tshark, i] as const))(
    "%s: tshark's facts",
    (file, facts, i) => {
      const run = runs[i] ?? expect.fail("it was not run");
      const rows = JSON.parse(run.stdout) as Row[];
      const names = [...Object.keys(facts.tls.sni), ...Object.keys(facts.quic.sni)]
        .map((name) => name.toLowerCase().replace(/\.$/, ""))
        .filter((name) => !NO_NAMES.has(name));
      const ours = rows.filter(({ host_source: source }) => source === "sni" || source === "quic");
      // Bytes of this one were changed at random.
      if (!file.includes("fuzz")) expect(new Set(ours.map(({ host }) => host))).toEqual(new Set(names));
      const kinds: Readonly<Record<string, boolean>> = {
        stun: rows.some(({ application }) => WITH_STUN.has(application)),
        dns: rows.some(({ application }) => application === "dns"),
        sip: rows.some(({ application }) => application === "sip"),
      };
      if (
        facts.stun.frames > 0 !== kinds["stun"] &&
        !rows.some(({ application }) => /^rtc?p$/.test(application))
      )
        expect(DIFFERENCES[file]).toHaveProperty("stun");
      for (const kind of ["dns", "sip"] as const)
        if (facts[kind].frames > 0 !== kinds[kind]) expect(DIFFERENCES[file]).toHaveProperty(kind);
    },
  );
});
