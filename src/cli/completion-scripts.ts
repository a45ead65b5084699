import { bashCompletion } from "./completion-bash.ts";
import { fishCompletion } from "./completion-fish.ts";
import { powershellCompletion } from "./completion-powershell.ts";
import type { CompletionCommand } from "./completion-tree.ts";
import { zshCompletion } from "./completion-zsh.ts";

export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof SHELLS)[number];

/** A completion script for a shell; files complete where nothing else does. */
export function completionScript(shell: Shell, name: string, tree: readonly CompletionCommand[]): string {
  switch (shell) {
    case "bash":
      return bashCompletion(name, tree);
    case "zsh":
      return zshCompletion(name, tree);
    case "fish":
      return fishCompletion(name, tree);
    case "powershell":
      return powershellCompletion(name, tree);
  }
}
