import { statusOf } from "../audit/run/audit-status.ts";
import { collectGarbage } from "../audit/run/garbage.ts";
import { AuditDirectory } from "../audit/run/manifest.ts";
import { AuditLock } from "../audit/run/lock.ts";
import { demandNoShares } from "../audit/run/shares.ts";
import { counted } from "../count-text.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { proseLines } from "../report/prose.ts";
import { sizeText } from "./audit-progress.ts";
import { terminalWidth } from "./report-options.ts";

/** `audit status`: what the files of an audit say of it. */
export async function runStatus(path: string, json: boolean): Promise<void> {
  const { manifest, holder, stages, setAside, missing, complete } = await statusOf(new AuditDirectory(path));
  const bytes = manifest.inputs.reduce((sum, { size }) => sum + size, 0);
  if (json) {
    const { tool, paths, settings, options, endpoints, inputs, result } = manifest;
    const value = {
      complete,
      captures: inputs.length,
      bytes,
      stages: stages.map(({ stage, tasks, done }) => ({ stage, tasks: tasks ?? null, done })),
      set_aside: setAside,
      missing,
      worked_on_by: holder === undefined ? null : { host: holder.host, pid: holder.pid, since: holder.since },
      tool,
      paths,
      settings,
      options,
      endpoints,
      result: result ?? null,
    };
    process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
    return;
  }
  const lines = [
    `${path}: ${complete ? "complete" : holder === undefined ? "not complete; run o365flow audit on it to go on" : "at work"}`,
    ...(holder === undefined ? [] : [`  process ${holder.pid} on ${holder.host}, since ${holder.since}`]),
    `  ${counted(manifest.inputs.length, "capture")}, ${sizeText(bytes)}; o365flow ${manifest.tool}`,
    ...stages.map(
      ({ stage, tasks, done }) =>
        `  ${stage.padEnd(7)} ${tasks === undefined ? "not planned yet" : `${done} of ${tasks}`}`,
    ),
    ...setAside.map(({ path: capture, reason }) => `  set aside: ${capture}: ${reason}`),
    ...missing.map((file) => `  missing: ${file}`),
    ...(complete ? [`  result: ${(manifest.result?.files ?? []).join(", ")}`] : []),
  ];
  const width = terminalWidth() ?? Infinity;
  const shown = lines.flatMap((line) => {
    const text = line.trimStart();
    return proseLines(text, width, line.length - text.length, 4);
  });
  process.stdout.write(shown.map((line) => `${line}\n`).join(""));
}

/** `audit gc`: says what it removed. */
export async function runGarbage(path: string, dryRun: boolean): Promise<void> {
  const directory = new AuditDirectory(path);
  await directory.needManifest();
  const note = (text: string): void => void process.stderr.write(terminalSafe(`o365flow: ${text}`) + "\n");
  const lock = await AuditLock.take(path, { does: "gc", note });
  try {
    if (!dryRun) await demandNoShares(path, { note });
    const removed = await collectGarbage(directory, dryRun);
    for (const { path: file } of removed) process.stdout.write(`${terminalSafe(file)}\n`);
    const bytes = removed.reduce((sum, each) => sum + each.bytes, 0);
    process.stderr.write(
      `o365flow: ${counted(removed.length, "file")}, ${sizeText(bytes)} ${dryRun ? "would be removed" : "removed"}\n`,
    );
  } finally {
    await lock.release();
  }
}
