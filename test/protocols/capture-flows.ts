import { formatAddress } from "../../src/address/address.ts";
import { openCapture } from "../../src/capture/reader.ts";
import { readName } from "../../src/protocols/dns.ts";
import { DnsFlow } from "../../src/protocols/dns-flow.ts";
import { DnsNames } from "../../src/protocols/dns-names.ts";
import { QuicFlow } from "../../src/protocols/quic.ts";
import type { Recognition } from "../../src/protocols/recognition.ts";
import { SipFlow } from "../../src/protocols/sip.ts";
import { TcpInspector } from "../../src/protocols/tcp-inspector.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { Oddities } from "../../src/wire/oddities.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";

/** One flow of a capture with what each recogniser of this folder says of it. */
export interface FlowFinding {
  readonly transport: "tcp" | "udp";
  /** Sender of the first packet, then the other side: "address:port". */
  readonly a: string;
  readonly b: string;
  /** Datagrams that each recogniser of UDP payloads accepted; packets of the flow. */
  readonly accepted: { quic: number; dns: number; sip: number };
  /** First question's name of every DNS message over UDP. */
  readonly questions: Set<string>;
  packets: number;
  firstSecond: number;
  readonly words: readonly number[];
  results: { tcp?: Recognition; quic?: Recognition; dns?: Recognition; sip?: Recognition };
}

interface OpenFlow extends FlowFinding {
  readonly tcp: TcpInspector | undefined;
  readonly quic: QuicFlow;
  readonly dns: DnsFlow;
  readonly sip: SipFlow;
}

/** Runs every flow of a capture through the recognisers. A plain flow table: tests only. */
export async function flowsOf(path: string): Promise<{ flows: FlowFinding[]; names: DnsNames }> {
  const reader = await openCapture(path);
  const decoder = new Decoder(new Oddities());
  const packet = new Packet();
  const names = new DnsNames();
  const flows = new Map<string, OpenFlow>();
  for (;;) {
    while (reader.next()) {
      const { frame } = reader;
      decoder.decode(frame, packet);
      if (packet.kind !== PacketKind.tcp && packet.kind !== PacketKind.udp) continue;
      show(flows, names, packet, frame.seconds, frame.nanoseconds, frame.number);
    }
    const more = reader.refill();
    if (!(typeof more === "boolean" ? more : await more)) break;
  }
  for (const flow of flows.values()) {
    flow.results = { quic: flow.quic.result(), dns: flow.dns.result(), sip: flow.sip.result() };
    if (flow.tcp !== undefined) flow.results.tcp = flow.tcp.result();
  }
  return { flows: [...flows.values()], names };
}

function show(
  flows: Map<string, OpenFlow>,
  names: DnsNames,
  packet: Packet,
  seconds: number,
  nanoseconds: number,
  number: number,
): void {
  const transport = packet.kind === PacketKind.tcp ? "tcp" : "udp";
  const source = `${formatAddress(packet.ipVersion, packet.source0, packet.source1, packet.source2, packet.source3)}:${packet.sourcePort}`;
  const destination = `${formatAddress(packet.ipVersion, packet.destination0, packet.destination1, packet.destination2, packet.destination3)}:${packet.destinationPort}`;
  const back = flows.get(`${transport} ${destination} ${source}`);
  const key = `${transport} ${source} ${destination}`;
  let flow = back ?? flows.get(key);
  if (flow === undefined) {
    flow = {
      transport,
      a: source,
      b: destination,
      accepted: { quic: 0, dns: 0, sip: 0 },
      questions: new Set(),
      packets: 0,
      firstSecond: seconds,
      words: [
        packet.source0,
        packet.source1,
        packet.source2,
        packet.source3,
        packet.destination0,
        packet.destination1,
        packet.destination2,
        packet.destination3,
      ],
      results: {},
      tcp: transport === "tcp" ? new TcpInspector(names) : undefined,
      quic: new QuicFlow(),
      dns: new DnsFlow(),
      sip: new SipFlow(),
    };
    flows.set(key, flow);
  }
  flow.packets++;
  if (packet.payloadEnd <= packet.payloadStart) return;
  const direction = back === undefined ? 0 : 1;
  if (flow.tcp !== undefined) {
    if (flow.tcp.wantsMore) flow.tcp.inspect(packet, direction, seconds, nanoseconds, number);
    return;
  }
  names.observe(packet, seconds);
  if (flow.quic.accept(packet, direction, seconds, nanoseconds, number)) flow.accepted.quic++;
  if (flow.dns.accept(packet, direction, seconds, nanoseconds, number)) {
    flow.accepted.dns++;
    const { view, payloadStart, payloadEnd } = packet;
    flow.questions.add(readName(view, payloadStart, payloadStart + 12, payloadEnd) ?? "");
  }
  if (flow.sip.accept(packet, direction, seconds, nanoseconds, number)) flow.accepted.sip++;
}
