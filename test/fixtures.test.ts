import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { o365flowEach, PROGRAM, type Run } from "./cli/run.ts";
import type { Files } from "./support/conversation.ts";
import { ROOT } from "./support/shared.ts";

const FOLDER = join(ROOT, "fixtures");
const names = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(FOLDER, entry.name, "case.json")))
  .map((entry) => entry.name)
  .toSorted();

interface Case {
  /** What follows `classify`, relative to the folder. */
  readonly args: readonly string[];
  readonly exit: number;
}

/** The cells of one line, RFC 4180; no cell holds a line break. */
function cells(line: string): string[] {
  return [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? "",
  );
}

function parseCsv(text: string): Record<string, string>[] {
  const [head, ...lines] = text.split(/\r?\n/).filter((line) => line !== "");
  const columns = cells(head ?? "");
  return lines.map((line) => {
    const row = cells(line);
    return Object.fromEntries(columns.map((column, i) => [column, row[i] ?? ""]));
  });
}

/** `*` leaves a cell open, `+` wants something in it, `~word` wants the word among those between `;`; numbers compare as numbers, to a microsecond. */
function agrees(wanted: string, found: string | undefined): boolean {
  if (wanted === "*") return found !== undefined;
  if (wanted === "+") return found !== undefined && found !== "";
  if (wanted.startsWith("~")) return found?.split(/; ?/).includes(wanted.slice(1)) === true;
  if (wanted === found) return true;
  if (wanted === "" || found === undefined || found === "") return false;
  return Math.abs(Number(wanted) - Number(found)) < 1e-6;
}

/** A row in few words: enough to find it in the capture. */
function label(row: Readonly<Record<string, string>> | undefined): string {
  if (row === undefined) return "no row";
  const { transport, client_ip, client_port, server_ip, server_port } = row;
  return `${transport} ${client_ip}:${client_port} > ${server_ip}:${server_port}`;
}

function differences(wanted: Record<string, string>[], found: Record<string, string>[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < Math.max(wanted.length, found.length); i++) {
    const [want, got] = [wanted[i], found[i]];
    if (want === undefined || got === undefined || label(want) !== label(got)) {
      lines.push(`row ${i + 1}: wanted ${label(want)}, found ${label(got)}`);
      continue;
    }
    for (const [column, value] of Object.entries(want))
      if (!agrees(value, got[column]))
        lines.push(
          `row ${i + 1} (${label(want)}), ${column}: wanted "${value}", found ` +
            (got[column] === undefined ? "no such column" : `"${got[column]}"`),
        );
  }
  return lines;
}

function caseOf(name: string): Case {
  return JSON.parse(readFileSync(join(FOLDER, name, "case.json"), "utf8")) as Case;
}

let runs: ReadonlyMap<string, Run> = new Map();
beforeAll(() => {
  if (!existsSync(PROGRAM)) return;
  const answers = o365flowEach(
    names.map((name) => ({ args: ["classify", ...caseOf(name).args, "--csv"], cwd: join(FOLDER, name) })),
  );
  runs = new Map(answers.map((run, i) => [names[i] ?? "", run]));
});

describe.each(names)("fixture %s", (name) => {
  const folder = join(FOLDER, name);

  it("is what its script writes, byte for byte", async () => {
    const { files } = (await import(pathToFileURL(join(folder, "make.ts")).href)) as { files: Files };
    expect(Object.keys(files)).not.toHaveLength(0);
    for (const [file, bytes] of Object.entries(files))
      expect(Buffer.compare(readFileSync(join(folder, file)), bytes), file).toBe(0);
  });

  it.skipIf(!existsSync(PROGRAM))("is classified as expected", () => {
    const run = runs.get(name) ?? expect.fail("it was not run");
    const wanted = parseCsv(readFileSync(join(folder, "expected.csv"), "utf8"));
    expect(differences(wanted, parseCsv(run.stdout)), run.stderr).toEqual([]);
    expect(run.status, run.stderr).toBe(caseOf(name).exit);
  });
});
