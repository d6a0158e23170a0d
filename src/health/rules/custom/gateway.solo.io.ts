import type { GroupRules } from '../../rule.ts';
import { solo } from '../shared.ts';

/** Gloo: gateways and routes. */
export const gatewaySoloIoRules: GroupRules = {
  Gateway: solo,
  MatchableHttpGateway: solo,
  RouteOption: solo,
  RouteTable: solo,
  VirtualHostOption: solo,
  VirtualService: solo,
};
