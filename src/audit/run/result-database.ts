import { existsSync, readdirSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { kindOf } from "../../files/kind-of.ts";
import { AuditError } from "../audit-error.ts";
import { loadDuckDB } from "../duckdb.ts";

/** A table that a query can name: the base name of its file. */
export interface ResultTable {
  readonly name: string;
  readonly file: string;
}

/** The Parquet files of a result: those in the audit's directory, or the one file that is named. */
export function resultTables(path: string): ResultTable[] {
  const kind = kindOf(path, (message) => new AuditError(message));
  if (kind === "nothing") throw new AuditError(`${path} does not exist`);
  const files =
    kind === "folder"
      ? readdirSync(path)
          .filter((name) => extname(name) === ".parquet" && !name.startsWith("."))
          .sort()
          .map((name) => join(path, name))
      : [path];
  if (files.length === 0)
    throw new AuditError(
      existsSync(join(path, "manifest.json"))
        ? `${path}: the audit has no result yet; o365flow audit status --out ${path} says how far it is`
        : `${path}: there is no result of an audit in it (no .parquet file)`,
    );
  return files.map((file) => ({
    name: basename(file, extname(file)).replace(/[^A-Za-z0-9_]/g, "_"),
    file: resolve(file),
  }));
}

/**
 * A database in memory whose views are the tables of a result. It reads those files and nothing else: no other file,
 * no network, no extension, and its settings are locked.
 */
export async function openResult(
  tables: readonly ResultTable[],
  memory: string | undefined,
): Promise<DuckDBConnection> {
  const { DuckDBInstance } = await loadDuckDB("a query");
  const instance = await DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    // Queries that do not fit in memory fail, rather than fill a disk somewhere.
    temp_directory: "",
    ...(memory === undefined ? {} : { memory_limit: memory }),
  });
  const connection = await instance.connect();
  // Hours and days of a query are those of the reports, wherever it is asked.
  await connection.run("SET TimeZone = 'UTC'");
  for (const { name, file } of tables) {
    try {
      await connection.run(`CREATE VIEW "${name}" AS SELECT * FROM read_parquet(${quoted(file)})`);
    } catch (error) {
      throw new AuditError(`${file}: is no Parquet file that can be read (${firstLine(error)})`);
    }
  }
  await connection.run(`SET allowed_paths = [${tables.map(({ file }) => quoted(file)).join(", ")}]`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");
  return connection;
}

/** The first line of a message, the part that says what was wrong. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? text;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
