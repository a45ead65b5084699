import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from "@duckdb/node-api";
import { loadDuckDB } from "./duckdb.ts";
import { placeOf } from "./layout.ts";
import type { AuditFile } from "./tasks.ts";

/** Memory that DuckDB may take at most, and the least that it can sort with. What does not fit goes to the scratch folder. */
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
  #closed = false;

  private constructor(instance: DuckDBInstance, main: DuckDBConnection, beside: DuckDBConnection) {
    this.#instance = instance;
    this.#main = main;
    this.#beside = beside;
  }

  /** `scratch`: a folder for what does not fit into memory. */
  static async open(
    directory: string,
    files: readonly AuditFile[],
    scratch: string,
    memoryBytes: number | undefined,
  ): Promise<LegStore> {
    const { DuckDBInstance: Instance } = await loadDuckDB("putting the flows of an audit in order");
    const memory = Math.max(LEAST_MEMORY_BYTES, Math.min(MEMORY_BYTES, (memoryBytes ?? Infinity) / 8));
    const instance = await Instance.create(":memory:", {
      memory_limit: `${Math.floor(memory / 2 ** 20)}MiB`,
      // Each thread has buffers of its own, and judging takes far longer than sorting.
      threads: "1",
      temp_directory: scratch,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      preserve_insertion_order: "false",
    });
    const main = await instance.connect();
    const store = new LegStore(instance, main, await instance.connect());
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

  /** Start and end of every leg that may be of a call, seconds, the last to end first. */
  async *callSpans(): AsyncGenerator<readonly [starts: readonly number[], ends: readonly number[]]> {
    const result = await this.#beside.stream(
      'SELECT start, "end" FROM legs WHERE call ORDER BY "end" DESC, start DESC',
    );
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield [chunk.getColumnValues(0).map(Number), chunk.getColumnValues(1).map(Number)];
    }
  }

  /** TCP legs that go on at a moment, seconds. */
  async *goingOn(moment: number): AsyncGenerator<readonly StoredLeg[]> {
    const result = await this.#beside.stream(
      `SELECT facts, file, "end", false FROM legs WHERE tcp AND "end" >= ${moment} AND start < ${moment}
       ORDER BY "end", start, start_ns, key, packet`,
    );
    yield* chunksOf(result);
  }

  /** May be called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#main.closeSync();
    this.#beside.closeSync();
    this.#instance.closeSync();
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
