import { describe, expect, it } from "vitest";
import { parseAddress } from "../../../src/address/address.ts";
import { communityId } from "../../../src/protocols/community-id.ts";
import { COMMUNITY_IDS } from "./community-id.ts";

describe("Community ID", () => {
  const idOf = (vector: (typeof COMMUNITY_IDS)[number], seed?: number): string => {
    const [protocol, from, to, fromPort, toPort] = vector;
    const a = parseAddress(from);
    const b = parseAddress(to);
    if (a === undefined || b === undefined) throw new Error("no address");
    return communityId(a.version, a.words, b.words, fromPort, toPort, protocol, seed);
  };

  it.each(COMMUNITY_IDS.map((vector) => ({ vector, name: vector.slice(0, 5).join(" ") })))(
    "$name, seeds 0 and 1",
    ({ vector }) => {
      expect(idOf(vector)).toBe(vector[5]);
      expect(idOf(vector, 0)).toBe(vector[5]);
      expect(idOf(vector, 1)).toBe(vector[6]);
    },
  );
});
