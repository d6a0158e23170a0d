import type { GroupRules } from '../../rule.ts';
import { unseen, clickhouse } from '../shared.ts';

/** Altinity: ClickHouse. */
export const clickhouseAltinityComRules: GroupRules = {
  ClickHouseInstallation: { value: clickhouse, ...unseen },
};
