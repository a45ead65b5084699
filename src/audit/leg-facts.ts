import { FlowDetail } from "../flows/flow-detail.ts";
import type { ContextCount, CopyPair, Run } from "../flows/link-detail.ts";
import type { IcmpReport } from "../flows/icmp-reports.ts";
import * as layout from "../flows/layout.ts";
import type { Recognition } from "../protocols/recognition.ts";

// An ended leg as bytes: the words of its record, little-endian, then JSON of what is kept beside it, if there is
// anything. Link contexts are numbers of the reading that followed it (link-file.ts).

/** The leg's protocol. */
export function protocolOf(facts: Uint8Array): number {
  return facts[layout.META * 4] ?? 0; // the lowest byte of the word
}

type Pair<Value> = readonly [Value, Value];

/** The JSON behind the record; one letter a key, since every leg has them. */
interface StoredDetail {
  /** Contexts: number, packets, copies, first packet. */
  readonly c?: Pair<readonly (readonly number[])[]>;
  /** Runs: context, first packet, seconds and nanoseconds of that, and of the last one. */
  readonly r?: Pair<readonly (readonly number[])[]>;
  /** Pairs of contexts in which the same packets were seen: one, other, packets. */
  readonly p?: Pair<readonly (readonly number[])[]>;
  /** DSCP: value, packets. */
  readonly d?: Pair<readonly (readonly [number, number])[]>;
  readonly i?: readonly IcmpReport[];
  readonly g?: Recognition;
}

/** `detail` and `recognition` undefined: the record is everything. */
export function writeFacts(
  page: Uint32Array,
  at: number,
  detail: FlowDetail | undefined,
  recognition: Recognition | undefined,
): Uint8Array {
  const isAll = detail === undefined && recognition === undefined;
  const text = isAll ? "" : JSON.stringify(stored(detail ?? new FlowDetail(), recognition));
  const json = text === "" || text === "{}" ? undefined : Buffer.from(text, "utf8");
  const words = layout.recordWords((page[at + layout.META] ?? 0) & layout.META_PROTOCOL);
  const bytes = new Uint8Array(words * 4 + (json?.length ?? 0));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words; i++) view.setUint32(i * 4, page[at + i] ?? 0, true);
  view.setUint32(layout.HASH * 4, 0, true); // another one in each run
  if (json !== undefined) bytes.set(json, words * 4);
  return bytes;
}

/** Reads the record into `page` at `at`, where one of its protocol has room. `context` renumbers link contexts. */
export function readRecord(
  bytes: Uint8Array,
  page: Uint32Array,
  at: number,
  context: (number: number) => number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = layout.recordWords(protocolOf(bytes));
  for (let i = 0; i < words; i++) page[at + i] = view.getUint32(i * 4, true);
  for (const field of [layout.CONTEXT, layout.CONTEXT + 1]) {
    const number = page[at + field] ?? 0;
    if (number > 0) page[at + field] = context(number - 1) + 1;
  }
}

/** What is kept beside the record, as it is stored, in place; undefined where the record is everything. */
export function detailText(bytes: Uint8Array): Uint8Array | undefined {
  const end = layout.recordWords(protocolOf(bytes)) * 4;
  return bytes.length === end ? undefined : bytes.subarray(end);
}

/** The detail that such a text stands for. */
export function readDetail(text: Uint8Array, context: (number: number) => number): FlowDetail {
  const json = Buffer.from(text.buffer, text.byteOffset, text.length).toString("utf8");
  return restored(JSON.parse(json) as StoredDetail, context);
}

function stored(detail: FlowDetail, recognition: Recognition | undefined): StoredDetail {
  const { contexts, runs, pairs, reports } = detail;
  const dscp = [detail.dscp(0), detail.dscp(1)] as const;
  return {
    ...(isEmpty(contexts) ? {} : { c: both(contexts, (list) => list.map(contextCells)) }),
    ...(isEmpty(runs) ? {} : { r: both(runs, (list) => list.map(runCells)) }),
    ...(isEmpty(pairs) ? {} : { p: both(pairs, (list) => list.map(pairCells)) }),
    ...(dscp[0].size + dscp[1].size === 0 ? {} : { d: both(dscp, (counts) => [...counts]) }),
    ...(reports.length === 0 ? {} : { i: reports }),
    ...(recognition === undefined ? {} : { g: recognition }),
  };
}

function restored(from: StoredDetail, context: (number: number) => number): FlowDetail {
  const { c = NONE, r = NONE, p = NONE, d = [[], []] } = from;
  return FlowDetail.of({
    contexts: both(c, (list) =>
      list.map(([number = 0, packets = 0, copies = 0, firstPacket = 0, seconds = 0, nanoseconds = 0]) => ({
        context: context(number),
        packets,
        copies,
        firstPacket,
        seconds,
        nanoseconds,
      })),
    ),
    runs: both(r, (list) =>
      list.map(
        ([
          number = 0,
          firstPacket = 0,
          seconds = 0,
          nanoseconds = 0,
          untilSeconds = 0,
          untilNanoseconds = 0,
        ]) => ({
          context: context(number),
          firstPacket,
          seconds,
          nanoseconds,
          untilSeconds,
          untilNanoseconds,
        }),
      ),
    ),
    pairs: both(p, (list) =>
      list.map(([one = 0, other = 0, packets = 0]) => ({
        one: context(one),
        other: context(other),
        packets,
      })),
    ),
    dscp: both(d, (counts) => new Map(counts)),
    reports: (from.i ?? []).map((report) =>
      report.context < 0 ? report : { ...report, context: context(report.context) },
    ),
    recognition: from.g,
  });
}

const NONE: Pair<readonly (readonly number[])[]> = [[], []];

function contextCells(count: ContextCount): number[] {
  const { context, packets, copies, firstPacket, seconds, nanoseconds } = count;
  return [context, packets, copies, firstPacket, seconds, nanoseconds];
}

function runCells(run: Run): number[] {
  const { context, firstPacket, seconds, nanoseconds, untilSeconds, untilNanoseconds } = run;
  return [context, firstPacket, seconds, nanoseconds, untilSeconds, untilNanoseconds];
}

function pairCells({ one, other, packets }: CopyPair): number[] {
  return [one, other, packets];
}

function isEmpty(lists: Pair<readonly unknown[]>): boolean {
  return lists[0].length + lists[1].length === 0;
}

function both<From, To>(pair: Pair<From>, map: (value: From) => To): Pair<To> {
  return [map(pair[0]), map(pair[1])];
}
