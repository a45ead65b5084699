import { expect, it } from "vitest";
import { type EndFacts, decideEnds } from "../../src/flows/ends.ts";

const FACTS: EndFacts = {
  synDirection: undefined,
  initiator: undefined,
  portA: 50_000,
  portB: 443,
  firstDirection: 1,
  zoneA: "internal",
  zoneB: "microsoft",
};

it.each<[string, Partial<EndFacts>, 0 | 1, 0 | 1]>([
  ["a SYN tells the client", { synDirection: 1, initiator: 0 }, 1, 0],
  ["else the first request", { initiator: 1 }, 1, 0],
  ["else the ephemeral port", {}, 0, 0],
  ["else the first sender", { portA: 50_000, portB: 50_001 }, 1, 0],
  ["Microsoft opens a flow to our server", { synDirection: 1, portA: 25, portB: 40_000 }, 1, 0],
  [
    "between two inside addresses out is the client's direction",
    { zoneB: "internal", synDirection: 1 },
    1,
    1,
  ],
  [
    "of two outside addresses the one that is not Microsoft's is ours",
    { zoneA: "microsoft", zoneB: "internet", synDirection: 0 },
    0,
    1,
  ],
  ["a user at home opens a flow to our server", { zoneB: "remote", portA: 5061, portB: 50_000 }, 1, 0],
  ["our server opens one to a user at home", { zoneA: "remote", zoneB: "internal", synDirection: 1 }, 1, 1],
  ["a user at home opens a flow to Microsoft", { zoneA: "remote", synDirection: 0 }, 0, 0],
  ["a partner opens a flow to a user at home", { zoneA: "remote", zoneB: "partner", synDirection: 1 }, 1, 0],
  ["Microsoft opens one to an address that nobody knows", { zoneA: "internet", synDirection: 1 }, 1, 0],
  ["a registered server port beats an ephemeral one", { portA: 3478, portB: 50_012 }, 1, 0],
])("%s", (_name, more, client, out) => {
  const ends = decideEnds({ ...FACTS, ...more });
  expect(ends).toEqual({ client, out, openedByUs: client === out });
});
