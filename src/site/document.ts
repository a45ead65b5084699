import { type Node, isMap, isNode, isScalar, isSeq } from "yaml";
import { counted, grouped } from "../count-text.ts";
import { type YamlText, readYaml } from "../yaml/read-yaml.ts";
import { FirstFaults } from "./first-faults.ts";
import { nearest } from "./nearest.ts";
import type { Read } from "./values.ts";

/** Characters of a value: names of files have no more. */
const LONGEST_TEXT = 4_096;
/** Characters of a key that a message repeats. */
const LONGEST_KEY = 100;

/** Everything found wrong or worth knowing of one file. */
export class Findings {
  readonly errors: FirstFaults = new FirstFaults();
  readonly warnings: string[] = [];
}

/** What all cursors of one file share. */
interface Source {
  readonly fileName: string;
  readonly findings: Findings;
  readonly placeOf: YamlText["placeOf"];
}

/** One place in a YAML or JSON document: what stands there, where that is, and under which key. */
export class Cursor {
  readonly #source: Source;
  readonly #node: Node | undefined;
  readonly #at: Node | undefined;
  /** "paths[0].vlans[1]"; empty for the whole document. */
  readonly key: string;

  constructor(source: Source, node: unknown, key: string, parent: Node | undefined) {
    this.#source = source;
    this.#node = isNode(node) ? node : undefined;
    this.#at = isNode(node) ? node : parent;
    this.key = key;
  }

  /** "site.yaml:12:9", line and column from 1. */
  get place(): string {
    const { line, column } = this.#source.placeOf(this.#at?.range?.[0] ?? 0);
    return `${this.#source.fileName}:${line}:${column}`;
  }

  fail(message: string): void {
    this.#source.findings.errors.add(`${this.keyedPlace}: ${message}`);
  }

  warn(message: string): void {
    this.#source.findings.warnings.push(`${this.keyedPlace}: ${message}`);
  }

  /** Place and key, "site.yaml:12:9: paths[0].vlans[1]". */
  get keyedPlace(): string {
    return this.key === "" ? this.place : `${this.place}: ${this.key}`;
  }

  /** True where a key stands without a value, which means that it is not given. */
  get isEmpty(): boolean {
    return this.#node === undefined || (isScalar(this.#node) && this.#node.value === null);
  }

  /** The entries under known keys, empty ones left out; every other key is an error. `undefined`: no mapping. */
  entries<K extends string>(known: readonly K[]): ReadonlyMap<K, Cursor> | undefined {
    if (!isMap(this.#node)) {
      this.fail(`found ${this.#found}, wanted keys: ${known.join(", ")}`);
      return undefined;
    }
    const found = new Map<K, Cursor>();
    for (const pair of this.#node.items) {
      const name = keyText(pair.key);
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
      const { value, source } = this.#node;
      const text = typeof value === "number" ? (source ?? String(value)) : value;
      if (typeof text === "string" && text.length <= LONGEST_TEXT) return text;
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
    if (!isScalar(this.#node)) return "something else";
    const text = JSON.stringify(this.#node.value);
    return text.length <= LONGEST_TEXT
      ? text
      : `${counted(text.length, "character")} (at most ${grouped(LONGEST_TEXT)} are taken)`;
  }
}

/** A key as messages name it; a list or a mapping is never one of those that are known. */
function keyText(key: unknown): string {
  if (!isScalar(key)) return isMap(key) ? "{...}" : "[...]";
  const text = String(key.value);
  return text.length <= LONGEST_KEY ? text : `${text.slice(0, LONGEST_KEY)}...`;
}

/** Reads YAML or JSON. Syntax errors go into the findings, and then there is no document. */
export function openDocument(text: string, fileName: string, findings: Findings): Cursor | undefined {
  const { document, faults, placeOf } = readYaml(text);
  for (const { offset, message } of faults) {
    const { line, column } = placeOf(offset);
    findings.errors.add(`${fileName}:${line}:${column}: ${message}`);
  }
  if (faults.length > 0) return undefined;
  return new Cursor({ fileName, findings, placeOf }, document.contents, "", document.contents ?? undefined);
}
