import { type Document, LineCounter, type Node, isAlias, isMap, isScalar, isSeq, parseDocument } from "yaml";
import { nearest } from "./nearest.ts";
import type { Read } from "./values.ts";

/** Everything found wrong or worth knowing, in the order of the file. */
export class Findings {
  readonly errors: string[] = [];
  readonly warnings: string[] = [];
}

/** What all cursors of one file share. */
interface Source {
  readonly fileName: string;
  readonly findings: Findings;
  readonly lines: LineCounter;
  readonly document: Document;
}

/** One place in a YAML or JSON document: what stands there, where that is, and under which key. */
export class Cursor {
  readonly #source: Source;
  readonly #node: Node | null | undefined;
  readonly #at: Node | undefined;
  /** "paths[0].vlans[1]"; empty for the whole document. */
  readonly key: string;

  constructor(source: Source, node: unknown, key: string, parent: Node | undefined) {
    this.#source = source;
    const found = isAlias(node) ? node.resolve(source.document) : node;
    this.#node = isNode(found) ? found : undefined;
    this.#at = isNode(node) ? node : parent;
    this.key = key;
  }

  /** "site.yaml:12:9", line and column from 1. */
  get place(): string {
    const at = this.#at?.range?.[0] ?? 0;
    const { line, col } = this.#source.lines.linePos(at);
    return `${this.#source.fileName}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  }

  fail(message: string): void {
    this.#source.findings.errors.push(`${this.#heading}${message}`);
  }

  warn(message: string): void {
    this.#source.findings.warnings.push(`${this.#heading}${message}`);
  }

  get #heading(): string {
    return this.key === "" ? `${this.place}: ` : `${this.place}: ${this.key}: `;
  }

  /** True where a key stands without a value, which means that it is not given. */
  get isEmpty(): boolean {
    return (
      this.#node === undefined || this.#node === null || (isScalar(this.#node) && this.#node.value === null)
    );
  }

  /** The entries under known keys, empty ones left out; every other key is an error. `undefined`: no mapping. */
  entries<K extends string>(known: readonly K[]): ReadonlyMap<K, Cursor> | undefined {
    if (!isMap(this.#node)) {
      this.fail(`found ${this.#found}, wanted keys: ${known.join(", ")}`);
      return undefined;
    }
    const found = new Map<K, Cursor>();
    for (const pair of this.#node.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
      const keyNode = isNode(pair.key) ? pair.key : this.#node;
      const key = this.key === "" ? name : `${this.key}.${name}`;
      const value = new Cursor(this.#source, pair.value, key, keyNode);
      const match = known.find((candidate) => candidate === name);
      if (match === undefined) {
        const meant = nearest(name, known);
        new Cursor(this.#source, keyNode, key, keyNode).fail(
          meant === undefined
            ? `is no key here; the keys are ${known.join(", ")}`
            : `is no key here; did you mean "${meant}"?`,
        );
      } else if (!value.isEmpty) found.set(match, value);
    }
    return found;
  }

  /** The items of a list; anything else is an error and gives none. */
  items(wanted: string): readonly Cursor[] {
    if (!isSeq(this.#node)) {
      this.fail(`found ${this.#found}, wanted a list of ${wanted}`);
      return [];
    }
    const node = this.#node;
    return node.items.map((item, index) => new Cursor(this.#source, item, `${this.key}[${index}]`, node));
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  /** Text, or a number as it is written (a VLAN of 500.100 is not 500.1). Anything else is an error. */
  text(wanted: string): string | undefined {
    if (isScalar(this.#node)) {
      if (typeof this.#node.value === "string") return this.#node.value;
      if (typeof this.#node.value === "number") return this.#node.source ?? String(this.#node.value);
    }
    this.fail(`found ${this.#found}, wanted ${wanted}`);
    return undefined;
  }

  flag(): boolean | undefined {
    if (isScalar(this.#node) && typeof this.#node.value === "boolean") return this.#node.value;
    this.fail(`found ${this.#found}, wanted true or false`);
    return undefined;
  }

  /** One of several words. */
  word<W extends string>(words: readonly W[]): W | undefined {
    const text = this.text(`one of ${words.join(", ")}`);
    if (text === undefined) return undefined;
    const match = words.find((candidate) => candidate === text);
    if (match !== undefined) return match;
    const meant = nearest(text, words);
    this.fail(
      meant === undefined
        ? `found "${text}", wanted one of ${words.join(", ")}`
        : `found "${text}"; did you mean "${meant}"?`,
    );
    return undefined;
  }

  /** Text that a reader of values understands. */
  value<T>(wanted: string, read: (text: string) => Read<T>): T | undefined {
    const text = this.text(wanted);
    if (text === undefined) return undefined;
    const result = read(text);
    if ("value" in result) return result.value;
    this.fail(result.problem);
    return undefined;
  }

  get #found(): string {
    if (this.isEmpty) return "nothing";
    if (isMap(this.#node)) return "a mapping";
    if (isSeq(this.#node)) return "a list";
    return isScalar(this.#node) ? JSON.stringify(this.#node.value) : "something else";
  }
}

function isNode(value: unknown): value is Node {
  return isMap(value) || isSeq(value) || isScalar(value) || isAlias(value);
}

/** Reads YAML or JSON. Syntax errors go into the findings, and then there is no document. */
export function openDocument(text: string, fileName: string, findings: Findings): Cursor | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    findings.errors.push(`${fileName}:${Math.max(line, 1)}:${Math.max(col, 1)}: ${error.message}`);
  }
  if (document.errors.length > 0) return undefined;
  return new Cursor(
    { fileName, findings, lines, document },
    document.contents,
    "",
    document.contents ?? undefined,
  );
}
