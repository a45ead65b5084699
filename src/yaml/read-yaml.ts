import { type CST, Composer, type Document, Lexer, LineCounter, Parser } from "yaml";
import { grouped } from "../count-text.ts";
import { settleNodes } from "./settle.ts";
import { ESCAPES, type YamlFault } from "./yaml-fault.ts";

/**
 * Words, numbers, commas, blanks and line ends that are read of one file: some 80,000 items on lines of their own. The
 * library takes 3 to 10 microseconds and 0.3 to 0.6 KB for each.
 */
export const MOST_TOKENS = 500_000;

/** Characters of one value or comment; a text of many lines costs the library 50 times its size of memory. */
const MOST_TOKEN_LENGTH = 65_536;

/** Levels of lists and mappings, of which a description has six. The library calls itself once a level. */
const MOST_LEVELS = 100;

/** What a text of YAML or JSON holds. */
export interface YamlText {
  /** Every alias in it is replaced by what it names. Not to be used where there are faults. */
  readonly document: Document;
  readonly faults: readonly YamlFault[];
  /** Line and column from 1 of an offset in characters. */
  readonly placeOf: (offset: number) => { readonly line: number; readonly column: number };
}

/** A text that would take too much time or memory, or holds what no description does. */
class Refused extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Reads one document of YAML or JSON, in time and memory that its size bounds whatever stands in it. */
export function readYaml(source: string): YamlText {
  // A line break, too (YAML 1.2, section 5.4), which the library does not know; as long, so that places stay.
  const text = source.replace(/\r(?!\n)/g, "\n");
  const lines = new LineCounter();
  const placeOf = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const composer = new Composer({
    // Looks through all keys before for each one; `settleNodes` does not.
    uniqueKeys: false,
    // Without these, "%YAML 1.1" or a tag brings in types that compare all items with each other.
    schema: "core",
    resolveKnownTags: false,
  });
  try {
    const document = withoutStacks(() => oneDocument(composer, tokensOf(text, lines), text.length));
    const faults: YamlFault[] = document.errors.map(({ pos, message }) => ({
      offset: pos[0],
      message: message.startsWith("Invalid escape sequence") ? `${message}; ${ESCAPES}` : message,
    }));
    // Not concatenated by spreading: there may be 500,000.
    for (const fault of settleNodes(document, MOST_TOKENS)) faults.push(fault);
    return { document, faults, placeOf };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { offset, message } = error;
    return { document: emptyDocument(), faults: [{ offset, message }], placeOf };
  }
}

/** The tokens of a text for the composer; throws a `Refused` at the first place that goes beyond what is read. */
function* tokensOf(text: string, lines: LineCounter): Generator<CST.Token, void> {
  const nul = text.indexOf("\0");
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  let count = 0;
  for (const source of new Lexer().lex(text)) {
    const { offset } = parser;
    if (nul >= offset && nul < offset + source.length) {
      for (let at = text.indexOf("\n", offset); at >= 0 && at < nul; at = text.indexOf("\n", at + 1))
        lines.addNewLine(at + 1);
      throw new Refused(nul, "found a NUL byte: is no text");
    }
    if (source.length > MOST_TOKEN_LENGTH)
      throw new Refused(
        offset,
        `one value or comment has ${grouped(source.length)} characters: no more than ${grouped(MOST_TOKEN_LENGTH)} are read`,
      );
    if (++count > MOST_TOKENS)
      throw new Refused(
        offset,
        `is too long: no more than ${grouped(MOST_TOKENS)} words, signs, blanks and line ends are read`,
      );
    yield* parser.next(source);
    if (parser.stack.length > MOST_LEVELS)
      throw new Refused(offset, `lists and mappings stand more than ${MOST_LEVELS} deep in each other`);
  }
  yield* parser.end();
}

function oneDocument(composer: Composer, tokens: Iterable<CST.Token>, length: number): Document {
  let first: Document | undefined;
  for (const document of composer.compose(tokens, true, length)) {
    if (first !== undefined)
      throw new Refused(document.range[0], 'a second document begins here ("---"): wanted one');
    first = document;
  }
  return first ?? emptyDocument();
}

function emptyDocument(): Document {
  for (const document of new Composer().compose([], true, 0)) return document;
  throw new TypeError("the composer gives a document when told to");
}

/** Every fault of a text is an error object, and its stack would take ten times the time and memory of the rest. */
function withoutStacks<T>(work: () => T): T {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = before;
  }
}
