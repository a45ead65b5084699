/**
 * A policy that cannot be used: exit status 2. `messages` holds every fault found, one line each, with file, line,
 * column and key.
 */
export class PolicyError extends Error {
  override readonly name: string = "PolicyError";
  readonly messages: readonly string[];
  constructor(messages: readonly string[]) {
    super(messages.join("\n"));
    this.messages = messages;
  }
}
