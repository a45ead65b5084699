import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { callsInTurn } from "../../src/audit/call-windows.ts";
import { SortedSpill } from "../../src/audit/sorted-spill.ts";
import { Spill } from "../../src/audit/spill.ts";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { Call } from "../../src/callflow/call.ts";
import type { CallFlow } from "../../src/callflow/call-flow.ts";
import { compareFlows } from "../../src/callflow/group.ts";
import { anyFlow, dialog, heldFlow, reported, sharedDialog } from "../callflow/any-flow.ts";
import { flow, HOUR } from "../callflow/flows.ts";

const SITE = { hasExpressRoute: true };
const folder = mkdtempSync(join(tmpdir(), "o365flow-windows-"));
let made = 0;
const place = (): string => join(folder, String(made++));

afterAll(() => rmSync(folder, { recursive: true }));

function firstOf(call: Call): CallFlow {
  const [leg] = call.legs;
  if (leg === undefined) throw new RangeError("a call has media");
  return leg.flow;
}

function windowed(flows: readonly CallFlow[], fresh: number): Call[] {
  const calls = callsInTurn(flows.toSorted(compareFlows), SITE, { fresh, held: 1000, most: 1000 });
  return [...calls].sort((x, y) => compareFlows(firstOf(x), firstOf(y)));
}

/** SIP that offers the clients of two flows, and goes on. */
function ofBoth(one: string, other: string, when: { readonly at: number; readonly lasts: number }): CallFlow {
  const ends = [one, other].map((both) => flow(both).client);
  const signaling = sharedDialog("alice", null, 50_001, 3478, when);
  return {
    ...signaling,
    dialogs: signaling.dialogs.map((offer) => ({
      ...offer,
      isUnderway: true,
      media: offer.media.map((item) => ({
        ...item,
        addresses: item.addresses.flatMap((known) =>
          ends.map(({ address, port }) => ({ ...known, address, port })),
        ),
      })),
    })),
  };
}

describe("calls put together window by window", () => {
  it("are the calls of all flows together, however small the windows", () => {
    let cut = 0;
    fc.assert(
      fc.property(
        fc.array(anyFlow, { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        (flows, fresh) => {
          const whole = assembleCalls(flows, SITE);
          expect(windowed(flows, fresh)).toEqual(whole);
          if (whole.length > 1 && flows.length > fresh) cut += 1;
        },
      ),
      { numRuns: 400 },
    );
    expect(cut).toBeGreaterThan(200);
  });

  const others = Array.from({ length: 20 }, (_, i) =>
    flow(`carol:${50_000 + i} online:3479`, { at: 40 + i * 40, lasts: 1 }),
  );

  it.each([
    {
      what: "wait for a dialog that goes on: its media may begin anew",
      flows: [
        dialog("alice", "bob", 50_001, { at: 0, lasts: 1200 }),
        flow("alice:50001 bob:50001", { at: 10, lasts: 20 }),
        flow("alice:50001 bob:50001", { at: 900, lasts: 20 }),
      ],
      calls: 1,
    },
    {
      what: "of a Mediation Server stay apart where two began at a time, though one of these is long over",
      flows: [
        flow("alice:50000 mediation:50010", { at: 10, lasts: 1000 }),
        flow("mediation:50020 gateway:5004", { at: 11, lasts: 5 }),
        flow("mediation:50030 gateway:5005", { at: 12, lasts: 1000 }),
      ],
      calls: 3,
    },
    {
      what: "at a server's address that a dialog names stay apart, though one of these is long over",
      flows: [
        {
          ...sharedDialog("dave", null, 50_000, 54_000, { at: 0, lasts: 1 }),
          endUs: (HOUR + 3000) * 1e6,
        },
        flow("alice:50000 online:54000", { at: 5, lasts: 5 }),
        flow("bob:50000 online:54000", { at: 10, lasts: 1000 }),
      ],
      calls: 2,
    },
    {
      what: "at a server's address that a relay names stay apart, though one of these is long over",
      flows: [
        flow("dave:50000 online:3478", { at: 5, lasts: 1500, reported: [reported("online", 54_000)] }),
        flow("alice:50000 online:54000", { at: 5, lasts: 5 }),
        flow("bob:50000 online:54000", { at: 10, lasts: 5 }),
        flow("bob:50000 online:54000", { at: 900, lasts: 900 }),
      ],
      calls: 4,
    },
    {
      what: "of two users whom one dialog offers stay together, though one of these is over by a second",
      flows: [
        flow("alice:50001 online:3479", { at: 0, lasts: 100 }),
        flow("roamer:50001 online:3479", { at: 0, lasts: 101 }),
        ofBoth("alice:50001 online:3479", "roamer:50001 online:3479", { at: 85, lasts: 16 }),
        sharedDialog("carol", null, 50_001, 3478, { at: 221, lasts: 0 }),
      ],
      calls: 2,
    },
    {
      what: "wait for who is on hold",
      flows: [0, 1, 2].map((part) => heldFlow("dave:50000 online:3479", part)),
      calls: 1,
    },
    {
      what: "of a gateway wait for who is on hold",
      flows: [0, 1, 2].map((part) => heldFlow("gateway:20000 online:52000", part)),
      calls: 1,
    },
  ])("$what", ({ flows, calls }) => {
    const all = [...flows, ...others];
    const whole = assembleCalls(all, SITE);
    expect(whole).toHaveLength(calls + others.length);
    expect(windowed(all, 2)).toEqual(whole);
  });

  it("are let go when they are over: a day of calls keeps no more than go on", () => {
    const flows = Array.from({ length: 600 }, (_, i) =>
      flow("alice:50000 online:3479", { at: i * 300, lasts: 60 }),
    );
    let ahead = 0;
    let most = 0;
    const watched = function* (): Generator<CallFlow> {
      for (const each of flows) {
        ahead += 1;
        yield each;
      }
    };
    let calls = 0;
    for (const _ of callsInTurn(watched(), SITE, { fresh: 5, held: 1000, most: 1000 })) {
      calls += 1;
      most = Math.max(most, ahead - calls);
    }
    expect(calls).toBe(600);
    expect(most).toBeLessThan(12);
  });

  it("may be on hold no longer than there is room for it", () => {
    const held = [0, 1].map((part) => heldFlow("gateway:20000 online:52000", part));
    const flows = [...held, ...others].toSorted(compareFlows);
    const calls = (room: number): number =>
      [...callsInTurn(flows, SITE, { fresh: 2, held: room, most: 1000 })].length;
    expect(calls(10)).toBe(1 + others.length);
    expect(calls(0)).toBe(2 + others.length);
  });

  it("are cut in two rather than kept without end", () => {
    const flows = Array.from({ length: 30 }, (_, i) =>
      flow(`alice:${50_000 + i} online:3479`, { at: i, lasts: 4000 }),
    );
    expect(assembleCalls(flows, SITE)).toHaveLength(1);
    expect([...callsInTurn(flows, SITE, { fresh: 5, held: 12, most: 12 })].length).toBeGreaterThan(1);
  });
});

describe("values that are spilled", () => {
  it("come back in the order of their numbers, and of the values where these are equal", () => {
    const spill = new SortedSpill<{ name: string; none: undefined; odd: number }>(place(), (x, y) =>
      x.name < y.name ? -1 : 1,
    );
    const names = Array.from({ length: 3000 }, (_, i) => `${(i * 7919) % 3000} ${"long".repeat(i % 90)}`);
    names.forEach((name, i) => spill.add({ name, none: undefined, odd: Number.NaN }, i % 10, i % 3));
    const wanted = names
      .map((name, i) => ({ name, first: i % 10, second: i % 3 }))
      .sort((x, y) => x.first - y.first || x.second - y.second || (x.name < y.name ? -1 : 1));
    expect([...spill.inOrder()]).toEqual(
      wanted.map(({ name }) => ({ name, none: undefined, odd: Number.NaN })),
    );
    spill.close();
  });

  it("are the bytes that were added, larger ones than any buffer among them", () => {
    const spill = new Spill(place());
    const pieces = [1, 300_000, 5, 262_144, 16_385, 100, 700_000, 3].map((length, i) =>
      new Uint8Array(length).fill(i + 1),
    );
    const places = pieces.map((piece) => spill.add(piece));
    for (const i of [7, 0, 3, 1, 6, 2, 5, 4])
      expect(
        Buffer.compare(spill.read(places[i] ?? 0, pieces[i]?.length ?? 0), pieces[i] ?? new Uint8Array()),
      ).toBe(0);
    spill.clear();
    expect(spill.size).toBe(0);
    expect(spill.add(Uint8Array.of(9))).toBe(0);
    expect([...spill.read(0, 1)]).toEqual([9]);
    spill.close();
  });
});
