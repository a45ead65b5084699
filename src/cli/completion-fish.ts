import { type CompletionCommand, pathsOf, takingFlags } from "./completion-tree.ts";

/** For fish. What was typed is read from left to right, as the program does: `check` behind `site` is not `check`. */
export function fishCompletion(name: string, tree: readonly CompletionCommand[]): string {
  const lines: string[] = [];
  for (const { path, commands, options, words, takesFiles } of tree) {
    const here = ` -n ${quoted(`__${name}_at ${quoted(path)}`)}`;
    const first = ` -n ${quoted(`__${name}_at ${quoted(path)} first`)}`;
    if (!takesFiles) lines.push(`complete -c ${name}${here} -f`);
    for (const child of commands)
      lines.push(`complete -c ${name}${first} -a ${child.name} -d ${quoted(child.summary)}`);
    if (words.length > 0) lines.push(`complete -c ${name}${first} -a ${quoted(words.join(" "))}`);
    for (const option of options) {
      const flags = option.flags
        .map((flag) => (flag.startsWith("--") ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`))
        .join("");
      const values = option.values.length > 0 ? ` -x -a ${quoted(option.values.join(" "))}` : "";
      const file = option.values.length === 0 && option.takesValue ? " -r -F" : "";
      lines.push(`complete -c ${name}${here}${flags}${values}${file} -d ${quoted(option.summary)}`);
    }
  }
  return `function __${name}_at
  set -l tokens (commandline -opc)
  set -e tokens[1]
  set -l route ''
  set -l operand no
  set -l skip no
  for token in $tokens
    if test $skip = yes
      set skip no
    else if contains -- $token ${takingFlags(tree).join(" ")}
      set skip yes
    else if not string match -q -- '-*' $token
      set -l next (string trim -- "$route $token")
      if contains -- $next ${pathsOf(tree).map(quoted).join(" ")}
        set route $next
      else
        set operand yes
        break
      end
    end
  end
  test "$route" = "$argv[1]"; and test "$argv[2]" != first -o $operand = no
end
${lines.join("\n")}
`;
}

/** Single quotes of fish: backslash and quote are escaped. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
