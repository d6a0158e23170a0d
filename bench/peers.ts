/** What another system was measured at, in the units of the report. */
export type PeerFigures = Readonly<Partial<Record<FigureName, string>>>;

/** The lines of the report. */
export const figureNames = [
  'converge',
  'calls',
  'ownCalls',
  'cpu',
  'peakMemory',
  'idleMemory',
  'idleCalls',
  'idleLeases',
  'idleCpu',
  'drift',
  'commitApplied',
  'commitSettled',
  'commitCalls',
  'commitOwnCalls',
  'commitRenders',
] as const;

/** One line of the report. */
export type FigureName = (typeof figureNames)[number];

/** Two systems that do the same job. */
export interface Peers {
  readonly flux: PeerFigures;
  readonly argo: PeerFigures;
}

const w100: Peers = {
  flux: {
    converge: '14.6',
    calls: '4,503',
    cpu: '13',
    peakMemory: '239',
    idleMemory: '215',
    idleCalls: '0; every 10 min 11 for each object',
    drift: 'not within 120 s',
    commitApplied: '2,190',
    commitSettled: '12,081',
    commitCalls: '2,836',
  },
  argo: {
    converge: '25.3',
    calls: '4,148',
    cpu: '31',
    peakMemory: '664',
    idleMemory: '545',
    idleCalls: '0 to 22; all every 3 min',
    drift: '217',
    commitApplied: '5,174',
    commitSettled: '5,750',
    commitCalls: '540',
  },
};

const w300: Peers = {
  flux: {
    converge: '79.9',
    calls: '13,284',
    cpu: '105',
    peakMemory: '253',
    idleMemory: '229',
    idleCalls: '0; every 10 min 11 for each object',
    drift: 'not within 120 s',
    commitApplied: '32,742',
    commitSettled: '103,232',
    commitCalls: '9,510',
  },
  argo: {
    converge: '80.7',
    calls: '12,293',
    cpu: '99',
    peakMemory: '737',
    idleMemory: '647',
    idleCalls: '22',
    drift: '192',
    commitApplied: '7,304',
    commitSettled: '13,431',
    commitCalls: '1,143',
  },
};

/**
 * The peers, measured on 2026-11-21 on 2 processors and 24 GiB with the same workload and the same kind of cluster:
 * Argo CD of 2026-08-22, Flux kustomize-controller of 2026-08-01 and source-controller of 2026-07-02, built from
 * source and tuned (500 calls a second, 20 to 50 workers). Argo CD was not measured with 1,000 Applications.
 */
export const peers: ReadonlyMap<number, Peers> = new Map([
  [100, w100],
  [300, w300],
  [1000, { flux: { converge: 'over 1,500; 900 of 1,000 after 820' }, argo: {} }],
]);
