/** A command as completion needs it. */
export interface CompletionCommand {
  /** Words from the program's name on, without it: "", "site", "site check". */
  readonly path: string;
  readonly summary: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly CompletionOption[];
}

export interface CompletionOption {
  readonly flags: readonly string[];
  readonly summary: string;
  /** Words that it takes; empty for anything, such as a file. */
  readonly values: readonly string[];
  readonly takesValue: boolean;
}

export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof SHELLS)[number];

/** A completion script for a shell; files complete where nothing else does. */
export function completionScript(shell: Shell, name: string, tree: readonly CompletionCommand[]): string {
  switch (shell) {
    case "bash":
      return bash(name, tree);
    case "zsh":
      // zsh runs bash's completion functions (zshcompsys, bashcompinit).
      return `#compdef ${name}\nautoload -U +X bashcompinit && bashcompinit\n${bash(name, tree)}`;
    case "fish":
      return fish(name, tree);
    case "powershell":
      return powershell(name, tree);
  }
}

/** Deepest paths first, so that "site check" is tried before "site". */
function deepestFirst(tree: readonly CompletionCommand[]): CompletionCommand[] {
  return tree.toSorted((a, b) => b.path.split(" ").length - a.path.split(" ").length);
}

function wordsOf(command: CompletionCommand): string {
  return [
    ...command.commands.map((child) => child.name),
    ...command.options.flatMap(({ flags }) => flags),
  ].join(" ");
}

/** Words that options take, by command and option: "check --format". The same option takes others elsewhere. */
function valuesOf(tree: readonly CompletionCommand[]): Map<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  for (const { path, options } of tree)
    for (const { flags, values: words } of options)
      if (words.length > 0) for (const flag of flags) values.set(`${path} ${flag}`, words);
  return values;
}

function bash(name: string, tree: readonly CompletionCommand[]): string {
  const paths = tree.filter(({ path }) => path !== "").map(({ path }) => `"${path}"`);
  const values = [...valuesOf(tree)].map(
    ([option, words]) =>
      `    "${option}") COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$current")); return ;;`,
  );
  const cases = tree.map((command) => `    "${command.path}") words="${wordsOf(command)}" ;;`);
  return `_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local path="" words="" word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " ${paths.map((path) => path.replaceAll('"', "").replaceAll(" ", "/")).join(" ")} " in
      *" \${path:+$path/}$word "*) path="\${path:+$path/}$word" ;;
    esac
  done
  path="\${path//\\// }"
  case "$path $previous" in
${values.join("\n")}
  esac
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  local IFS=$'\\n'
  if [[ "$current" != -* ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _${name} ${name}
`;
}

function fish(name: string, tree: readonly CompletionCommand[]): string {
  const lines: string[] = [];
  for (const { path, commands, options } of tree) {
    const words = path.split(" ").filter((word) => word !== "");
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const children = commands.map((child) => child.name).join(" ");
    const open = children === "" ? [] : [`not __fish_seen_subcommand_from ${children}`];
    const condition = (parts: readonly string[]): string =>
      parts.length === 0 ? "" : ` -n ${fishQuoted(parts.join("; and "))}`;
    for (const child of commands)
      lines.push(
        `complete -c ${name}${condition([...seen, ...open])} -f -a ${child.name} -d ${fishQuoted(child.summary)}`,
      );
    for (const option of options) {
      const flags = option.flags
        .map((flag) => (flag.startsWith("--") ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`))
        .join("");
      const values =
        option.values.length > 0
          ? ` -x -a ${fishQuoted(option.values.join(" "))}`
          : option.takesValue
            ? " -r"
            : "";
      lines.push(
        `complete -c ${name}${condition([...seen, ...open])}${flags}${values} -d ${fishQuoted(option.summary)}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Single quotes of fish: backslash and quote are escaped. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function powershell(name: string, tree: readonly CompletionCommand[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const rows = deepestFirst(tree).map(
    (command) =>
      `    ${quoted(command.path)} = @(${wordsOf(command)
        .split(" ")
        .filter((word) => word !== "")
        .map(quoted)
        .join(", ")})`,
  );
  const values = [...valuesOf(tree)].map(
    ([option, words]) => `    ${quoted(option)} = @(${words.map(quoted).join(", ")})`,
  );
  return `Register-ArgumentCompleter -Native -CommandName ${name} -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $tree = @{
${rows.join("\n")}
  }
  $values = @{
${values.join("\n")}
  }
  $typed = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($wordToComplete -ne '' -and $typed.Count -gt 0) { $typed = @($typed | Select-Object -SkipLast 1) }
  $path = ''
  foreach ($word in $typed) {
    $longer = ($path + ' ' + $word).Trim()
    if ($tree.ContainsKey($longer)) { $path = $longer }
  }
  $words = $tree[$path]
  if ($typed.Count -gt 0 -and $values.ContainsKey("$path $($typed[-1])")) { $words = $values["$path $($typed[-1])"] }
  $words | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}
