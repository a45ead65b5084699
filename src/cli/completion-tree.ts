/** A command as completion needs it. */
export interface CompletionCommand {
  /** Words from the program's name on, without it: "", "site", "site check". */
  readonly path: string;
  readonly summary: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly CompletionOption[];
  /** Words that its arguments can be; empty where they are anything. */
  readonly words: readonly string[];
  /** True where its arguments may be files. */
  readonly takesFiles: boolean;
}

export interface CompletionOption {
  readonly flags: readonly string[];
  readonly summary: string;
  /** Words that it takes; empty for anything, such as a file. */
  readonly values: readonly string[];
  readonly takesValue: boolean;
}

/** Paths of all commands but the program itself. */
export function pathsOf(tree: readonly CompletionCommand[]): string[] {
  return tree.map(({ path }) => path).filter((path) => path !== "");
}

/** Flags whose next word is their value, and never a command. A flag takes a value in each command that has it, or in none. */
export function takingFlags(tree: readonly CompletionCommand[]): string[] {
  const flags = tree.flatMap(({ options }) =>
    options.filter(({ takesValue }) => takesValue).flatMap((option) => option.flags),
  );
  return [...new Set(flags)];
}

/** What stands in place of a first argument: the commands below, or the words that it can be. */
export function wordsOf({ commands, words }: CompletionCommand): string[] {
  return [...commands.map(({ name }) => name), ...words];
}

export function flagsOf({ options }: CompletionCommand): string[] {
  return options.flatMap(({ flags }) => flags);
}

/** Words that options take, by command and option: "check --format". The same option takes others elsewhere. */
export function valuesOf(tree: readonly CompletionCommand[]): Map<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  for (const { path, options } of tree)
    for (const { flags, values: words } of options)
      if (words.length > 0) for (const flag of flags) values.set(`${path} ${flag}`, words);
  return values;
}
