import { NO_ITEMS } from "../no-items.ts";
import type { Recognition, ReportedAddress, SipDialog, StreamReport } from "../protocols/recognition.ts";
import { wholeRecognition } from "../protocols/whole-recognition.ts";
import { APPLICATIONS, type Direction, type OutBack } from "../words.ts";
import type { FlowSight } from "./flow-decision.ts";
import type { Leg } from "./leg.ts";

/**
 * What the legs of a flow together carry; directions are those of its first leg. Each leg may have seen what another did not, as
 * taps on one direction do, or where the flow went on with another address.
 */
export function carriedBy({ legs, outLegs, backLegs }: FlowSight): Recognition {
  const first = legs[0];
  if (legs.length === 1) return first.recognition;
  const main = mainLeg(legs);
  const all = [main.recognition, ...legs.filter((leg) => leg !== main).map((leg) => leg.recognition)];
  const most = main.recognition;
  const named = nameTeller(all);
  const talking = all.find(({ dialogs = NO_ITEMS }) => dialogs.length > 0);
  const dialogs = talking?.dialogs;
  const talker = legs.find((leg) => leg.recognition === talking) ?? first;
  return wholeRecognition({
    ...most,
    modality: firstOf(all, ({ modality }) => modality),
    host: named?.host,
    hostSource: named?.hostSource,
    hostNote: named === undefined ? firstOf(all, ({ hostNote }) => hostNote) : named.hostNote,
    ja4: firstOf(all, ({ ja4 }) => ja4),
    codec: firstOf(all, ({ codec }) => codec),
    initiator: most.initiator === undefined ? undefined : turned(most.initiator, main, first),
    reported: listed(reportedTo(legs, first)),
    streams: listed([...streamsOf(outLegs, legs, "out"), ...streamsOf(backLegs, legs, "back")]),
    rttMs: firstOf(all, ({ rttMs }) => rttMs),
    carriesMedia: firstOf(all, ({ carriesMedia }) => carriesMedia || undefined),
    microsoftStun: firstOf(all, ({ microsoftStun }) => microsoftStun || undefined),
    sip: firstOf(all, ({ sip }) => sip),
    purpose: firstOf(all, ({ purpose }) => purpose),
    dialogs: dialogs?.map((dialog) => turnedDialog(dialog, talker, first)),
    fax: firstOf(all, ({ fax }) => fax),
    notes: listed([...new Set(all.flatMap(({ notes = NO_ITEMS }) => notes))]),
  });
}

/** The leg whose payloads say most: media before what sets it up, as the words of `application` are ordered. */
function mainLeg(legs: readonly [Leg, ...Leg[]]): Leg {
  const rank = ({ recognition }: Leg): number => APPLICATIONS.indexOf(recognition.application);
  return legs.reduce((best, leg) => (rank(leg) < rank(best) ? leg : best));
}

/** A name that the client asked for before one that the server's certificate holds. */
function nameTeller(all: readonly Recognition[]): Recognition | undefined {
  const named = all.filter(({ host }) => host !== undefined);
  return named.find(({ hostSource }) => hostSource !== "certificate") ?? named[0];
}

function firstOf<Value>(
  all: readonly Recognition[],
  read: (recognition: Recognition) => Value | undefined,
): Value | undefined {
  for (const recognition of all) {
    const value = read(recognition);
    if (value !== undefined) return value;
  }
  return undefined;
}

function listed<Item>(items: readonly Item[]): readonly Item[] | undefined {
  return items.length === 0 ? undefined : items;
}

/** Streams of a direction by the legs that have its packets; where these read none, by the first leg that did. */
function streamsOf(legs: readonly Leg[], all: readonly [Leg, ...Leg[]], direction: OutBack): StreamReport[] {
  const read = (leg: Leg): StreamReport[] =>
    (leg.recognition.streams ?? NO_ITEMS).filter((stream) => stream.direction === leg[direction]);
  const found = legs.flatMap(read);
  const streams = found.length > 0 ? found : (all.map(read).find(({ length }) => length > 0) ?? []);
  const way = all[0][direction];
  return streams.map((stream) => (stream.direction === way ? stream : { ...stream, direction: way }));
}

/** A direction of one leg as the same one of another. */
function turned(direction: Direction, leg: Leg, first: Leg): Direction {
  return direction === leg.out ? first.out : first.back;
}

/** Addresses that the legs were told of, each once. */
function reportedTo(legs: readonly Leg[], first: Leg): ReportedAddress[] {
  const found = new Map<string, ReportedAddress>();
  for (const leg of legs)
    for (const told of leg.recognition.reported ?? NO_ITEMS) {
      const direction = turned(told.direction, leg, first);
      const key = `${direction} ${told.kind} ${told.address} ${told.port}`;
      if (!found.has(key)) found.set(key, direction === told.direction ? told : { ...told, direction });
    }
  return [...found.values()];
}

function turnedDialog(dialog: SipDialog, leg: Leg, first: Leg): SipDialog {
  if (leg.out === first.out) return dialog;
  const media = dialog.media.map((item) => ({ ...item, direction: turned(item.direction, leg, first) }));
  return { ...dialog, media };
}
