import type { KubeObject } from '../../../object.ts';
import { type Health, progressing } from '../../health.ts';
import { itemsAt, numberAt } from '../../read.ts';
import { applyRule, type DataRule, type GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

const elasticsearch: DataRule = {
  expressions: [
    { when: "status.phase == 'Invalid'", health: 'Degraded', says: 'status.phase is Invalid' },
    {
      when: "status.phase in ['ApplyingChanges', 'MigratingData']",
      health: 'Progressing',
      says: 'it changes or moves data',
    },
  ],
  value: {
    path: 'status.health',
    values: { green: 'Healthy', yellow: 'Progressing', red: 'Degraded', unknown: 'Progressing' },
  },
  ...unseen,
};

/** The nodes that are there are counted for the whole, and those that are wanted for each set. */
function elasticsearchHealth(object: KubeObject): Health {
  const told = applyRule(elasticsearch, object);
  if (told.status !== 'Healthy') return told;
  const wanted = itemsAt(object, 'spec.nodeSets').reduce(
    (sum, { count }) => sum + (typeof count === 'number' ? count : 0),
    0,
  );
  const available = numberAt(object, 'status.availableNodes');
  return available < wanted ? progressing(`${available} of ${wanted} nodes are available`) : told;
}

/** Elastic Cloud on Kubernetes: Elasticsearch. */
export const elasticsearchK8sElasticCoRules: GroupRules = {
  Elasticsearch: elasticsearchHealth,
};
