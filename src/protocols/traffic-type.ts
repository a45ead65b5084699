import type { Application, ServiceArea, TrafficType } from "../words.ts";
import type { HostRole } from "./host-roles.ts";

/** What is known of a flow when its traffic type is decided. */
export interface TrafficFacts {
  readonly application: Application;
  readonly transport: "tcp" | "udp";
  /** Role of the server's name, `hostRole(host)`. */
  readonly role: HostRole | undefined;
  readonly clientPort: number;
  readonly serverPort: number;
  /** Service area of the chosen endpoint set, undefined where nothing matches. */
  readonly serviceArea: ServiceArea | undefined;
  /** `Recognition.carriesMedia`. */
  readonly carriesMedia: boolean;
}

export interface TrafficDecision {
  readonly trafficType: TrafficType;
  /** Short, in words: the rule that decided. */
  readonly reason: string;
}

/** Traffic type of a flow (first rule that holds); `other` when no rule does. */
export function trafficTypeOf(facts: TrafficFacts): TrafficDecision {
  return facts.carriesMedia
    ? { trafficType: "media", reason: "media seen inside" }
    : { trafficType: "other", reason: "no rule for it" };
}
