import fc from "fast-check";
import { expect, it } from "vitest";
import type { LegReader } from "../../src/classify/leg-group.ts";
import { sharing } from "../../src/classify/sharing.ts";
import { SpareWords } from "../../src/flows/spare-words.ts";
import { identityKey } from "../../src/protocols/identity-key.ts";

/** A reader that knows keys only. */
function reader(keysOf: (flow: number) => readonly number[]): LegReader {
  const fail = (): never => {
    throw new TypeError("is not asked");
  };
  return {
    leg: fail,
    recognition: fail,
    touches: fail,
    mayProve: fail,
    isUnreadStun: fail,
    details: fail,
    identityKeys: (flow, sink) => {
      for (const key of keysOf(flow)) sink.add(key);
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
      (identities) => {
        const flows = identities.map((_, flow) => flow);
        const wanted = flows.filter((flow) =>
          flows.some(
            (other) => other !== flow && identities[flow]?.some((id) => identities[other]?.includes(id)),
          ),
        );
        const found = sharing(
          flows,
          reader((flow) => (identities[flow] ?? []).map((identity) => identityKey(identity))),
          new SpareWords(new Uint32Array(5000).fill(9)),
        );
        expect([...found].toSorted((x, y) => x - y)).toEqual(wanted);
      },
    ),
  );
});

it("many flows without a common identity share nothing, and two among them are found", () => {
  const flows = Array.from({ length: 5000 }, (_, flow) => flow);
  const shared = sharing(
    flows,
    reader((flow) => [identityKey(`tls:${flow === 4000 ? 17 : flow}`)]),
    new SpareWords(),
  );
  expect([...shared]).toEqual([17, 4000]);
});

/** Words whose reads are counted. */
class CountedWords extends SpareWords {
  reads = 0;

  override take(length: number): Uint32Array {
    return new Proxy(super.take(length), {
      get: (words, key) => {
        const value: unknown = Reflect.get(words, key, words);
        if (typeof value === "number") this.reads += 1;
        return typeof value === "function" ? (value.bind(words) as unknown) : value;
      },
      set: (words, key, value) => Reflect.set(words, key, value, words),
    });
  }
}

it("streams whose SSRCs were made up to lie in one place of a table cost no more than others", () => {
  // Multiples of a power of two, as one that multiplies and takes the lowest bits puts them into few places.
  const inverse = inverseOf(0x9e3779b1);
  const flows = Array.from({ length: 10_000 }, (_, flow) => flow);
  const ssrcs = flows.map((flow) => Math.imul(((flow % 8192) << 19) | ((flow >>> 13) << 1), inverse) >>> 0);
  const streams = reader((flow) => [(ssrcs[flow] ?? 0) | 0]);
  const words = new CountedWords();
  expect(sharing(flows, streams, words).size).toBe(0);
  expect(words.reads).toBeGreaterThan(flows.length);
  expect(words.reads / flows.length).toBeLessThan(20); // thousands, were they in one place
});

/** The number that times `odd` is 1 in 32 bits. */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}
