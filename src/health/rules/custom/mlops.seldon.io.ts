import type { GroupRules } from '../../rule.ts';
import { unseen, ready, readySooner, present } from '../shared.ts';

/** Seldon Core v2. */
export const mlopsSeldonIoRules: GroupRules = {
  Experiment: ready,
  Model: {
    conditions: [
      {
        type: 'ModelReady',
        status: 'False',
        reasons: ['ModelProgressing', 'ModelCreate', 'ModelScheduled', 'ModelStateUnknown', 'Loading', 'LoadRequested'],
        health: 'Progressing',
      },
      { type: 'ModelReady', status: 'False', health: 'Degraded' },
      ...(ready.conditions ?? []),
    ],
    ...unseen,
  },
  Pipeline: {
    conditions: [
      {
        type: 'PipelineReady',
        status: 'False',
        reasons: ['PipelineCreate', 'PipelineCreating', 'PipelineRebalancing'],
        health: 'Progressing',
      },
      ...(ready.conditions ?? []),
    ],
    ...unseen,
  },
  SeldonConfig: present,
  SeldonRuntime: readySooner,
  Server: {
    conditions: [{ type: 'StatefulSetReady', status: 'False', health: 'Progressing' }, ...(ready.conditions ?? [])],
    ...unseen,
  },
  ServerConfig: present,
};
