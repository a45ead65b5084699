import type { Direction, Zone } from "../words.ts";

/** Facts from which client and server, out and back of a flow are told. Ports are those of A and B. */
export interface EndFacts {
  /** Direction of a SYN without ACK, or against a SYN-ACK; undefined where no handshake was seen. */
  readonly synDirection: Direction | undefined;
  /** Direction of the protocol's first request (ClientHello, STUN, DNS, SIP). */
  readonly initiator: Direction | undefined;
  readonly portA: number;
  readonly portB: number;
  readonly firstDirection: Direction;
  readonly zoneA: Zone;
  readonly zoneB: Zone;
}

/** Which way is which in a flow record. */
export interface Ends {
  /** Direction in which the client sends. */
  readonly client: Direction;
  /** Direction that leaves our network. */
  readonly out: Direction;
  /** True when our side opened the flow. */
  readonly openedByUs: boolean;
}

/** Client and server, out and back: `out` leaves our network, whoever opened the flow. */
export function decideEnds(facts: EndFacts): Ends {
  const client =
    facts.synDirection ?? facts.initiator ?? byPort(facts.portA, facts.portB) ?? facts.firstDirection;
  const [a, b] = [nearness(facts.zoneA), nearness(facts.zoneB)];
  const out: Direction = a === b ? client : a > b ? 0 : 1;
  return { client, out, openedByUs: client === out };
}

/**
 * Of two ends the one with more is ours, so that out leaves it. A user at home is ours towards Microsoft, and outside towards
 * our network; of two outside ends the one that is not Microsoft's is ours, behind NAT.
 */
function nearness(zone: Zone): number {
  if (zone === "internal" || zone === "on-premises-server") return 3;
  if (zone === "remote") return 2;
  return zone === "microsoft" ? 0 : 1;
}

/** Registered ports above 1023 that are servers' in practice: STUN/TURN and Microsoft's relays, SIP, proxies, DNS. */
const SERVER_PORTS = new Set([
  1080, 3128, 3389, 3478, 3479, 3480, 3481, 4789, 5060, 5061, 5062, 5063, 5065, 5067, 5068, 5070, 5081, 5082,
  5349, 5353, 8080, 8443, 8888,
]);

/** 0 a server's port, 1 a registered one, 2 an ephemeral one (Linux hands them out from 32768 on, others from 49152). */
function portClass(port: number): number {
  if (port < 1024 || SERVER_PORTS.has(port)) return 0;
  return port < 32_768 ? 1 : 2;
}

function byPort(portA: number, portB: number): Direction | undefined {
  const a = portClass(portA);
  const b = portClass(portB);
  if (a === b) return undefined;
  return a > b ? 0 : 1;
}
