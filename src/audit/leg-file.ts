import { closeSync, openSync, writeSync } from "node:fs";
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import { mayBeOfCall } from "../classify/call-part.ts";
import { FlowKey } from "../flows/flow-key.ts";
import { lastSeconds, startDirection } from "../flows/flow-span.ts";
import type { FlowRecords } from "../flows/flow-records.ts";
import * as layout from "../flows/layout.ts";
import type { Recognition } from "../protocols/recognition.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { writeFacts } from "./leg-facts.ts";

/** Legs held in memory until they are sorted and written. */
const GROUP_LEGS = 50_000;

/** Columns of a leg file. */
const SCHEMA: SchemaElement[] = [
  { name: "leg", num_children: 8 },
  required("key", "INT64"),
  required("start", "DOUBLE"),
  required("start_ns", "INT32"),
  required("end", "DOUBLE"),
  required("packet", "DOUBLE"),
  required("tcp", "BOOLEAN"),
  required("call", "BOOLEAN"),
  required("facts", "BYTE_ARRAY"),
];

function required(name: string, type: NonNullable<SchemaElement["type"]>): SchemaElement {
  return { name, type, repetition_type: "REQUIRED" };
}

interface Row {
  readonly key: bigint;
  readonly start: number;
  readonly startNs: number;
  readonly end: number;
  readonly packet: number;
  readonly tcp: boolean;
  readonly call: boolean;
  readonly facts: Uint8Array;
}

/**
 * Writes ended legs as Parquet: the key of the 5-tuple, the times by which legs are ordered, whether it may belong to a
 * call, and its facts. Each row group is sorted by key, then time.
 */
export class LegFile {
  readonly #file: number;
  readonly #bytes: ByteWriter = new ByteWriter(1 << 20);
  readonly #writer: ParquetWriter;
  readonly #key: FlowKey = new FlowKey();
  #rows: Row[] = [];
  /** Legs written so far. */
  count = 0;

  constructor(path: string) {
    this.#file = openSync(path, "wx");
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema: SCHEMA, createdBy: "o365flow" });
  }

  /** Takes an ended flow; `recognition` is what its inspector said. */
  add(records: FlowRecords, flow: number, recognition: Recognition | undefined): void {
    const page = records.table.page(flow);
    const at = records.table.base(flow);
    const word = (field: number): number => page[at + field] ?? 0;
    const key = this.#key;
    const meta = word(layout.META);
    const protocol = meta & layout.META_PROTOCOL;
    const first = startDirection(page, at);
    key.ofFlow(records, flow);
    this.#rows.push({
      key: BigInt.asIntN(64, (BigInt(key.high) << 32n) | BigInt(key.low)),
      start: word(layout.FIRST_SECONDS + first),
      startNs: word(layout.FIRST_NANOSECONDS + first),
      end: lastSeconds(page, at),
      packet: word(layout.FIRST_PACKET + ((meta & layout.META_FIRST_DIRECTION) === 0 ? 0 : 1)),
      tcp: protocol === IpProtocol.tcp,
      call: recognition !== undefined && mayBeOfCall(recognition),
      facts: writeFacts(page, at, records.detail(flow), recognition),
    });
    this.count += 1;
    if (this.#rows.length >= GROUP_LEGS) this.#writeGroup();
  }

  finish(): void {
    if (this.#rows.length > 0) this.#writeGroup();
    void this.#writer.finish();
    this.#flush();
  }

  /** Lets go of the file; one that was not finished is removed by whoever named it. */
  close(): void {
    closeSync(this.#file);
  }

  #writeGroup(): void {
    const rows = this.#rows.sort(
      (x, y) =>
        (x.key < y.key ? -1 : x.key > y.key ? 1 : 0) ||
        x.start - y.start ||
        x.startNs - y.startNs ||
        x.packet - y.packet,
    );
    this.#rows = [];
    const column = (name: string, data: ColumnSource["data"]): ColumnSource => ({
      name,
      data,
      offsetIndex: false,
      columnIndex: false,
    });
    void this.#writer.write({
      columnData: [
        column(
          "key",
          rows.map(({ key }) => key),
        ),
        column(
          "start",
          rows.map(({ start }) => start),
        ),
        column(
          "start_ns",
          rows.map(({ startNs }) => startNs),
        ),
        column(
          "end",
          rows.map(({ end }) => end),
        ),
        column(
          "packet",
          rows.map(({ packet }) => packet),
        ),
        column(
          "tcp",
          rows.map(({ tcp }) => tcp),
        ),
        column(
          "call",
          rows.map(({ call }) => call),
        ),
        column(
          "facts",
          rows.map(({ facts }) => facts),
        ),
      ],
      rowGroupSize: GROUP_LEGS,
    });
    this.#flush();
  }

  #flush(): void {
    const bytes = this.#bytes.getBytes();
    for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
    this.#bytes.index = 0;
  }
}
