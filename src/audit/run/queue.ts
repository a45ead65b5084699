import { createHash } from "node:crypto";
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { MOST_LIST_BYTES, readWholeFile, whyUnread } from "../../files/whole-file.ts";
import { AuditError } from "../audit-error.ts";
import type { StageTask } from "../tasks.ts";

/**
 * What lies in the queue: which task of which audit. What the task is stands in the audit's directory, so that somebody
 * who can write into the queue cannot make a worker read or write anything else.
 */
export interface QueuedTask {
  readonly directory: string;
  readonly stage: StageTask["stage"];
  readonly id: string;
  /** Version of the program that planned it. */
  readonly tool: string;
  /** The coordinator cannot read its captures either: no worker is better off. */
  readonly anyway?: boolean | undefined;
}

/** Tasks that run beside others, and those that want a worker for themselves. */
export const TASK_QUEUE = "tasks";
export const ALONE_QUEUE = "alone";
/** Begins the name of every key in Redis. */
export const KEY_PREFIX = "o365flow";

export type BullMQ = typeof import("bullmq");

/** What talking to the queue takes; both packages are asked for by name where one is missing. */
export async function loadBullMQ(): Promise<{
  readonly bullmq: BullMQ;
  readonly Redis: typeof import("ioredis").Redis;
}> {
  try {
    const bullmq = await import("bullmq");
    const { Redis } = await import("ioredis");
    return { bullmq, Redis };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw error;
    throw new AuditError("--queue needs the packages bullmq and ioredis: npm install bullmq ioredis");
  }
}

/** Where the queue is, and how to talk to it. */
export interface QueueAddress {
  readonly url: string;
  /** File with the certificate of the authority that vouches for a `rediss:` server. */
  readonly caFile?: string | undefined;
}

/** The address without its password, for messages. */
export function shownAddress(url: string): string {
  const { protocol, host, pathname } = readUrl(url);
  return `${protocol}//${host}${pathname}`;
}

function readUrl(url: string): URL {
  let read: URL;
  try {
    read = new URL(url);
  } catch {
    throw new AuditError("--queue: wanted a URL such as redis://host:6379/0");
  }
  if (read.protocol !== "redis:" && read.protocol !== "rediss:")
    throw new AuditError(`--queue: ${read.protocol} is not known, wanted redis: or rediss:`);
  return read;
}

/** Milliseconds between attempts to reach a server that went away. */
const RETRY_MS = 1000;

/**
 * Connects; throws where the server cannot be reached or does not want us. Afterwards a server that goes away is waited
 * for: `note` is told once that it went and once that it is back.
 */
export async function connectQueue(address: QueueAddress, note: (text: string) => void): Promise<Redis> {
  const shown = shownAddress(address.url);
  const { Redis } = await loadBullMQ();
  const secure = readUrl(address.url).protocol === "rediss:";
  const client = new Redis(address.url, {
    maxRetriesPerRequest: null,
    lazyConnect: true,
    retryStrategy: () => RETRY_MS,
    ...(secure && address.caFile !== undefined ? { tls: { ca: readCa(address.caFile) } } : {}),
  });
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error): void => {
      client.disconnect();
      reject(new AuditError(`the queue ${shown} cannot be used: ${reasonOf(error)}`));
    };
    client.once("error", refuse);
    client
      .connect()
      .then(() => client.ping())
      .then(() => {
        client.off("error", refuse);
        resolve();
      }, refuse);
  });
  let away = false;
  client.on("error", (error: Error) => {
    if (!away) note(`the queue ${shown} went away (${reasonOf(error)}): waiting for it`);
    away = true;
  });
  client.on("ready", () => {
    if (away) note(`the queue ${shown} is back`);
    away = false;
  });
  return client;
}

function readCa(file: string): Buffer {
  try {
    return readWholeFile(file, MOST_LIST_BYTES);
  } catch (error) {
    throw new AuditError(`--queue-ca ${file}: ${whyUnread(error)}`);
  }
}

/** What the server said no with, without the script and the line; undefined where it is no answer of its own. */
export function replyOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== "ReplyError") return undefined;
  return error.message.split("\n", 1)[0]?.replace(/\.? script: .*$/, "");
}

function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return "connection refused";
  if (error.message.startsWith("NOAUTH"))
    return "it wants a password, as in redis://user:password@host:6379/0";
  return error.message === "" ? (code ?? error.name) : (error.message.split("\n", 1)[0] ?? error.message);
}

/** The id of a task in the queue: the same task is there once, whoever puts it in and however often. */
export function queuedId(directory: string, task: Pick<StageTask, "stage" | "id">): string {
  return `${auditPrefix(directory)}-${task.stage}-${task.id}`;
}

/** Begins the ids of all tasks of an audit. */
export function auditPrefix(directory: string): string {
  return createHash("sha256").update(directory).digest("hex").slice(0, 12);
}

export type TaskQueue = Queue<QueuedTask, string, string>;
