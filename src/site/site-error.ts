/**
 * A site description, marker option or building file that cannot be used: exit status 2.
 * `messages` holds every fault found, one line each, with file, line, column and key where there are such.
 */
export class SiteError extends Error {
  override readonly name: string = "SiteError";
  readonly messages: readonly string[];
  constructor(messages: readonly string[]) {
    super(messages.join("\n"));
    this.messages = messages;
  }
}
