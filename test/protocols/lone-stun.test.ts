import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quickLook } from "../../src/protocols/demux-quick-look.ts";
import { identityKey } from "../../src/protocols/identity-key.ts";
import { LoneStun } from "../../src/protocols/lone-stun.ts";
import { UdpInspector } from "../../src/protocols/udp-inspector.ts";
import {
  ALLOCATE_REQUEST,
  BINDING_REQUEST,
  BINDING_SUCCESS,
  stun,
  stunXorAddress,
} from "../support/payloads-media.ts";
import { Datagrams } from "./datagrams.ts";

const DATA = 0x0013;
const USERNAME = 0x0006;
const XOR_MAPPED_ADDRESS = 0x0020;

const transaction = fc.uint8Array({ minLength: 12, maxLength: 12 });
/** A request, an answer or an RFC 3489 request (whose cookie is part of its id). */
const message = fc
  .record({
    id: transaction,
    kind: fc.constantFrom("request", "answer", "classic"),
    fingerprint: fc.boolean(),
  })
  .map(({ id, kind, fingerprint }) => {
    if (kind === "answer") {
      const mapped = stunXorAddress("203.0.113.9", 50_000, id);
      return stun(BINDING_SUCCESS, [[XOR_MAPPED_ADDRESS, mapped]], { transaction: id, fingerprint });
    }
    const bytes = stun(BINDING_REQUEST, [[USERNAME, id]], { transaction: id, fingerprint });
    if (kind === "classic") bytes.set(id.subarray(0, 4), 4);
    return bytes;
  });

function keysOf(lone: LoneStun, flow: number): number[] {
  const keys: number[] = [];
  lone.identityKeys(flow, { add: (key) => keys.push(key) });
  return keys.toSorted((x, y) => x - y);
}

describe("STUN messages that are all of a flow", () => {
  it("say what an inspector says that saw them at once", () => {
    let kept = 0;
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 2 }), fc.boolean(), (messages, sameWay) => {
        const datagrams = new Datagrams([50_000, 3478]);
        const lone = new LoneStun({});
        const inspector = new UdpInspector();
        let all = true;
        messages.forEach((bytes, i) => {
          const direction = i === 0 || sameWay ? 0 : 1;
          const packet = datagrams.lay(bytes, direction);
          quickLook(packet);
          all = lone.keep(packet, 7, direction, 1000 + i, 123.5 * i, 5 + i) && all;
          inspector.inspect(packet, direction, 1000 + i, 123.5 * i, 5 + i);
        });
        if (!all) return;
        kept += messages.length;
        const seen = lone.recognition(7);
        const wanted = inspector.result();
        expect(seen).toEqual(wanted);
        const keys = [...new Set(keysOf(lone, 7))];
        expect(keys).toEqual(
          (wanted.identities ?? []).map((identity) => identityKey(identity)).toSorted((x, y) => x - y),
        );
        expect(lone.take(7)?.result()).toEqual(wanted);
        expect(lone.has(7)).toBe(false);
      }),
    );
    expect(kept).toBeGreaterThan(100);
  });

  it("are handed to an inspector when a third comes, or one with something inside", () => {
    const lone = new LoneStun({});
    const datagrams = new Datagrams([50_000, 3478]);
    const keep = (flow: number, bytes: Uint8Array): boolean => {
      const packet = datagrams.lay(bytes, 0);
      quickLook(packet);
      return lone.keep(packet, flow, 0, 1000, 0, 1);
    };
    const request = stun(BINDING_REQUEST, [], { transaction: new Uint8Array(12).fill(1) });
    expect([keep(1, request), keep(1, request), keep(1, request)]).toEqual([true, true, false]);
    const relayed = stun(ALLOCATE_REQUEST, [[DATA, new Uint8Array(20)]], { transaction: new Uint8Array(12) });
    expect(keep(2, relayed)).toBe(false);
    const long = stun(BINDING_REQUEST, [[USERNAME, new Uint8Array(300)]], {
      transaction: new Uint8Array(12),
    });
    expect(keep(3, long)).toBe(false);
    expect([lone.has(1), lone.has(2), lone.has(3)]).toEqual([true, false, false]);
  });

  it("of a flow that was forgotten are not those of the next with its number or its room", () => {
    const lone = new LoneStun({});
    const datagrams = new Datagrams([50_000, 3478]);
    for (let turn = 0; turn < 3; turn++) {
      for (let flow = 0; flow < 5000; flow++) {
        const id = new Uint8Array(12).fill(flow & 255);
        id[0] = flow >> 8;
        id[1] = turn;
        const packet = datagrams.lay(stun(BINDING_REQUEST, [], { transaction: id }), 0);
        quickLook(packet);
        expect(lone.keep(packet, flow, 0, 1000, 0, flow + 1)).toBe(true);
      }
      for (let flow = 0; flow < 5000; flow += 777) {
        const hex = `stun:${(flow >> 8).toString(16).padStart(2, "0")}0${turn}`;
        expect(lone.recognition(flow)?.identities?.[0]?.startsWith(hex)).toBe(true);
        expect(lone.recognition(flow)?.firstPacket).toBe(flow + 1);
      }
      for (let flow = 4999; flow >= 0; flow--) lone.forget(flow);
      expect(lone.recognition(17)).toBeUndefined();
    }
  });
});
