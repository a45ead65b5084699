import { AuditError } from "./audit-error.ts";

type DuckDB = typeof import("@duckdb/node-api");

/** The embedded database engine, an optional dependency; who needs it says `purpose`. */
export async function loadDuckDB(purpose: string): Promise<DuckDB> {
  try {
    return await import("@duckdb/node-api");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND"
        ? "is not installed"
        : `cannot be loaded (${error instanceof Error ? error.message.split("\n", 1)[0] : String(error)})`;
    throw new AuditError(
      `${purpose} needs the package @duckdb/node-api, which ${why}: npm install @duckdb/node-api`,
    );
  }
}
