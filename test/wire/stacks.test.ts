import { describe, expect, it } from "vitest";
import { formatAddress, formatMac } from "../../src/address/address.ts";
import { PacketKind, TUNNEL_NAMES, type Packet } from "../../src/wire/packet.ts";
import { decodeFrame } from "../support/decoding.ts";
import { PAYLOAD } from "../support/stack.ts";
import { STACKS } from "../support/stacks.ts";

/** The packet as text and plain numbers. */
function readable(packet: Packet): Record<string, unknown> {
  const { ipVersion } = packet;
  return {
    kind: packet.kind,
    ipVersion,
    from: `${formatAddress(ipVersion, packet.source0, packet.source1, packet.source2, packet.source3)} ${packet.sourcePort}`,
    to: `${formatAddress(ipVersion, packet.destination0, packet.destination1, packet.destination2, packet.destination3)} ${packet.destinationPort}`,
    ipLength: packet.ipLength,
    timeToLive: packet.timeToLive,
    ipId: packet.ipId,
    dscp: packet.dscp,
    payloadLength: packet.payloadLength,
    payload: payloadOf(packet),
    protocol: packet.protocol,
    fragment: packet.fragment,
    tunnel: TUNNEL_NAMES[packet.tunnel],
    session: packet.erspanSession,
    mirrors: packet.tunnelMirrors,
    vlans: [packet.vlanOuter, packet.vlanInner].slice(0, packet.vlanCount),
    vlanCount: packet.vlanCount,
  };
}

function payloadOf(packet: Packet): number[] {
  const bytes: number[] = [];
  for (let i = packet.payloadStart; i < packet.payloadEnd; i++) bytes.push(packet.view.getUint8(i));
  return bytes;
}

describe("a datagram under every header that is followed", () => {
  it.each(STACKS.map((stack) => [stack.name, stack] as const))("%s", (_, stack) => {
    const { packet, oddities } = decodeFrame(stack.bytes, { linkType: stack.linkType });
    const four = stack.ipVersion !== 6;
    expect(oddities.list().map((oddity) => oddity.name)).toEqual(stack.oddities ?? []);
    // The extension headers and the authentication header belong to the packet's length.
    const own = stack.tunnel === undefined && /extension|authentication/.test(stack.name);
    const added = stack.name.startsWith("IPv6 with every") ? 64 : 24;
    expect(readable(packet)).toEqual({
      kind: PacketKind.udp,
      ipVersion: four ? 4 : 6,
      from: four ? "10.1.2.3 51000" : "2001:db8::3 51000",
      to: four ? "192.0.2.9 3481" : "2001:db8:9::9 3481",
      ipLength: (four ? 33 : 53) + (own ? added : 0),
      timeToLive: 61,
      ipId: four ? 77 : -1,
      dscp: four ? 46 : 0,
      payloadLength: 5,
      payload: [...PAYLOAD],
      protocol: 17,
      fragment: false,
      tunnel: stack.tunnel ?? "",
      session: stack.session ?? -1,
      mirrors: stack.tunnel === "erspan" || stack.name.startsWith("VXLAN"),
      vlans: (stack.vlans ?? []).slice(0, 2),
      vlanCount: stack.vlans?.length ?? 0,
    });
    if (stack.source !== undefined) {
      expect(packet.hasMac).toBe(true);
      expect(formatMac(packet.sourceMacHigh, packet.sourceMacLow)).toBe(stack.source);
    }
    if (stack.destination !== undefined) {
      expect(formatMac(packet.destinationMacHigh, packet.destinationMacLow)).toBe(stack.destination);
    }
    if (stack.outer !== undefined) {
      const version = packet.outerSource2 === 0xffff ? 4 : 6;
      expect([
        formatAddress(
          version,
          packet.outerSource0,
          packet.outerSource1,
          packet.outerSource2,
          packet.outerSource3,
        ),
        formatAddress(
          version,
          packet.outerDestination0,
          packet.outerDestination1,
          packet.outerDestination2,
          packet.outerDestination3,
        ),
      ]).toEqual(stack.outer);
    }
  });
});
