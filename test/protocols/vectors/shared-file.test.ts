import { describe, expect, it } from "vitest";
import { SHARED, sharedJson } from "../../support/shared.ts";
import { COMMUNITY_IDS } from "./community-id.ts";
import { JA4 } from "./ja4.ts";
import { E_MODEL, JITTER, LOSS } from "./media-quality.ts";
import { RFC_9001 } from "./quic.ts";
import { DEMUX, MS_TURN, RFC_5769 } from "./stun.ts";

describe.skipIf(SHARED === undefined)("the shared file of vectors", () => {
  interface File {
    note: string;
    stun_rfc5769: { hex: string }[];
    ms_turn: { hex: string }[];
    demux: { hex: string }[];
    quic: {
      rfc9001_A: { dcid: string; client_initial_packet: string; server_initial_packet: string };
      rfc9369_A: { dcid: string };
    };
    community_id: {
      proto: number;
      saddr: string;
      daddr: string;
      sport: number | null;
      dport: number | null;
      seed: number;
      communityid: string;
    }[];
    ja4: { sni: string; ja4_computed: string }[];
    jitter: { jitter_ms_after_each: number[] }[];
    loss: { seq: number[] }[];
    mos: { R: number }[];
  }

  it("has no section and no vector that is not tested beside this file", () => {
    const file = sharedJson<File>("facts", "test-vectors.json");
    expect(Object.keys(file).toSorted()).toEqual([
      "community_id",
      "demux",
      "ja4",
      "jitter",
      "loss",
      "mos",
      "ms_turn",
      "note",
      "quic",
      "stun_rfc5769",
    ]);
    const hexOf = (list: readonly { hex: string }[]): string[] => list.map((item) => item.hex);
    expect(hexOf(file.stun_rfc5769)).toEqual(Object.values(RFC_5769));
    expect(hexOf(file.ms_turn)).toEqual(Object.values(MS_TURN));
    expect(hexOf(file.demux)).toEqual(Object.values(DEMUX));
    expect(Object.keys(file.quic)).toEqual(["rfc9001_A", "rfc9369_A"]);
    expect(file.quic.rfc9001_A).toMatchObject({
      client_initial_packet: RFC_9001.clientInitial,
      server_initial_packet: RFC_9001.serverInitial,
    });
    const ids = COMMUNITY_IDS.flatMap(([proto, saddr, daddr, sport, dport, seed0, seed1]) => [
      [proto, saddr, daddr, sport, dport, 0, seed0].join(" "),
      [proto, saddr, daddr, sport, dport, 1, seed1].join(" "),
    ]);
    expect(
      file.community_id
        .map((v) => [v.proto, v.saddr, v.daddr, v.sport ?? 0, v.dport ?? 0, v.seed, v.communityid].join(" "))
        .toSorted(),
    ).toEqual(ids.toSorted());
    expect(file.ja4.map((v) => [v.sni, v.ja4_computed])).toEqual(JA4.map((v) => [v.serverName, v.ja4]));
    expect(file.jitter.map((v) => v.jitter_ms_after_each)).toEqual([JITTER.jitterMs]);
    expect(file.loss.map((v) => v.seq)).toEqual([LOSS.sequences]);
    expect(file.mos.map((v) => v.R)).toEqual(E_MODEL.map((v) => v[4]));
  });
});
