import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { o365flow } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Schema {
  properties: Record<string, { type?: string[]; enum?: unknown[]; description: string }>;
  required: string[];
}

function fits(value: unknown, { type, enum: values }: { type?: string[]; enum?: unknown[] }): boolean {
  if (values !== undefined) return values.includes(value);
  const name = value === null ? "null" : typeof value;
  return type?.includes(name) === true || (type?.includes("integer") === true && Number.isInteger(value));
}

it("the schema of flows has the columns of the rows, and their values fit it", () => {
  const schema = JSON.parse(o365flow(["schema"]).stdout) as Schema;
  const { stdout } = o365flow(["classify", join(ROOT, "fixtures/two-taps"), "--json", "-q"]);
  const rows = JSON.parse(stdout) as Record<string, unknown>[];
  expect(rows.length).toBeGreaterThan(3);
  for (const row of rows) {
    expect(Object.keys(row)).toEqual(schema.required);
    for (const [name, value] of Object.entries(row)) {
      const property = schema.properties[name];
      expect(property !== undefined && fits(value, property), `${name}: ${String(value)}`).toBe(true);
    }
  }
});

it("schema knows calls, and says what it knows when asked for something else", () => {
  expect((JSON.parse(o365flow(["schema", "calls"]).stdout) as Schema).required).toContain("scenario");
  const refused = o365flow(["schema", "toString"]);
  expect(refused).toMatchObject({ status: 2, stdout: "" });
  expect(refused.stderr).toContain("wanted one of flows, calls");
});

it("the schemas of violations, changes and calls allow what a group of flows has not, or several of", () => {
  const propertiesOf = (table: string): Schema["properties"] =>
    (JSON.parse(o365flow(["schema", table]).stdout) as Schema).properties;
  const { transport, schema_version: version, ...violation } = propertiesOf("violations");
  // A rule that saw too few flows.
  for (const property of [transport, violation["path_out"], violation["path_back"], violation["symmetry"]])
    expect(property?.enum).toContain(null);
  expect(version?.enum).toEqual([1]);
  expect(propertiesOf("changes")["transport"]?.enum).toEqual(["tcp", "udp", null]);
  expect(propertiesOf("calls")["transport"]).toMatchObject({ type: ["string", "null"] });
  expect(propertiesOf("flows")["transport"]?.enum).toEqual(["tcp", "udp"]);
});

it("the schemas of an audit's captures and sums have the columns of its tables, and their values fit", () => {
  const out = join(folder, "audit");
  const captures = join(ROOT, "fixtures/two-taps");
  expect(o365flow(["audit", captures, "--out", out, "--format", "ndjson", "-q"]).status).toBe(0);
  for (const table of ["files", "totals"]) {
    const schema = JSON.parse(o365flow(["schema", table]).stdout) as Schema;
    const lines = readFileSync(join(out, `${table}.ndjson`), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) {
      const row = JSON.parse(line) as Record<string, unknown>;
      expect(Object.keys(row)).toEqual(schema.required);
      for (const [name, value] of Object.entries(row))
        expect(fits(value, schema.properties[name] ?? {}), `${name}: ${String(value)}`).toBe(true);
    }
  }
});

/** The script for a shell, in a file of its own, written once. */
function scriptFor(shell: string): string {
  const script = join(folder, `completion.${shell}`);
  if (!existsSync(script)) writeFileSync(script, o365flow(["completion", shell]).stdout);
  return script;
}

function linesOf(shell: string, args: readonly string[]): string[] {
  const run = spawnSync(shell, args, { encoding: "utf8", cwd: folder });
  expect(run.stderr).toBe("");
  return run.stdout.split("\n").filter((word) => word !== "");
}

const WINDOWS = process.platform === "win32";
const has = (shell: string): boolean => !WINDOWS && spawnSync(shell, ["-c", "true"]).status === 0;

describe.skipIf(WINDOWS)("bash", () => {
  /** What bash offers for the last word; where it is nothing, readline completes files. */
  function offered(...words: string[]): string[] {
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const command = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _o365flow; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return linesOf("bash", ["-c", `source ${scriptFor("bash")}; ${command}`]);
  }

  it("completes commands, options and their values", () => {
    expect(offered("o365flow", "expl")).toEqual(["explain"]);
    expect(offered("o365flow", "site", "")).toEqual(["init", "check", "learn"]);
    expect(offered("o365flow", "site", "check", "--b")).toEqual(["--building"]);
    expect(offered("o365flow", "classify", "--format", "t")).toEqual(["table", "tsv"]);
    expect(offered("o365flow", "check", "--format", "s")).toEqual(["sarif"]);
    expect(offered("o365flow", "check", "-f", "j")).toEqual(["json", "junit"]);
    expect(offered("o365flow", "classify", "-f", "j")).toEqual(["json"]);
    expect(offered("o365flow", "audit", "--format", "")).toEqual(["csv", "ndjson"]);
    expect(offered("o365flow", "audit", "--progress", "j")).toEqual(["json"]);
    expect(offered("o365flow", "stage", "")).toEqual(["plan", "survey", "map", "reduce", "report"]);
    expect(offered("o365flow", "audit", "gc", "--d")).toEqual(["--dry-run"]);
  });

  it("completes values behind =, which parts words or does not", () => {
    expect(offered("o365flow", "check", "--format", "=", "j")).toEqual(["json", "junit"]);
    expect(offered("o365flow", "check", "--format", "=")).toContain("sarif");
    expect(offered("o365flow", "check", "--format=j")).toEqual(["--format=json", "--format=junit"]);
    expect(offered("o365flow", "check", "--format", "=", "json", "--p")).toEqual(["--policy"]);
  });

  it("takes no value and no file for a command", () => {
    expect(offered("o365flow", "audit", "-o", "status", "g")).toEqual(["gc"]);
    expect(offered("o365flow", "audit", "taps", "status", "--memory")).toEqual(["--memory"]);
  });

  it("completes arguments that are fixed words", () => {
    expect(offered("o365flow", "completion", "")).toEqual(["bash", "zsh", "fish", "powershell"]);
    expect(offered("o365flow", "schema", "v")).toEqual(["violations"]);
    expect(offered("o365flow", "scenarios", "hybrid-p2p-f")).toEqual(["hybrid-p2p-federated"]);
  });

  it("leaves files to readline, which knows about quotes, brackets and spaces in names", () => {
    expect(offered("o365flow", "classify", "lon")).toEqual([]);
    expect(offered("o365flow", "audit", "-o", "")).toEqual([]);
    expect(linesOf("bash", ["-c", `source ${scriptFor("bash")}; complete -p o365flow`])).toEqual([
      "complete -o default -F _o365flow o365flow",
    ]);
  });
});

describe.skipIf(!has("zsh"))("zsh", () => {
  /** What the function hands to zsh's own ones, which are there only while somebody types. */
  function offered(...words: string[]): string[] {
    const quoted = words.map((word) => `'${word}'`).join(" ");
    return linesOf("zsh", [
      "-f",
      "-c",
      [
        "compdef() { : }",
        `source ${scriptFor("zsh")}`,
        "compset() { PREFIX=${PREFIX#*=} }",
        "compadd() { shift; print -l -- ${(M)@:#$PREFIX*} }",
        "_describe() { [[ $1 == -o ]] && shift; print -l -- ${(M)${(P)2}:#$PREFIX*} }",
        "_files() { print -- FILES }",
        `words=(${quoted}) CURRENT=${words.length} PREFIX='${words.at(-1) ?? ""}'`,
        "_o365flow; :",
      ].join("\n"),
    ]);
  }

  it("completes commands, options, values, arguments and files", () => {
    expect(offered("o365flow", "expl")).toEqual([expect.stringMatching(/^explain:one flow's decision/)]);
    expect(offered("o365flow", "site", "check", "--b")).toEqual([expect.stringMatching(/^--building:/)]);
    expect(offered("o365flow", "check", "-f", "j")).toEqual(["json", "junit"]);
    expect(offered("o365flow", "check", "--format=s")).toEqual(["sarif"]);
    expect(offered("o365flow", "completion", "z")).toEqual(["zsh"]);
    expect(offered("o365flow", "classify", "lon")).toEqual(["FILES"]);
    expect(offered("o365flow", "audit", "-o", "status", "g")).toEqual([
      expect.stringMatching(/^gc:/),
      "FILES",
    ]);
  });
});

describe.skipIf(!has("fish"))("fish", () => {
  function offered(line: string): string[] {
    return linesOf("fish", ["-c", `source ${scriptFor("fish")}; complete -C '${line}'`]).map(
      (found) => found.split("\t")[0] ?? "",
    );
  }

  it("completes commands, options, values, arguments and files", () => {
    writeFileSync(join(folder, "lon tap.pcap"), "");
    expect(offered("o365flow expl")).toEqual(["explain"]);
    // Options of the command of that name, not of another one's.
    expect(offered("o365flow site check --")).toEqual(["--building", "--help", "--result"]);
    expect(offered("o365flow check -f j")).toEqual(["json", "junit"]);
    expect(offered("o365flow completion ")).toEqual(["bash", "fish", "powershell", "zsh"]);
    expect(offered("o365flow classify lon")).toEqual(["lon tap.pcap"]);
    expect(offered("o365flow audit lon")).toEqual(["lon tap.pcap"]);
    expect(offered("o365flow audit -o status g")).toEqual(["gc"]);
    expect(offered("o365flow audit taps status --ret")).toEqual(["--retry-set-aside"]);
  });
});

it.each(["zsh", "fish", "powershell"])("a script for %s names every command", (shell) => {
  const { stdout, status } = o365flow(["completion", shell]);
  expect(status).toBe(0);
  for (const command of ["classify", "doctor", "explain", "annotate", "schema", "learn"])
    expect(stdout).toContain(command);
});

it("completion refuses shells that it does not know", () => {
  expect(o365flow(["completion", "tcsh"]).status).toBe(2);
});
