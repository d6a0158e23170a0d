/** Rules of the installation, which may change. */
export interface InstallationRules<Rules> {
  /** Those that hold now. */
  readonly current: () => Rules;
  /** Calls back when there are others, until the signal. */
  readonly onChange: (listener: () => void, signal: AbortSignal) => void;
}

/** By which rules of the installation the objects of each Application were last looked at. */
export interface TakenRules<Rules> {
  /** Those that hold now; undefined where the installation has none. */
  readonly current: () => Rules | undefined;
  /** Takes those that hold now for an Application: these and the ones before where they are others, else nothing. */
  take(applySet: string): readonly Rules[];
  forget(applySet: string): void;
}

/** What an Application that was never looked at begins with are the rules that hold now. */
export function takenRules<Rules extends object>(
  installation: Pick<InstallationRules<Rules>, 'current'> | undefined,
): TakenRules<Rules> {
  const current = (): Rules | undefined => installation?.current();
  const first = current();
  const taken = new Map<string, Rules | undefined>();
  return {
    current,
    take(applySet) {
      const before = taken.has(applySet) ? taken.get(applySet) : first;
      const now = current();
      taken.set(applySet, now);
      return now === before ? [] : [now, before].filter((rules) => rules !== undefined);
    },
    forget: (applySet) => void taken.delete(applySet),
  };
}
