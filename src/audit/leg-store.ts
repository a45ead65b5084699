import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from "@duckdb/node-api";
import { mkdir, rm } from "node:fs/promises";
import { loadDuckDB } from "./duckdb.ts";
import { placeOf } from "./layout.ts";
import { temporaryName } from "./publish.ts";
import type { AuditFile, StageContext } from "./tasks.ts";

/** Memory that DuckDB keeps to unless told otherwise, and the least that it can sort with. */
const MEMORY_BYTES = 1 << 30;
const LEAST_MEMORY_BYTES = 256 << 20;

/** A leg as it is stored: its facts, and the file whose links they speak of. */
export interface StoredLeg {
  readonly facts: Uint8Array;
  readonly file: number;
  /** Seconds of its last packet. */
  readonly end: number;
  /** The 5-tuple was used by another flow of the audit, too. */
  readonly reused: boolean;
}

/** Legs of all leg files, put in order by DuckDB, which spills to disk what does not fit into its memory. */
export class LegStore {
  readonly #instance: DuckDBInstance;
  readonly #main: DuckDBConnection;
  readonly #beside: DuckDBConnection;
  readonly #scratch: string;

  private constructor(
    instance: DuckDBInstance,
    main: DuckDBConnection,
    beside: DuckDBConnection,
    scratch: string,
  ) {
    this.#instance = instance;
    this.#main = main;
    this.#beside = beside;
    this.#scratch = scratch;
  }

  static async open(
    directory: string,
    files: readonly AuditFile[],
    context: StageContext,
  ): Promise<LegStore> {
    const { DuckDBInstance: Instance } = await loadDuckDB("putting the flows of an audit in order");
    const scratch = temporaryName(context.scratch ?? placeOf(directory, "scratch/report"));
    await mkdir(scratch, { recursive: true });
    const memory = Math.max(
      LEAST_MEMORY_BYTES,
      Math.min(MEMORY_BYTES, (context.memoryBytes ?? MEMORY_BYTES) / 2),
    );
    const instance = await Instance.create(":memory:", {
      memory_limit: `${Math.floor(memory / 2 ** 20)}MiB`,
      threads: "2",
      temp_directory: scratch,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      preserve_insertion_order: "false",
    });
    const main = await instance.connect();
    const store = new LegStore(instance, main, await instance.connect(), scratch);
    await main.run("CREATE TABLE sources (file INTEGER, path VARCHAR)");
    for (const [i, file] of files.entries())
      await main.run("INSERT INTO sources VALUES ($1, $2)", [i, placeOf(directory, file)]);
    const list = files.map((file) => `'${placeOf(directory, file).replaceAll("'", "''")}'`).join(", ");
    await main.run(
      files.length === 0
        ? `CREATE VIEW legs AS SELECT * FROM (VALUES (0::BIGINT, 0::DOUBLE, 0, 0::DOUBLE, 0::DOUBLE, false, false, ''::BLOB, 0)) AS none (key, start, start_ns, "end", packet, tcp, call, facts, file) WHERE false`
        : `CREATE VIEW legs AS SELECT parts.* EXCLUDE (filename), sources.file FROM read_parquet([${list}], filename = true) AS parts JOIN sources ON sources.path = parts.filename`,
    );
    return store;
  }

  /** Every leg by end, then by whatever makes the order one of a kind. */
  async *inOrder(): AsyncGenerator<readonly StoredLeg[]> {
    const result = await this.#main.stream(
      `SELECT facts, file, "end", again.key IS NOT NULL AS reused FROM legs
       LEFT JOIN (SELECT key FROM legs GROUP BY key HAVING count(*) > 1) AS again USING (key)
       ORDER BY "end", start, start_ns, legs.key, packet`,
    );
    yield* chunksOf(result);
  }

  /** Start and end of every leg that may be of a call, in the order of their ends. */
  async callSpans(): Promise<{ readonly starts: Float64Array; readonly ends: Float64Array }> {
    const result = await this.#beside.stream(
      'SELECT start, "end" FROM legs WHERE call ORDER BY "end", start',
    );
    const [starts, ends]: [number[], number[]] = [[], []];
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      for (const value of chunk.getColumnValues(0)) starts.push(Number(value));
      for (const value of chunk.getColumnValues(1)) ends.push(Number(value));
    }
    return { starts: Float64Array.from(starts), ends: Float64Array.from(ends) };
  }

  /** TCP legs that go on at a moment, seconds. */
  async *goingOn(moment: number): AsyncGenerator<readonly StoredLeg[]> {
    const result = await this.#beside.stream(
      `SELECT facts, file, "end", false FROM legs WHERE tcp AND "end" >= ${moment} AND start < ${moment}
       ORDER BY "end", start, start_ns, key, packet`,
    );
    yield* chunksOf(result);
  }

  async close(): Promise<void> {
    this.#main.closeSync();
    this.#beside.closeSync();
    this.#instance.closeSync();
    await rm(this.#scratch, { recursive: true, force: true });
  }
}

async function* chunksOf(result: DuckDBResult): AsyncGenerator<readonly StoredLeg[]> {
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    const [facts, files, ends, reused] = [0, 1, 2, 3].map((column) => chunk.getColumnValues(column));
    const legs: StoredLeg[] = [];
    for (let i = 0; i < chunk.rowCount; i++) {
      const blob = facts?.[i] as { readonly bytes: Uint8Array };
      legs.push({
        facts: blob.bytes,
        file: Number(files?.[i]),
        end: Number(ends?.[i]),
        reused: reused?.[i] === true,
      });
    }
    yield legs;
  }
}
