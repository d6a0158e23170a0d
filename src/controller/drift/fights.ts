import type { ApplicationStatus, DriftChange } from '../../api/index.ts';

/** Somebody who changes again and again what is put back. */
export interface Fight {
  /** Id of the object. */
  readonly object: string;
  /** Field manager; undefined where nobody is known, as of an object that was deleted. */
  readonly manager: string | undefined;
  /** The fields that were put back last, as people write them. */
  readonly fields: readonly string[];
  /** Reverts without a quiet time between them. */
  readonly reverts: number;
  /** When it was put back last, and until when it is not; milliseconds since 1970. */
  readonly at: number;
  readonly until: number;
}

/** So many reverts are made at once: who changes something twice by hand is no controller. */
const freeReverts = 5;
const firstPauseMilliseconds = 2_000;
const lastPauseMilliseconds = 300_000;
/** Without another change for so long, and for twice the last pause, it is over. */
const quietMilliseconds = 60_000;
const shownFights = 20;

/** The fights as they stand when these changes were put back; those that are over are forgotten. */
export function fightsAfter(fights: readonly Fight[], reverted: readonly DriftChange[], now: number): readonly Fight[] {
  const known = new Map(fights.filter((fight) => !isOver(fight, now)).map((fight) => [slotOf(fight), fight]));
  for (const { object, manager, fields } of reverted) {
    const slot = slotOf({ object, manager });
    const reverts = (known.get(slot)?.reverts ?? 0) + 1;
    known.set(slot, { object, manager, fields, reverts, at: now, until: now + pauseAfter(reverts) });
  }
  return [...known.values()];
}

/** How long a field is left after so many reverts, milliseconds. */
function pauseAfter(reverts: number): number {
  if (reverts <= freeReverts) return 0;
  return Math.min(firstPauseMilliseconds * 2 ** (reverts - freeReverts - 1), lastPauseMilliseconds);
}

function endOf({ at, until }: Fight): number {
  return at + Math.max(quietMilliseconds, 2 * (until - at));
}

function isOver(fight: Fight, now: number): boolean {
  return now > endOf(fight);
}

/** The fights without those over objects of which Git says something else now: whoever changes them again begins anew. */
export function withoutChanged(fights: readonly Fight[], changed: ReadonlySet<string>): readonly Fight[] {
  return changed.size === 0 ? fights : fights.filter(({ object }) => !changed.has(object));
}

/** Those that have come to a pause and are not over: what a restart has to know. */
export function openFights(fights: readonly Fight[], now: number): readonly Fight[] {
  return fights.filter((fight) => fight.reverts > freeReverts && !isOver(fight, now));
}

/** When the first of them is over, so that the status names it no more; milliseconds since 1970. */
export function firstEnd(fights: readonly Fight[], now: number): number | undefined {
  const ends = openFights(fights, now).map((fight) => endOf(fight) + 1);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

type Contested = NonNullable<NonNullable<ApplicationStatus['drift']>['contested']>[number];

/** The fights as the status tells them, for who starts anew; none lasts longer than it could have. */
export function keptFights(contested: readonly Contested[], now: number): readonly Fight[] {
  return contested.flatMap(({ object, manager, fields, reverts, until }): Fight[] => {
    const pause = pauseAfter(reverts);
    const end = Math.min(Date.parse(until), now + pause);
    if (Number.isNaN(end) || pause === 0) return [];
    return [{ object, manager, fields, reverts, at: end - pause, until: end }];
  });
}

function slotOf({ object, manager }: { readonly object: string; readonly manager?: string | undefined }): string {
  return `${object}\n${manager ?? ''}`;
}

/** Whether the next revert is the first that waits: it is worth an Event. */
export function isNewlyHeld({ reverts }: Fight): boolean {
  return reverts === freeReverts + 1;
}

/** Those because of which an object is left for now. */
export function heldFights(fights: readonly Fight[], now: number): readonly Fight[] {
  return fights.filter(({ until }) => until > now);
}

/** Ids of the objects that are not put back now. */
export function heldObjects(fights: readonly Fight[], now: number): ReadonlySet<string> {
  return new Set(heldFights(fights, now).map(({ object }) => object));
}

/** When the first of them is put back again; milliseconds since 1970. */
export function nextRevert(fights: readonly Fight[], now: number): number | undefined {
  const times = heldFights(fights, now).map(({ until }) => until);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** A line for each that is held: what, who, how often, and when it goes on. */
export function describeFights(fights: readonly Fight[], now: number): string {
  const held = heldFights(fights, now);
  const lines = held.slice(0, shownFights).map(({ object, manager, fields, reverts, until }) => {
    const what = fields.length === 0 ? object : `${object}: ${fields.join(', ')}`;
    const who = manager === undefined ? 'somebody unknown' : manager;
    return `${what} was put back ${reverts} times, and is changed again by ${who}; it is put back next at ${new Date(until).toISOString()}`;
  });
  return [...lines, ...(held.length > shownFights ? [`and ${held.length - shownFights} more`] : [])].join('\n');
}
