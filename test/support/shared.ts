import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

/** Folder of the repository. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The folder with real captures and facts that may lie beside the checkout (it is not part of the project),
 * or undefined. Tests that need it are left out when it is not there (`describe.skipIf(SHARED === undefined)`).
 */
export const SHARED: string | undefined = [join(ROOT, "..", "shared")].find((folder) =>
  existsSync(join(folder, "captures")),
);

/** Path below the shared folder; only called where SHARED is defined. */
export function shared(...parts: readonly string[]): string {
  return join(SHARED ?? "", ...parts);
}

export function sharedJson<T>(...parts: readonly string[]): T {
  return JSON.parse(readFileSync(shared(...parts), "utf8")) as T;
}
