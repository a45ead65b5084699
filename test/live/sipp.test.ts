import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flowsOf } from "../protocols/capture-flows.ts";
import { canRun, dropped, rowsOf, runInNetwork, tshark } from "./network.ts";

/** A call of sipp over UDP whose media is dropped in the middle: audio only, every 25th
 * packet out and every 17th back. None is the last one, whose loss no sequence number shows. */
const CALL = `
mkdir pcap && cp /usr/share/sip-tester/*.pcap pcap/
OUT="iptables -A FORWARD -i mid0 -p udp --dport 6000 -m length --length 200:400"
BACK="iptables -A FORWARD -i mid1 -p udp --sport 6000 -m length --length 200:400"
$MID $OUT -m statistic --mode nth --every 25 --packet 7 -j DROP
$MID $BACK -m statistic --mode nth --every 17 --packet 3 -j DROP
$FAR sipp -sn uas -i 198.51.100.10 -p 5060 -mp 6000 -rtp_echo -nostdin >/dev/null 2>&1 & server=$!
sleep 1
$NEAR timeout 40 sipp -sn uac_pcap 198.51.100.10:5060 -i 10.20.0.10 -p 5060 -mp 7000 -m 1 -nostdin >/dev/null 2>&1
kill -9 $server
$FAR sipp -sn uas -t t1 -i 198.51.100.10 -p 5062 -nostdin >/dev/null 2>&1 & server=$!
sleep 1
$NEAR timeout 20 sipp -sn uac -t t1 198.51.100.10:5062 -i 10.20.0.10 -d 500 -m 1 -nostdin >/dev/null 2>&1
kill -9 $server
$MID iptables -L FORWARD -nvx >dropped.txt
`;

/** One direction's audio by tshark's own RTP dissector: packets, and the loss that extended sequence numbers show. */
function audio(capture: string, port: "srcport" | "dstport"): { packets: number; lost: number } {
  const sequences = tshark(capture, `rtp.p_type==8 && udp.${port}==6000`, "rtp.seq").map(([text]) =>
    Number(text),
  );
  const expected = Math.max(...sequences) - Math.min(...sequences) + 1;
  return { packets: sequences.length, lost: expected - new Set(sequences).size };
}

describe.skipIf(!canRun("sipp", "iptables", "tshark"))("sipp calls through a link that drops media", () => {
  let folder = "";
  beforeAll(() => {
    folder = runInNetwork(CALL);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("what the link dropped on the way out is the loss behind it, and none before it", () => {
    const [out] = dropped(folder);
    expect(out).toBeGreaterThan(5);
    const behind = audio(join(folder, "far.pcapng"), "dstport");
    expect(behind.lost).toBe(out);
    const media = rowsOf("classify", join(folder, "far.pcapng")).find(
      ({ application }) => application === "rtp",
    );
    expect(media?.["loss_out_pct"]).toBeCloseTo((100 * Number(out)) / (behind.packets + behind.lost), 3);
    const before = rowsOf("classify", join(folder, "near.pcapng")).find(
      ({ application }) => application === "rtp",
    );
    expect(before?.["loss_out_pct"]).toBe(0);
  });

  it("what returned lacks what both ways dropped", () => {
    const [out, back] = dropped(folder);
    const returned = audio(join(folder, "near.pcapng"), "srcport");
    expect(returned.lost).toBe(Number(out) + Number(back));
    const media = rowsOf("classify", join(folder, "near.pcapng")).find(
      ({ application }) => application === "rtp",
    );
    expect(media).toMatchObject({ codec: "PCMA", modality: "audio", traffic_type: "media" });
    expect(media?.["loss_back_pct"]).toBeCloseTo(
      (100 * returned.lost) / (returned.packets + returned.lost),
      3,
    );
  });

  it("is one call of SIP and media, over UDP", () => {
    const calls = rowsOf("calls", join(folder, "near.pcapng"));
    expect(calls.filter(({ flows, modality }) => flows === 2 && modality === "audio")).toHaveLength(1);
    expect(calls[0]).toMatchObject({ users: "10.20.0.10", transport: "udp", quality: "poor" });
  });

  it("has sipp's Call-IDs over UDP and TCP", async () => {
    const capture = join(folder, "near.pcapng");
    const truth = new Set(tshark(capture, "sip.Method == INVITE", "sip.Call-ID").map(([id]) => id));
    const { flows } = await flowsOf(capture);
    const found = flows
      .flatMap(({ results: { tcp, sip } }) => [tcp, sip])
      .filter((result) => result?.application === "sip")
      .flatMap((result) => [...(result?.dialogs ?? []).map(({ callId }) => callId)]);
    expect(truth.size).toBe(2);
    expect(new Set(found)).toEqual(truth);
  });
});
