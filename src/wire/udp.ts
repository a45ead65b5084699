import { PacketKind } from "./packet.ts";
import { Layer, type Walk } from "./walk.ts";

// Offsets in bytes from the start of the header; every field is a big-endian u16.
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const LENGTH = 4;

/** Size of a UDP header in bytes. It has no options, so this is also its only size. */
export const UDP_HEADER_LENGTH = 8;

// Ports of tunnels (IANA service names and port numbers; 8472 is what Linux and Cisco used before 4789).
const VXLAN_PORT = 4789;
const OLD_VXLAN_PORT = 8472;
const GENEVE_PORT = 6081;
const GTPU_PORT = 2152;
const TEREDO_PORT = 3544;
const L2TP_PORT = 1701;
const ESP_PORT = 4500;
const WIREGUARD_PORT = 51820;
const CAPWAP_DATA_PORT = 5247;

/** User Datagram Protocol, RFC 768. */
export function udp(walk: Walk): Layer {
  const { view, start, packet } = walk;
  const captured = walk.end - start;
  if (captured < UDP_HEADER_LENGTH) return cutHeader(walk, captured);
  const onWire = walk.wireEnd - start;
  let length = view.getUint16(start + LENGTH);
  if (length < UDP_HEADER_LENGTH) {
    // Zero stands for a payload too long for the field: a jumbogram (RFC 2675, section 4), or segmentation
    // that is left to the network card.
    if (length !== 0) return walk.odd("udp-length-below-header");
    length = onWire;
  } else if (length > onWire) {
    walk.odd("udp-length-above-ip");
    length = onWire;
  }
  packet.kind = PacketKind.udp;
  const sourcePort = view.getUint16(start + SOURCE_PORT);
  const destinationPort = view.getUint16(start + DESTINATION_PORT);
  packet.sourcePort = sourcePort;
  packet.destinationPort = destinationPort;
  packet.view = view;
  const payloadStart = start + UDP_HEADER_LENGTH;
  const payloadEnd = Math.min(start + length, walk.end);
  packet.payloadStart = payloadStart;
  packet.payloadEnd = payloadEnd;
  packet.payloadLength = length - UDP_HEADER_LENGTH;

  const tunnel = tunnelOfPorts(sourcePort, destinationPort);
  if (tunnel === Layer.done) return Layer.done;
  walk.start = payloadStart;
  walk.end = payloadEnd;
  walk.wireEnd = start + length;
  walk.guess = true;
  return tunnel;
}

/** The tunnel whose port this is, or `Layer.done`. Only Teredo and GTP-U answer from their own port. */
export function tunnelOfPorts(sourcePort: number, destinationPort: number): Layer {
  switch (destinationPort) {
    case VXLAN_PORT:
    case OLD_VXLAN_PORT:
      return Layer.vxlan;
    case GENEVE_PORT:
      return Layer.geneve;
    case GTPU_PORT:
      return Layer.gtpu;
    case TEREDO_PORT:
      return Layer.teredo;
    case L2TP_PORT:
      return Layer.l2tp;
    case ESP_PORT:
      return Layer.espInUdp;
    case WIREGUARD_PORT:
      return Layer.wireguard;
    case CAPWAP_DATA_PORT:
      return Layer.capwap;
    default:
  }
  switch (sourcePort) {
    case GTPU_PORT:
      return Layer.gtpu;
    case TEREDO_PORT:
      return Layer.teredo;
    case L2TP_PORT:
      return Layer.l2tp;
    case ESP_PORT:
      return Layer.espInUdp;
    case WIREGUARD_PORT:
      return Layer.wireguard;
    case CAPWAP_DATA_PORT:
      return Layer.capwap;
    default:
      return Layer.done;
  }
}

/** A header that the snap length cut still names its flow, if its ports were captured. */
function cutHeader(walk: Walk, captured: number): Layer {
  const { view, start, packet } = walk;
  const onWire = walk.wireEnd - start;
  if (captured >= 4 && onWire >= UDP_HEADER_LENGTH) {
    packet.kind = PacketKind.udp;
    packet.sourcePort = view.getUint16(start + SOURCE_PORT);
    packet.destinationPort = view.getUint16(start + DESTINATION_PORT);
    packet.view = view;
    packet.payloadStart = walk.end;
    packet.payloadEnd = walk.end;
    packet.payloadLength = onWire - UDP_HEADER_LENGTH;
  }
  return walk.odd("udp-header-cut");
}
