import type { Health } from '../health/index.ts';
import { formatKey, keyOf, type KubeObject, type ObjectKey } from '../object.ts';
import { hookSetOf } from './hook.ts';
import type { ObjectIgnore } from './ignore/rules.ts';
import { memberOf, type Member, type SyncView } from './member.ts';

/** The live objects that carry the label of some ApplySet, found by set and by key. */
export interface MemberIndex {
  /**
   * Notes an object as an event or a write shows it; an older state than the one known is ignored.
   * @returns the ApplySets whose members this changed.
   */
  observe(object: KubeObject): readonly string[];
  /**
   * Notes that an object is gone, or no longer carries the label; ignored where a newer state than that of
   * the deletion is known.
   * @returns the ApplySets whose members this changed.
   */
  remove(key: ObjectKey, resourceVersion?: string): readonly string[];
  /** What a sync of one ApplySet sees. */
  view(applySet: string): SyncView;
}

/** An index without objects; `fieldManager` is the one whose fields the fingerprints are of, apart from what is ignored. */
export function createMemberIndex(
  fieldManager: string,
  judge?: (object: KubeObject) => Health,
  ignoredOf?: (object: KubeObject) => ObjectIgnore | undefined,
): MemberIndex {
  const byId = new Map<string, Member>();
  const bySet = new Map<string, Map<string, Member>>();

  const detach = (member: Member): void => {
    byId.delete(member.id);
    if (member.applySet === undefined) return;
    const set = bySet.get(member.applySet);
    set?.delete(member.id);
    if (set?.size === 0) bySet.delete(member.applySet);
  };
  const attach = (member: Member): void => {
    byId.set(member.id, member);
    if (member.applySet === undefined) return;
    const set = bySet.get(member.applySet) ?? new Map<string, Member>();
    bySet.set(member.applySet, set);
    set.set(member.id, member);
  };

  return {
    observe(object) {
      const known = byId.get(formatKey(keyOf(object)));
      if (known !== undefined && isOlder(object.metadata.resourceVersion, known.resourceVersion)) return [];
      const member = memberOf(object, fieldManager, judge, ignoredOf?.(object));
      if (known !== undefined) detach(known);
      if (member.applySet !== undefined) attach(member);
      return setsOf(known, member);
    },
    remove(key, resourceVersion) {
      const known = byId.get(formatKey(key));
      if (known === undefined || isOlder(resourceVersion, known.resourceVersion)) return [];
      detach(known);
      return setsOf(known);
    },
    view: (applySet) => ({
      members: () => bySet.get(applySet)?.values() ?? [],
      hooks: () => bySet.get(hookSetOf(applySet))?.values() ?? [],
      find: (key: ObjectKey, id = formatKey(key)) => byId.get(id),
    }),
  };
}

function setsOf(...members: readonly (Member | undefined)[]): readonly string[] {
  return [...new Set(members.map((member) => member?.applySet).filter((set) => set !== undefined))];
}

/** Whether a resourceVersion is before another. They are decimal numbers that only grow. */
export function isOlder(version: string | undefined, than: string): boolean {
  if (version === undefined || !/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
