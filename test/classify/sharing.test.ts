import fc from "fast-check";
import { expect, it } from "vitest";
import type { LegReader } from "../../src/classify/leg-group.ts";
import { sharing } from "../../src/classify/sharing.ts";
import { identityKey } from "../../src/protocols/identity-key.ts";
import type { Recognition } from "../../src/protocols/recognition.ts";

/** A reader that knows identities: read ones as a recognition, others as keys. */
function reader(identities: readonly (readonly string[])[], unread: (flow: number) => boolean): LegReader {
  const fail = (): never => {
    throw new TypeError("is not asked");
  };
  return {
    leg: fail,
    recognition: fail,
    touches: fail,
    mayProve: fail,
    isUnreadStun: fail,
    details: (flow) =>
      unread(flow)
        ? undefined
        : ({
            application: "stun",
            confidence: "high",
            rule: "",
            firstPacket: 1,
            identities: identities[flow],
          } as Recognition),
    unreadKeys: (flow, each) => {
      for (const identity of identities[flow] ?? []) each(identityKey(identity), flow);
    },
  };
}

it("flows that share an identity are those that a look at all pairs finds", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.array(
          fc.nat(40).map((id) => `stun:${id}`),
          { maxLength: 3 },
        ),
        { maxLength: 30 },
      ),
      fc.nat(3),
      (identities, every) => {
        const flows = identities.map((_, flow) => flow);
        const wanted = flows.filter((flow) =>
          flows.some(
            (other) => other !== flow && identities[flow]?.some((id) => identities[other]?.includes(id)),
          ),
        );
        const found = sharing(
          flows,
          reader(identities, (flow) => flow % (every + 1) === 0),
        );
        expect([...found].toSorted((x, y) => x - y)).toEqual(wanted);
      },
    ),
  );
});

it("many flows without a common identity share nothing, and two among them are found", () => {
  const identities = Array.from({ length: 5000 }, (_, flow) => [`tls:${flow === 4000 ? 17 : flow}`]);
  const flows = identities.map((_, flow) => flow);
  expect([
    ...sharing(
      flows,
      reader(identities, () => false),
    ),
  ]).toEqual([17, 4000]);
});

it("streams whose SSRCs were made up to lie in one place of a table cost no more than others", () => {
  // Multiples of a power of two, as one that multiplies and takes the lowest bits puts them into few places.
  const inverse = inverseOf(0x9e3779b1);
  const flows = Array.from({ length: 100_000 }, (_, flow) => flow);
  const ssrcs = flows.map((flow) => Math.imul(((flow % 8192) << 19) | ((flow >>> 13) << 1), inverse) >>> 0);
  const streams: LegReader = {
    ...reader([], () => false),
    details: (flow) => ({ streams: [{ ssrc: ssrcs[flow] }] }) as unknown as Recognition,
  };
  const began = performance.now();
  expect(sharing(flows, streams).size).toBe(0);
  expect(performance.now() - began).toBeLessThan(2000); // ten seconds and more, were they in one place
});

/** The number that times `odd` is 1 in 32 bits. */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}
