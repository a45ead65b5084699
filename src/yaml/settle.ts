import { type Document, type Node, isAlias, isMap, isNode, isScalar, isSeq } from "yaml";
import { grouped } from "../count-text.ts";
import type { YamlFault } from "./yaml-fault.ts";

/** Characters of a key that a message repeats. */
const LONGEST_KEY = 100;

/**
 * Replaces every alias of a document by what it names, and finds keys that stand twice. The library does either in time
 * that grows with the square of the document. `mostNodes`: how many nodes there may be, those behind an alias counted
 * each time.
 */
export function settleNodes(document: Document, mostNodes: number): readonly YamlFault[] {
  const settler = new Settler(mostNodes);
  if (isNode(document.contents)) document.contents = settler.settle(document.contents);
  return settler.faults;
}

class Settler {
  readonly faults: YamlFault[] = [];
  readonly #anchors = new Map<string, Node>();
  /** How many nodes a named node has, itself included; none while it is being gone through. */
  readonly #sizes = new Map<Node, number>();
  readonly #mostNodes: number;
  #nodes = 0;

  constructor(mostNodes: number) {
    this.#mostNodes = mostNodes;
  }

  /** The node itself, or what it names. Calls itself once a level, of which the reader allows few. */
  settle(node: Node): Node {
    if (isAlias(node)) return this.#target(node.source, node);
    const before = this.#nodes++;
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries())
        if (isNode(item)) node.items[index] = this.settle(item);
    } else if (isMap(node)) {
      const keys = new Set<unknown>();
      for (const pair of node.items) {
        const at = offsetOf(pair.key);
        if (isNode(pair.key)) pair.key = this.settle(pair.key);
        if (isNode(pair.value)) pair.value = this.settle(pair.value);
        if (!isScalar(pair.key)) continue;
        if (keys.has(pair.key.value))
          this.faults.push({ offset: at, message: `the key ${shortText(pair.key.value)} stands here again` });
        keys.add(pair.key.value);
      }
    }
    if (anchor !== undefined) this.#sizes.set(node, this.#nodes - before);
    return node;
  }

  #target(name: string, alias: Node): Node {
    const fail = (message: string): Node => {
      this.faults.push({ offset: offsetOf(alias), message });
      return alias;
    };
    const target = this.#anchors.get(name);
    if (target === undefined) return fail(`*${name} names nothing: there is no &${name} before it`);
    const size = this.#sizes.get(target);
    if (size === undefined) return fail(`*${name} stands inside of what it names`);
    if (this.#nodes + size > this.#mostNodes)
      return fail(
        `*${name} repeats too much: a file with its repetitions may hold ${grouped(this.#mostNodes)} values`,
      );
    this.#nodes += size;
    return target;
  }
}

/** A key as messages quote it. */
function shortText(key: unknown): string {
  const text = String(key);
  return JSON.stringify(text.length <= LONGEST_KEY ? text : `${text.slice(0, LONGEST_KEY)}...`);
}

function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
