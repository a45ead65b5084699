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

/** Client and server, out and back (CONTRACT, section 1). */
export function decideEnds(facts: EndFacts): Ends {
  const client =
    facts.synDirection ?? facts.initiator ?? byPort(facts.portA, facts.portB) ?? facts.firstDirection;
  const oursA = isOurs(facts.zoneA);
  const oursB = isOurs(facts.zoneB);
  let out: Direction = client;
  if (oursA !== oursB) out = oursA ? 0 : 1;
  else if (!oursA && (facts.zoneA === "microsoft") !== (facts.zoneB === "microsoft")) {
    out = facts.zoneB === "microsoft" ? 0 : 1;
  }
  return { client, out, openedByUs: client === out };
}

/** Zones inside the customer's organisation. */
export function isOurs(zone: Zone): boolean {
  return zone === "internal" || zone === "on-premises-server" || zone === "remote";
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
