import {
  type CompletionCommand,
  type CompletionOption,
  pathsOf,
  takingFlags,
  valuesOf,
} from "./completion-tree.ts";

/**
 * For zsh, as a file `_NAME` in `fpath` or sourced. Not bash's function by way of bashcompinit: `path` and other names
 * that are free in bash are special in zsh.
 */
export function zshCompletion(name: string, tree: readonly CompletionCommand[]): string {
  const values = [...valuesOf(tree)].map(
    ([option, words]) => `    ${quoted(option)}) compadd -- ${words.map(quoted).join(" ")}; return ;;`,
  );
  const cases = tree.map(({ path, commands, words, options, takesFiles }) => {
    const items = [
      ...commands.map((child) => described(child.name, child.summary)),
      ...words.map((word) => quoted(word)),
    ];
    return [
      `    ${quoted(path)})`,
      `      words_=(${items.join(" ")})`,
      `      options=(${options.flatMap(optionLines).join(" ")})`,
      `      files=${takesFiles ? "yes" : "''"} ;;`,
    ].join("\n");
  });
  return `#compdef ${name}
_${name}() {
  local route='' operand='' files='' previous=\${words[CURRENT-1]} word
  local -a words_ options taking routes
  integer i=2
  taking=(${takingFlags(tree).join(" ")})
  routes=(${pathsOf(tree).map(quoted).join(" ")})
  if [[ $PREFIX == --*=* ]]; then
    previous=\${PREFIX%%=*}
    compset -P '*='
  fi
  while (( i < CURRENT )); do
    word=\${words[i]}
    (( i += 1 ))
    if (( \${taking[(Ie)$word]} )); then
      (( i += 1 ))
      continue
    fi
    [[ $word == -* ]] && continue
    if (( \${routes[(Ie)\${route:+$route }$word]} )); then
      route="\${route:+$route }$word"
    else
      operand=yes
      break
    fi
  done
  if (( \${taking[(Ie)$previous]} )); then
    case "$route $previous" in
${values.join("\n")}
    esac
    _files
    return
  fi
  case "$route" in
${cases.join("\n")}
  esac
  if [[ $PREFIX == -* ]]; then
    _describe -o option options
    return
  fi
  local found=1
  if [[ -z $operand ]] && (( \${#words_} )); then _describe argument words_ && found=0; fi
  if [[ -n $files ]]; then _files && found=0; fi
  return found
}
if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _${name} ${name}
fi
`;
}

function optionLines({ flags, summary }: CompletionOption): string[] {
  return flags.map((flag) => described(flag, summary));
}

/** A word and what it means, as `_describe` wants them. */
function described(word: string, summary: string): string {
  return quoted(`${word.replaceAll(":", "\\:")}:${summary}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
