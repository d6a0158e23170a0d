import type { GroupRules } from '../../rule.ts';
import { unseen } from '../shared.ts';

/** Solr. */
export const solrApacheOrgRules: GroupRules = {
  SolrCloud: {
    expressions: [
      { when: 'status.solrNodes.all(n, has(n.ready) && n.ready)', health: 'Healthy' },
      { when: 'has(status.solrNodes)', health: 'Progressing', says: 'not all nodes are ready' },
    ],
    ...unseen,
  },
};
