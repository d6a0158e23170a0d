import type { GroupRules } from '../../rule.ts';
import { solo } from '../shared.ts';

/** Gloo: proxies and upstreams. */
export const glooSoloIoRules: GroupRules = {
  Proxy: solo,
  Settings: solo,
  Upstream: solo,
  UpstreamGroup: solo,
};
