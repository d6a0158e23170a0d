import { names } from '../../api/index.ts';
import { askedBy } from '../../asked.ts';
import { formatProblem, type Problem } from '../../errors.ts';
import { parseSyncRequest, type SyncRequest } from '../../sync-request.ts';
import type { AnsweredRequest, ApplicationState } from '../application/application-state.ts';

/** Characters kept of an answer. */
const longestAnswer = 4_000;

/** What somebody asked for and nobody has acted on yet. */
export function openSyncRequest(state: ApplicationState): SyncRequest | undefined {
  const { annotations } = state.application.metadata;
  const text = annotations?.[names.syncRequestedAt];
  if (text === undefined || text === state.handledSyncRequest) return undefined;
  const parsed = parseSyncRequest(text);
  if (parsed.kind === 'bad' || parsed.request.id === state.handledSyncRequest) return undefined;
  const by = askedBy(annotations, names.syncRequestedAt);
  return by === undefined ? parsed.request : { ...parsed.request, by };
}

/** Writes down what came of a request, with the status: it is not acted on again. */
export function answerRequest(
  state: ApplicationState,
  { id, action, by }: SyncRequest,
  answer: Pick<AnsweredRequest, 'outcome' | 'message'>,
  now: number,
): void {
  state.handledSyncRequest = id;
  state.request = {
    id,
    action,
    ...(by === undefined ? {} : { by }),
    at: new Date(now).toISOString(),
    outcome: answer.outcome,
    message: answer.message.slice(0, longestAnswer),
  };
}

/** Says why nothing comes of a request. */
export function refuseRequest(state: ApplicationState, request: SyncRequest, message: string, now: number): void {
  answerRequest(state, request, { outcome: 'Refused', message }, now);
}

/** Says that no sync can come of what is asked for, as everything is now; what is asked for otherwise stays open. */
export function failRequest(state: ApplicationState, message: string, now: number): void {
  const request = openSyncRequest(state);
  if (request?.action === 'Sync') answerRequest(state, request, { outcome: 'Failed', message }, now);
}

/** Problems in one text. */
export function describeInShort(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('\n');
}

/** Refuses at once what can be told to be wrong by the request itself. */
export function refuseWrongRequest(state: ApplicationState, now: number): void {
  const { metadata, spec } = state.application;
  const text = metadata.annotations?.[names.syncRequestedAt];
  if (text === undefined || text === state.handledSyncRequest) return;
  const parsed = parseSyncRequest(text);
  if (parsed.kind === 'bad') {
    if (parsed.id === state.handledSyncRequest) return;
    const message = `the annotation ${names.syncRequestedAt} cannot be read: ${parsed.message}`;
    state.handledSyncRequest = parsed.id;
    state.request = { id: parsed.id, action: 'Unknown', at: new Date(now).toISOString(), outcome: 'Refused', message };
    return;
  }
  const request = openSyncRequest(state);
  if (request?.revision === undefined) return;
  const held = metadata.annotations?.[names.rollbackTo] !== undefined;
  if (held) refuseRequest(state, request, 'it is held by a rollback: end that with `plumb rollback --release`', now);
  else if (spec.sync?.automated ?? true) {
    const message =
      'syncing is automated, so the next look would bring it back to what Git says: hold it there with `plumb rollback`, or turn `spec.sync.automated` off';
    refuseRequest(state, request, message, now);
  }
}
