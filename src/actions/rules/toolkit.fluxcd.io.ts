import type { GroupActions } from '../action.ts';
import { flux, suspending } from '../shared.ts';

/** kustomize-controller. */
export const fluxKustomizeActions: GroupActions = { Kustomization: flux };

/** helm-controller. */
export const fluxHelmActions: GroupActions = { HelmRelease: flux };

/** source-controller. */
export const fluxSourceActions: GroupActions = {
  Bucket: flux,
  GitRepository: flux,
  HelmChart: flux,
  HelmRepository: flux,
  OCIRepository: flux,
};

/** The controllers of images. */
export const fluxImageActions: GroupActions = { ImageRepository: flux, ImageUpdateAutomation: flux };

/** notification-controller. */
export const fluxNotificationActions: GroupActions = { Alert: suspending, Provider: suspending, Receiver: flux };
