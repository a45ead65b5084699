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

/** A leg on its way into the file. */
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

/** Columns of a leg file (legs-in-order.ts reads them). */
const COLUMNS: readonly {
  readonly name: string;
  readonly type: NonNullable<SchemaElement["type"]>;
  valueOf(row: Row): Row[keyof Row];
}[] = [
  { name: "key", type: "INT64", valueOf: ({ key }) => key },
  { name: "start", type: "DOUBLE", valueOf: ({ start }) => start },
  { name: "start_ns", type: "INT32", valueOf: ({ startNs }) => startNs },
  { name: "end", type: "DOUBLE", valueOf: ({ end }) => end },
  { name: "packet", type: "DOUBLE", valueOf: ({ packet }) => packet },
  { name: "tcp", type: "BOOLEAN", valueOf: ({ tcp }) => tcp },
  { name: "call", type: "BOOLEAN", valueOf: ({ call }) => call },
  { name: "facts", type: "BYTE_ARRAY", valueOf: ({ facts }) => facts },
];

const SCHEMA: SchemaElement[] = [
  { name: "leg", num_children: COLUMNS.length },
  ...COLUMNS.map(({ name, type }): SchemaElement => ({ name, type, repetition_type: "REQUIRED" })),
];

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
    void this.#writer.write({
      columnData: COLUMNS.map(({ name, valueOf }): ColumnSource => ({
        name,
        data: rows.map(valueOf),
        offsetIndex: false,
        columnIndex: false,
      })),
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
