import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CaptureError } from "../../src/capture/errors.ts";
import { loadEndpoints } from "../../src/endpoints/history.ts";
import { siteFromText } from "../../src/site/load.ts";
import { audit, type Audited, type AuditOptions, rowsOf } from "../audit/pipeline.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { Noise } from "../support/bytes.ts";
import { at, milliseconds, Tape, TcpConversation } from "../support/conversation.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const START = at("2026-03-09T10:00:00Z");
const SITE = siteFromText(
  'version: 1\npaths:\n  - { name: er, kind: expressroute, files: ["er-*"], complete: true }\n  - { name: isp, kind: internet, files: ["isp-*"] }\n',
  "site.yaml",
);

const NO_OPTIONS = {
  asOf: undefined,
  timeouts: undefined,
  convergeSeconds: undefined,
  maxFlows: undefined,
};

/** A connection of some seconds, of which the tap of each sense has what passed there, and some others before and after it. */
function taps(backward: Tape, forward: Tape): void {
  const noise = new Noise(5);
  const talk = (port: number, seconds: number, out: Tape): void => {
    const conversation = new TcpConversation({
      client: { address: "10.20.30.41", port },
      server: { address: "52.113.194.132", port: 443 },
      start: START + milliseconds(1000 * seconds),
      forward: [{ tape: out }],
      backward: [{ tape: backward }],
    });
    conversation.connect();
    for (let i = 0; i < 5; i++)
      conversation
        .until(START + milliseconds(1000 * (seconds + i)))
        .send("client", noise.bytes(300), "acknowledged")
        .send("server", noise.bytes(300), "acknowledged");
  };
  talk(51000, -100, forward);
  talk(52000, 0, new Tape());
  talk(51001, 100, forward);
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function middle(
  paths: readonly string[],
  missing: readonly CaptureError[] = [],
  site = SITE,
): Promise<unknown> {
  const { rows } = await classifyFiles(paths, site, missing);
  return rows.find((row) => row.client_port === 52000);
}

const ABSENT = { path_out: "internet", path_out_basis: ["absence"], symmetry: "asymmetric" };
const UNKNOWN = { path_out: "none", path_out_basis: [], symmetry: "one-way", verdict: "unproven" };

describe("a path that is captured while markers change", () => {
  const [back, out] = [new Tape(), new Tape()];
  taps(back, out);
  const rx = file("er-changes.pcap", back.pcap());
  const withDates = (er: string, isp: string): Promise<unknown> =>
    middle(
      [rx],
      [],
      siteFromText(
        `version: 1\npaths:\n  - { name: er, kind: expressroute, ${er}, complete: true }\n  - { name: isp, kind: internet, ${isp} }\n`,
        "site.yaml",
      ),
    );

  it.each(["2026-03-09T09:59:00", "2026-03-09T10:00:02", "2026-03-09T10:01:00"])(
    "shows by absence what it would without a date of another path: %s",
    async (date) => {
      expect(await withDates('files: ["er-*"]', `match: [{ file: "isp-*", from: "${date}" }]`)).toMatchObject(
        ABSENT,
      );
      const cut = `match: [{ file: "er-*", to: "${date}" }, { file: "er-*", from: "${date}" }]`;
      expect(await withDates(cut, 'files: ["isp-*"]')).toMatchObject(ABSENT);
    },
  );

  it("shows nothing where the path's own markers end while the flow lasts, or for some time", async () => {
    const until = 'match: [{ file: "er-*", to: "2026-03-09T10:00:02" }]';
    expect(await withDates(until, 'files: ["isp-*"]')).not.toMatchObject({ path_out: "internet" });
    const hole =
      'match: [{ file: "er-*", to: "2026-03-09T10:00:01" }, { file: "er-*", from: "2026-03-09T10:00:03" }]';
    expect(await withDates(hole, 'files: ["isp-*"]')).not.toMatchObject({ path_out: "internet" });
  });
});

describe("a path that is captured by a tap for each sense", () => {
  const [back, out] = [new Tape(), new Tape()];
  taps(back, out);
  const rx = file("er-rx.pcap", back.pcap());
  const outBytes = out.pcap();

  it("shows by absence that a direction went elsewhere", async () => {
    expect(await middle([rx, file("er-tx.pcap", outBytes)])).toMatchObject(ABSENT);
  });

  it.each([
    ["ends in mid-packet before the flow", outBytes.subarray(0, 400)],
    ["ends in mid-packet behind the flow", outBytes.subarray(0, -5)],
    ["cannot be read", outBytes.subarray(0, 9)],
  ])("shows nothing by absence where one of them %s", async (_what, bytes) => {
    expect(await middle([rx, file("er-tx.pcap", bytes)])).toMatchObject(UNKNOWN);
  });

  it("shows nothing by absence where one of them is not there", async () => {
    const gone = (name: string): CaptureError => new CaptureError("missing", `taps/${name}`, "gone");
    expect(await middle([rx], [gone("er-tx.pcap")])).toMatchObject(UNKNOWN);
    expect(await middle([rx], [gone("isp-a.pcap")])).toMatchObject(ABSENT);
    expect(await middle([rx], [gone("isp-a.pcapng.gz")])).toMatchObject(ABSENT);
    // A folder or a glob: who knows what would be in it?
    expect(await middle([rx], [gone("london")])).toMatchObject(UNKNOWN);
    expect(await middle([rx], [gone("*.pcap")])).toMatchObject(UNKNOWN);
  });

  it("shows nothing by absence in an audit, either, where one of them is not there or was set aside", async () => {
    const settings = { site: SITE, history: loadEndpoints("worldwide", { userData: null }) };
    const audited = async (paths: readonly string[], options: AuditOptions = {}): Promise<Audited> =>
      audit(paths, { ...NO_OPTIONS, ...settings }, options, mkdtempSync(join(folder, "audit-")));
    const middleOf = ({ csv }: Audited): unknown => rowsOf(csv).find((row) => row["client_port"] === "52000");
    const tx = file("er-tx.pcap", outBytes);
    expect(middleOf(await audited([rx, tx]))).toMatchObject({ path_out_basis: "absence" });
    const unknown = { path_out: "none", path_out_basis: "", symmetry: "one-way" };
    expect(middleOf(await audited([rx], { missing: ["/taps/er-tx.pcap"] }))).toMatchObject(unknown);
    // A worker that cannot survey a capture leaves nothing of it but its name.
    const setAside = [{ path: "/taps/er-tx.pcap", sha256: "", reason: "could not be read: it hangs" }];
    const without = await audited([rx], { setAside, formats: ["csv"] });
    expect(middleOf(without)).toMatchObject(unknown);
    expect(rowsOf(readFileSync(join(without.directory, "files.csv"), "utf8"))).toMatchObject([
      { capture: "er-rx.pcap", status: "ok" },
      { capture: "er-tx.pcap", status: "set-aside", reason: "could not be read: it hangs", bytes: "" },
    ]);
  });

  it("shows it where a capture of a rotation is damaged, and another had begun by then", async () => {
    const [damaged, rest] = [file("er-tx1.pcap", outBytes.subarray(0, 900)), file("er-tx2.pcap", outBytes)];
    expect(await middle([rx, damaged, rest])).toMatchObject(UNKNOWN);
    const later = new Tape();
    const before = new TcpConversation({
      client: { address: "10.20.30.41", port: 53000 },
      server: { address: "52.113.194.132", port: 443 },
      start: START - milliseconds(50_000),
      forward: [{ tape: later }],
      backward: [],
    });
    before.connect();
    expect(await middle([rx, damaged, file("er-tx3.pcap", later.pcap())])).toMatchObject(ABSENT);
  });
});
