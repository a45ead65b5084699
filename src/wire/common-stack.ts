import { MAPPED_PREFIX } from "../address/address.ts";
import type { Frame } from "../capture/frame.ts";
import { EtherType } from "./ether-type.ts";
import { ETHERNET_HEADER_LENGTH } from "./ethernet.ts";
import { IpProtocol } from "./ip-protocol.ts";
import { IPV4_HEADER_LENGTH } from "./ipv4.ts";
import { IPV6_HEADER_LENGTH } from "./ipv6.ts";
import { clearPacket, PacketKind, type Packet } from "./packet.ts";
import { TCP_HEADER_LENGTH } from "./tcp.ts";
import { tunnelOfPorts, UDP_HEADER_LENGTH } from "./udp.ts";
import { Layer } from "./walk.ts";

export const TAG_LENGTH: number = 4;
export const VLAN_ID: number = 0x0fff;
/** First byte of an IPv4 header without options. */
export const IPV4_PLAIN: number = 0x45;
/** More fragments, and the fragment offset. */
export const IPV4_FRAGMENT: number = 0x3fff;

/**
 * The headers that nearly every packet has, in one go: Ethernet, up to two tags, IPv4 without options or IPv6
 * without extensions, TCP or UDP, nothing odd. Answers false, and has written nothing, for anything else; the walk
 * through the headers one by one would say the same of what it takes (a test holds them against each other).
 */
export function decodeCommonStack(frame: Frame, packet: Packet): boolean {
  const { view, start, end } = frame;
  let at = start + ETHERNET_HEADER_LENGTH;
  if (end - at < IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + 2 * TAG_LENGTH) return false;
  let type = view.getUint16(at - 2);
  let vlanCount = 0;
  let vlanOuter = 0;
  let vlanInner = 0;
  if (type === EtherType.vlan || type === EtherType.serviceVlan) {
    vlanCount = 1;
    vlanOuter = view.getUint16(at) & VLAN_ID;
    type = view.getUint16(at + 2);
    at += TAG_LENGTH;
    if (type === EtherType.vlan || type === EtherType.serviceVlan) {
      vlanCount = 2;
      vlanInner = view.getUint16(at) & VLAN_ID;
      type = view.getUint16(at + 2);
      at += TAG_LENGTH;
    }
  }
  const wireEnd = Math.max(end, start + frame.originalLength);
  let length: number;
  let protocol: number;
  let transport: number;
  if (type === EtherType.ipv4) {
    length = view.getUint16(at + 2);
    protocol = view.getUint8(at + 9);
    transport = at + IPV4_HEADER_LENGTH;
    if (view.getUint8(at) !== IPV4_PLAIN || (view.getUint16(at + 6) & IPV4_FRAGMENT) !== 0) return false;
  } else if (type === EtherType.ipv6) {
    if (end - at < IPV6_HEADER_LENGTH + UDP_HEADER_LENGTH) return false;
    length = IPV6_HEADER_LENGTH + view.getUint16(at + 4);
    protocol = view.getUint8(at + 6);
    transport = at + IPV6_HEADER_LENGTH;
    if (view.getUint8(at) >>> 4 !== 6) return false;
  } else return false;
  const ipEnd = at + length;
  if (ipEnd > wireEnd) return false;
  const capturedEnd = ipEnd < end ? ipEnd : end;
  let payload: number;
  if (protocol === IpProtocol.tcp) {
    if (capturedEnd - transport < TCP_HEADER_LENGTH) return false;
    const headerLength = (view.getUint8(transport + 12) >>> 4) << 2;
    payload = transport + headerLength;
    if (headerLength < TCP_HEADER_LENGTH || payload > capturedEnd) return false;
  } else if (protocol === IpProtocol.udp) {
    if (capturedEnd - transport < UDP_HEADER_LENGTH) return false;
    if (view.getUint16(transport + 4) !== ipEnd - transport) return false;
    payload = transport + UDP_HEADER_LENGTH;
  } else return false;
  const sourcePort = view.getUint16(transport);
  const destinationPort = view.getUint16(transport + 2);
  if (protocol === IpProtocol.udp && tunnelOfPorts(sourcePort, destinationPort) !== Layer.done) return false;

  if (packet.rare) clearPacket(packet);
  packet.hasMac = true;
  packet.destinationMacHigh = view.getUint32(start) >>> 8;
  packet.destinationMacLow = view.getUint32(start + 2) & 0xffffff;
  packet.sourceMacHigh = view.getUint32(start + 6) >>> 8;
  packet.sourceMacLow = view.getUint32(start + 8) & 0xffffff;
  packet.vlanCount = vlanCount;
  packet.vlanOuter = vlanOuter;
  packet.vlanInner = vlanInner;
  if (type === EtherType.ipv4) {
    packet.ipVersion = 4;
    packet.source0 = 0;
    packet.source1 = 0;
    packet.source2 = MAPPED_PREFIX;
    packet.source3 = view.getUint32(at + 12);
    packet.destination0 = 0;
    packet.destination1 = 0;
    packet.destination2 = MAPPED_PREFIX;
    packet.destination3 = view.getUint32(at + 16);
    packet.timeToLive = view.getUint8(at + 8);
    packet.dscp = view.getUint8(at + 1) >>> 2;
    packet.ipId = view.getUint16(at + 4);
  } else {
    packet.ipVersion = 6;
    packet.source0 = view.getUint32(at + 8);
    packet.source1 = view.getUint32(at + 12);
    packet.source2 = view.getUint32(at + 16);
    packet.source3 = view.getUint32(at + 20);
    packet.destination0 = view.getUint32(at + 24);
    packet.destination1 = view.getUint32(at + 28);
    packet.destination2 = view.getUint32(at + 32);
    packet.destination3 = view.getUint32(at + 36);
    packet.timeToLive = view.getUint8(at + 7);
    packet.dscp = (view.getUint16(at) >>> 6) & 63;
    packet.ipId = -1;
  }
  packet.ipLength = length;
  packet.protocol = protocol;
  packet.sourcePort = sourcePort;
  packet.destinationPort = destinationPort;
  if (protocol === IpProtocol.tcp) {
    packet.kind = PacketKind.tcp;
    packet.tcpSequence = view.getUint32(transport + 4);
    packet.tcpAcknowledgement = view.getUint32(transport + 8);
    packet.tcpFlags = view.getUint8(transport + 13);
    packet.tcpWindow = view.getUint16(transport + 14);
  } else {
    packet.kind = PacketKind.udp;
    packet.tcpSequence = 0;
    packet.tcpAcknowledgement = 0;
    packet.tcpFlags = 0;
    packet.tcpWindow = 0;
  }
  packet.view = view;
  packet.payloadStart = payload;
  packet.payloadEnd = capturedEnd;
  packet.payloadLength = ipEnd - payload;
  return true;
}
