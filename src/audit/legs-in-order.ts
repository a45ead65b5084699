import type { DuckDBDataChunk } from "@duckdb/node-api";
import { loadDuckDB } from "./duckdb.ts";
import { placeOf } from "./layout.ts";
import { OrderedLegs } from "./ordered-legs.ts";
import type { AuditFile } from "./tasks.ts";

/** Memory that DuckDB may take at most, and the least that it can sort with. What does not fit goes to the scratch folder. */
const MEMORY_BYTES = 1 << 30;
const LEAST_MEMORY_BYTES = 128 << 20;

/**
 * Legs of all leg files by end, then by whatever makes the order one of a kind. DuckDB puts them in order, spilling what
 * does not fit into its memory, and is gone before the first one is judged.
 */
export async function legsInOrder(
  directory: string,
  files: readonly AuditFile[],
  scratch: string,
  memoryBytes: number | undefined,
  goOn: () => void,
): Promise<OrderedLegs> {
  const legs = new OrderedLegs(scratch);
  if (files.length === 0) return legs;
  const { DuckDBInstance } = await loadDuckDB("putting the flows of an audit in order");
  const memory = Math.max(LEAST_MEMORY_BYTES, Math.min(MEMORY_BYTES, (memoryBytes ?? Infinity) / 8));
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${Math.floor(memory / 2 ** 20)}MiB`,
    // Each thread has buffers of its own, and judging takes far longer than sorting.
    threads: "1",
    temp_directory: scratch,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    preserve_insertion_order: "false",
    enable_external_file_cache: "false",
  });
  try {
    const connection = await instance.connect();
    try {
      await connection.run("CREATE TABLE sources (file INTEGER, path VARCHAR)");
      for (const [i, file] of files.entries())
        await connection.run("INSERT INTO sources VALUES ($1, $2)", [i, placeOf(directory, file)]);
      const list = files.map((file) => `'${placeOf(directory, file).replaceAll("'", "''")}'`).join(", ");
      const result = await connection.stream(
        `SELECT facts, file, start, "end", tcp, call, again.key IS NOT NULL AS reused
         FROM read_parquet([${list}], filename = true) AS legs JOIN sources ON sources.path = legs.filename
         LEFT JOIN (SELECT key FROM read_parquet([${list}]) GROUP BY key HAVING count(*) > 1) AS again USING (key)
         ORDER BY "end", start, start_ns, legs.key, packet`,
      );
      for (let rows = 1; rows > 0;) {
        rows = take(legs, await result.fetchChunk());
        goOn();
      }
    } finally {
      connection.closeSync();
    }
  } catch (error) {
    legs.close();
    throw error;
  } finally {
    instance.closeSync();
  }
  return legs;
}

/** Takes in the next legs; answers with their number. */
function take(legs: OrderedLegs, chunk: DuckDBDataChunk | null): number {
  // The last one has no columns.
  if (chunk === null || chunk.rowCount === 0) return 0;
  const column = (number: number): readonly unknown[] => chunk.getColumnValues(number);
  const [facts, file, start, end] = [column(0), column(1), column(2), column(3)];
  const [tcp, call, reused] = [column(4), column(5), column(6)];
  for (let i = 0; i < chunk.rowCount; i++)
    legs.add({
      facts: (facts[i] as { readonly bytes: Uint8Array }).bytes,
      file: Number(file[i]),
      start: Number(start[i]),
      end: Number(end[i]),
      tcp: tcp[i] === true,
      call: call[i] === true,
      reused: reused[i] === true,
    });
  return chunk.rowCount;
}
