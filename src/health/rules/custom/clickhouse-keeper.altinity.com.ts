import type { GroupRules } from '../../rule.ts';
import { unseen, clickhouse } from '../shared.ts';

/** Altinity: ClickHouse Keeper. */
export const clickhouseKeeperAltinityComRules: GroupRules = {
  ClickHouseKeeperInstallation: { value: clickhouse, ...unseen },
};
