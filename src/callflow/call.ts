import type { ExpectedPath, Modality } from "../words.ts";
import type { CallFlow } from "./call-flow.ts";
import type { LegKind } from "./leg-kind.ts";
import type { LegPath } from "./leg-path.ts";
import type { Scenario } from "./scenarios.ts";

/** A leg, or a call, held against the documented call flow. */
export type LegVerdict = "as-documented" | "deviates" | "unproven";
export type CallVerdict = LegVerdict | "not-office365";

/** One flow of a call. */
export interface CallLeg {
  readonly flow: CallFlow;
  /** `checks`: connectivity checks or a relay allocation that carried no media. */
  readonly part: "media" | "signaling" | "checks";
  readonly kind: LegKind;
  /** Whose leg it is by the scenario, in words; empty where no scenario has such a leg. */
  readonly whose: string;
  /** Path that the fitting scenarios document for it; `either` where they allow both. */
  readonly documented: ExpectedPath;
  /** The scenario, principle or assumption behind it. */
  readonly documentedBy: string;
  /** One scenario fits, and it has this leg: what it documents can be expected of the flow. */
  readonly certain: boolean;
  /** Where it went while the call lasted; its flow can have moved at another time. */
  readonly taken: LegPath;
  readonly verdict: LegVerdict;
  /** How it deviates, or what is missing; empty for as-documented. */
  readonly how: string;
}

/** Somebody who takes part, by address. */
export interface CallUser {
  readonly address: string;
  readonly place: "inside" | "outside" | "unplaced";
  /** undefined for users outside, whose home nobody declares. */
  readonly home: "online" | "on-premises" | undefined;
  /** Declared as one of ours who is outside (`remote`). */
  readonly isRemote: boolean;
}

/** A server that media passes through or ends at. */
export interface CallRelay {
  readonly address: string;
  readonly port: number;
  /** "Office 365", "own edge", "own mediation", a partner's name ... */
  readonly whose: string;
  /** Relayed addresses that it granted, `address:port`. */
  readonly relayed: readonly string[];
}

export type Certainty = "certain" | "likely" | "possible" | "no";

export interface Finding {
  readonly certainty: Certainty;
  /** What it rests on, in words. */
  readonly reason: string;
}

export interface CallQualitySummary {
  readonly quality: "good" | "poor" | undefined;
  readonly jitterOutMs: number | undefined;
  readonly jitterBackMs: number | undefined;
  readonly lossOutPercent: number | undefined;
  readonly lossBackPercent: number | undefined;
  /** Worst loss of any 200 ms; reported, never judged. */
  readonly burstLossPercent: number | undefined;
  readonly rttMs: number | undefined;
  readonly mos: number | undefined;
}

/** A call with everything concluded of it. */
export interface Call {
  /** flow_id of the call's first media flow. */
  readonly id: string;
  /** First and last packet of its media, microseconds since 1970. */
  readonly startUs: number;
  readonly endUs: number;
  readonly users: readonly CallUser[];
  /** Legs in order of time: media, checks, signaling. */
  readonly legs: readonly CallLeg[];
  /** Whether anything says that Office 365, or a server or partner that the site declares, has to do with it. */
  readonly office365: boolean;
  readonly conference: Finding;
  readonly pstn: Finding;
  /** Direct between users, relayed, to a server, or one-way from a broadcast. */
  readonly route: "direct" | "relayed" | "server" | "broadcast";
  readonly relays: readonly CallRelay[];
  /** Addresses under which the users were seen from outside, `address:port`. */
  readonly reflexive: readonly string[];
  readonly modalities: readonly Modality[];
  readonly transports: readonly ("udp" | "tcp")[];
  /** Media went over TCP: slower, and a sign that UDP was blocked. */
  readonly tcpFallback: boolean;
  readonly retransmissions: number;
  /** Rows of the article that fit, in its order. */
  readonly scenarios: readonly Scenario[];
  /** What would decide where more than one fits, or why none does; empty where one does. */
  readonly open: string;
  readonly quality: CallQualitySummary;
  /** The same for media over ExpressRoute and over the Internet, where both were seen. */
  readonly qualityByPath: Readonly<Partial<Record<"expressroute" | "internet", CallQualitySummary>>>;
  readonly verdict: CallVerdict;
  readonly reason: string;
}
