import type { Recognition } from "./recognition.ts";

/**
 * The same with all fields, in one order: whoever reads recognitions meets one kind of object, and code that the engine
 * compiled for the first flows stays good for the others.
 */
export function wholeRecognition(known: Recognition): Recognition {
  return {
    application: known.application,
    confidence: known.confidence,
    rule: known.rule,
    firstPacket: known.firstPacket,
    modality: known.modality,
    host: known.host,
    hostSource: known.hostSource,
    hostNote: known.hostNote,
    ja4: known.ja4,
    codec: known.codec,
    initiator: known.initiator,
    reported: known.reported,
    streams: known.streams,
    rttMs: known.rttMs,
    carriesMedia: known.carriesMedia,
    usesTurn: known.usesTurn,
    microsoftStun: known.microsoftStun,
    iceChecks: known.iceChecks,
    nominated: known.nominated,
    identities: known.identities,
    directionsFit: known.directionsFit,
    sip: known.sip,
    purpose: known.purpose,
    dialogs: known.dialogs,
    fax: known.fax,
    notes: known.notes,
  };
}
