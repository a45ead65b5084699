import { UsageError } from "./exit.ts";

/** Endings of files in another form than any page, capture or plain text. */
const OTHER_FORMS = "csv|tsv|ndjson|jsonl|parquet|xml|xlsx?|ods|pdf|docx?";

/** What a command writes that has no forms of rows to choose from. */
type Form = "HTML" | "pcapng" | "text" | "text or JSON" | "YAML";

const ENDINGS: Readonly<Record<Form, readonly string[]>> = {
  HTML: [".html"],
  pcapng: [".pcapng"],
  text: [".txt"],
  "text or JSON": [".txt", ".json"],
  YAML: [".yaml"],
};
const OTHERS: Readonly<Record<Form, RegExp>> = {
  HTML: new RegExp(`\\.(?:${OTHER_FORMS}|json|txt|pcap|pcapng)$`, "i"),
  pcapng: new RegExp(`\\.(?:${OTHER_FORMS}|json|txt|html?)$`, "i"),
  text: new RegExp(`\\.(?:${OTHER_FORMS}|json|html?|pcap|pcapng)$`, "i"),
  "text or JSON": new RegExp(`\\.(?:${OTHER_FORMS}|html?|pcap|pcapng)$`, "i"),
  YAML: new RegExp(`\\.(?:${OTHER_FORMS}|json|html?|pcap|pcapng)$`, "i"),
};

/** Throws where the name that `option` gives says that the file is in another form than `command` writes. */
export function refuseOtherForm(command: string, option: string, file: string | undefined, form: Form): void {
  if (file === undefined || !OTHERS[form].test(file)) return;
  const names = ENDINGS[form].map((ending) => file.replace(OTHERS[form], ending));
  throw new UsageError(`${option} ${file}: ${command} writes ${form}, so call it ${names.join(" or ")}`);
}
