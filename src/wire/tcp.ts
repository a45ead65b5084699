import { PacketKind } from "./packet.ts";
import { Layer, type Walk } from "./walk.ts";

// Offsets in bytes from the start of the header.
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const SEQUENCE = 4;
const ACKNOWLEDGEMENT = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const WINDOW = 14;

export const TCP_HEADER_LENGTH = 20;
/** Bytes of options at most, as the data offset counts. */
export const LONGEST_TCP_OPTIONS = 40;

/** Transmission Control Protocol, RFC 9293. */
export function tcp(walk: Walk): Layer {
  const { view, start, packet } = walk;
  const captured = walk.end - start;
  if (captured < TCP_HEADER_LENGTH) return cutHeader(walk, captured);
  const headerLength = (view.getUint8(start + DATA_OFFSET) >>> 4) << 2;
  if (headerLength < TCP_HEADER_LENGTH || start + headerLength > walk.wireEnd) {
    return walk.odd("tcp-header-invalid");
  }
  packet.kind = PacketKind.tcp;
  packet.sourcePort = view.getUint16(start + SOURCE_PORT);
  packet.destinationPort = view.getUint16(start + DESTINATION_PORT);
  packet.tcpSequence = view.getUint32(start + SEQUENCE);
  packet.tcpAcknowledgement = view.getUint32(start + ACKNOWLEDGEMENT);
  packet.tcpFlags = view.getUint8(start + FLAGS);
  packet.tcpWindow = view.getUint16(start + WINDOW);
  packet.view = view;
  // Options may be cut; the payload then starts where the capture ends.
  packet.payloadStart = Math.min(start + headerLength, walk.end);
  packet.payloadEnd = walk.end;
  packet.payloadLength = walk.wireEnd - start - headerLength;
  return Layer.done;
}

/** A header that the snap length cut still names its flow, if its ports were captured. */
function cutHeader(walk: Walk, captured: number): Layer {
  const { view, start, packet } = walk;
  // The packet itself is too short for a header: then it is no segment, and its ports mean nothing.
  if (walk.wireEnd - start < TCP_HEADER_LENGTH) return walk.odd("tcp-header-invalid");
  if (captured >= 4) {
    packet.kind = PacketKind.tcp;
    packet.sourcePort = view.getUint16(start + SOURCE_PORT);
    packet.destinationPort = view.getUint16(start + DESTINATION_PORT);
    packet.tcpSequence = captured >= SEQUENCE + 4 ? view.getUint32(start + SEQUENCE) : 0;
    packet.tcpAcknowledgement = captured >= ACKNOWLEDGEMENT + 4 ? view.getUint32(start + ACKNOWLEDGEMENT) : 0;
    packet.tcpFlags = captured > FLAGS ? view.getUint8(start + FLAGS) : 0;
    packet.tcpWindow = captured >= WINDOW + 2 ? view.getUint16(start + WINDOW) : 0;
    packet.view = view;
    packet.payloadStart = walk.end;
    packet.payloadEnd = walk.end;
    const headerLength = captured > DATA_OFFSET ? (view.getUint8(start + DATA_OFFSET) >>> 4) << 2 : 0;
    packet.payloadLength = Math.max(0, walk.wireEnd - start - Math.max(headerLength, TCP_HEADER_LENGTH));
  }
  return walk.odd("tcp-header-cut");
}
