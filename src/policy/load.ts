import * as v from "valibot";
import { type Document, isMap, isNode, isScalar } from "yaml";
import { decodeText } from "../files/decode-text.ts";
import { otherContent } from "../files/other-content.ts";
import { MOST_YAML_BYTES, readWholeFile, whyUnread } from "../files/whole-file.ts";
import { FirstFaults } from "../site/first-faults.ts";
import { nearest } from "../site/nearest.ts";
import { readYaml } from "../yaml/read-yaml.ts";
import { PolicyError } from "./policy-error.ts";
import { KEYS, POLICY, type RuleText } from "./schema.ts";

/** A rule, and the line of the policy on which it stands. */
export interface Rule extends RuleText {
  readonly line: number;
}

export interface Policy {
  readonly file: string;
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** Reads and checks a policy (YAML or JSON). Throws PolicyError with everything that is wrong with it. */
export function loadPolicy(file: string): Policy {
  let bytes: Uint8Array;
  try {
    bytes = readWholeFile(file, MOST_YAML_BYTES);
  } catch (error) {
    throw new PolicyError([`${file}: ${whyUnread(error)}`]);
  }
  const other = otherContent(bytes);
  if (other !== undefined) throw new PolicyError([`${file}: is ${other}: wanted a policy (YAML or JSON)`]);
  const text = decodeText(bytes);
  if (text === undefined) throw new PolicyError([`${file}: is no text in UTF-8 or UTF-16`]);
  return policyFromText(text, file);
}

type Keys = readonly (string | number)[];

/** A policy from its text; `file` stands in messages. Throws PolicyError. */
export function policyFromText(text: string, file: string): Policy {
  const { document, faults, placeOf } = readYaml(text);
  const placed = (offset: number, message: string): Fault => ({ ...placeOf(offset), message });
  if (faults.length > 0)
    throw errorOf(
      file,
      faults.map(({ offset, message }) => placed(offset, message)),
    );
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw errorOf(file, [placed(0, error instanceof Error ? error.message : String(error))]);
  }
  const read = v.safeParse(POLICY, content);
  if (!read.success)
    throw errorOf(
      file,
      read.issues.map((issue) => {
        const keys = keysOf(issue);
        return placed(
          offsetOf(document, keys, issue.type === "strict_object"),
          `${keyText(keys)}${messageOf(issue, content)}`,
        );
      }),
    );
  const { rules, name } = read.output;
  const firstWith = new Map(rules.map(({ id }, i) => [id, i] as const).reverse());
  const repeated = rules.flatMap(({ id }, i) =>
    firstWith.get(id) !== i
      ? [
          placed(
            offsetOf(document, ["rules", i, "id"], false),
            `rules[${i}].id: "${id}" is the name of an earlier rule`,
          ),
        ]
      : [],
  );
  const backwards = rules.flatMap(({ match: { from, to } }, i) =>
    from !== undefined && to !== undefined && from >= to
      ? [
          placed(
            offsetOf(document, ["rules", i, "match", "to"], false),
            `rules[${i}].match.to: is not after from`,
          ),
        ]
      : [],
  );
  if (repeated.length + backwards.length > 0) throw errorOf(file, [...repeated, ...backwards]);
  return {
    file,
    name,
    rules: rules.map((rule, i) => ({ ...rule, line: placeOf(offsetOf(document, ["rules", i], false)).line })),
  };
}

interface Fault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Faults in the order of the file, the first ones. */
function errorOf(file: string, faults: readonly Fault[]): PolicyError {
  const first = new FirstFaults();
  for (const { line, column, message } of faults) first.add(`${file}:${line}:${column}: ${message}`);
  return new PolicyError(first.messages(file));
}

type Issue = v.BaseIssue<unknown>;

function keysOf(issue: Issue): Keys {
  return (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
}

function keyText(keys: Keys): string {
  if (keys.length === 0) return "";
  const text = keys.map((key, i) => (typeof key === "number" ? `[${key}]` : `${i === 0 ? "" : "."}${key}`));
  return `${text.join("")}: `;
}

/** What valibot says, in the words of the site description's messages. */
function messageOf(issue: Issue, content: unknown): string {
  if (issue.type === "picklist" && typeof issue.input === "string") {
    const [, words = ""] = /wanted one of (.*)$/.exec(issue.message) ?? [];
    const meant = nearest(issue.input, words.split(", "));
    if (meant !== undefined) return `found "${issue.input}"; did you mean "${meant}"?`;
  }
  if (issue.type !== "strict_object") return issue.message;
  const keys = keysOf(issue);
  if (issue.expected !== "never")
    return valueAt(content, keys) === undefined
      ? "is missing"
      : `found no mapping, wanted keys: ${knownKeys(keys).join(", ")}`;
  const known = knownKeys(keys.slice(0, -1));
  const meant = nearest(String(keys.at(-1) ?? ""), known);
  return meant === undefined
    ? `is no key here; the keys are ${known.join(", ")}`
    : `is no key here; did you mean "${meant}"?`;
}

function valueAt(content: unknown, keys: Keys): unknown {
  let at: unknown = content;
  for (const key of keys) at = (at as Record<string | number, unknown> | null | undefined)?.[key];
  return at;
}

/** Keys of the mapping at a place: the file, a rule, or a part of a rule. */
function knownKeys(keys: Keys): readonly string[] {
  const [, index, part] = keys;
  if (index === undefined) return KEYS.policy;
  return part === undefined ? KEYS.rule : KEYS[part as keyof typeof KEYS];
}

/** Where a value stands, or the key itself; where it is not there, what would hold it. */
function offsetOf(document: Document, keys: Keys, ofKey: boolean): number {
  if (ofKey && keys.length > 0) {
    const map = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true);
    if (isMap(map)) {
      const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === String(keys.at(-1)));
      if (pair !== undefined && isNode(pair.key) && pair.key.range) return pair.key.range[0];
    }
  }
  for (let length = keys.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
